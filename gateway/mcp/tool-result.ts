// What a tool answers: its result as text and as structure, or why it failed, which is a result too, so that a model can mend its call.
import type { CallToolResult } from '@modelcontextprotocol/server';
import { isCoded } from '../../runtime/index.ts';
import { errorObject } from '../../runtime/json-rpc-error.ts';

const ERROR_META = 'troupe/error';

export function answered(result: unknown): CallToolResult {
  return { ...answeredInText(result), structuredContent: result as Record<string, unknown> };
}

export function answeredInText(result: unknown): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(result) }] };
}

/** The code of the table goes along for programs. */
export function failed(error: unknown): CallToolResult {
  const { message, code, data } = errorObject(error);
  const named = isCoded(error) ? { ...(data as object), rpc: code } : { rpc: code };
  return { content: [{ type: 'text', text: message }], isError: true, _meta: { [ERROR_META]: named } };
}
