// A call of one of Claude Code's tools as an action that the gate understands. What it does not understand is sent to nobody known, which
// the gate takes for HIGH: a person sees the whole input.
import { ActionSchema } from '../../actors/session/host-messages.ts';
import type { Action } from '../../actors/work/types.ts';
import { type OwnTools, ownToolCall } from './own-tool.ts';

type Input = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const write = (path: unknown, content: unknown) => ({ type: 'FILE_OPERATION', payload: { op: 'write', path, ...(text(content) === undefined ? {} : { content }) } });
const read = (path: unknown) => ({ type: 'FILE_OPERATION', payload: { op: 'read', path } });

const TOOLS: Readonly<Record<string, (input: Input) => unknown>> = {
  Bash: ({ command }) => ({ type: 'BASH_COMMAND', payload: { command } }),
  Write: ({ file_path, content }) => write(file_path, content),
  Edit: ({ file_path, new_string }) => write(file_path, new_string),
  MultiEdit: ({ file_path, edits }) => write(file_path, JSON.stringify(edits)),
  NotebookEdit: ({ notebook_path, new_source }) => write(notebook_path, new_source),
  Read: ({ file_path }) => read(file_path),
  LS: ({ path }) => ({ type: 'FILE_OPERATION', payload: { op: 'list', path } }),
  WebFetch: ({ url }) => ({ type: 'API_CALL', payload: { method: 'GET', url } }),
};

/** Half of a pair of code units, which no address can hold. */
const HALF = /\p{Surrogate}/gu;

/** Total: any name, any input. */
export function permissionAction(tool: string, input: Input, own: OwnTools): Action {
  const meant = Object.hasOwn(TOOLS, tool) ? TOOLS[tool]?.(input) : ownToolCall(tool, input, own);
  const known = meant === undefined ? undefined : ActionSchema.safeParse(meant);
  if (known?.success === true) return known.data as Action;
  return { type: 'API_CALL', payload: { method: 'CALL', url: `tool:${encodeURIComponent(tool.replace(HALF, '\u{fffd}'))}`, body: input } };
}
