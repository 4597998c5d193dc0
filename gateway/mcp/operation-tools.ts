// The tools of a node: each is an operation of the table, run as every other door runs it.
import { type CallToolResult, type InputRequiredResult, ProtocolError, ProtocolErrorCode, type RequestStateCodec, type Tool } from '@modelcontextprotocol/server';
import type { Clock } from '../../runtime/index.ts';
import { isFault } from '../../runtime/json-rpc-error.ts';
import { dispatch, type NodeNow, noteRefused } from '../http/dispatch.ts';
import type { Log } from '../log.ts';
import { mayCall, notPermitted, OPERATIONS, type Operation } from '../operations/index.ts';
import { waitAsking } from './asking-wait.ts';
import type { Asking, ToolOffer } from './offer.ts';
import { withProgress } from './progress.ts';
import { toolCard, toolName } from './tool-cards.ts';
import { answered, answeredInText, failed } from './tool-result.ts';
import { waitedFor } from './waited-work.ts';

/** In `_meta` of a call: makes it safe to call again what may have been done. */
export const IDEMPOTENCY_META = 'troupe/idempotencyKey';
const KEY = /^[\x21-\x7e]{1,200}$/;

interface OperationTool {
  readonly operation: Operation;
  readonly card: Tool;
}

const TOOLS: ReadonlyMap<string, OperationTool> = new Map([...OPERATIONS.values()].map((operation) => [toolName(operation.name), { operation, card: toolCard(operation) }]));

export interface OperationToolsOptions {
  readonly nodeNow: NodeNow;
  readonly clock: Clock;
  readonly log: Log;
  readonly states: RequestStateCodec<unknown>;
}

export function operationTools({ nodeNow, clock, log, states }: OperationToolsOptions): ToolOffer {
  const failing = (operation: Operation, error: unknown): CallToolResult => {
    if (error instanceof ProtocolError) throw error;
    if (isFault(error)) log.error({ err: error, method: operation.name }, 'an operation failed');
    return failed(error);
  };
  const run = async ({ operation }: OperationTool, input: Readonly<Record<string, unknown>>, { caller, signal, context }: Asking) => {
    try {
      const key = context?.mcpReq._meta?.[IDEMPOTENCY_META];
      const idempotencyKey = typeof key === 'string' && KEY.test(key) ? key : undefined;
      const answer = await dispatch(nodeNow, { name: operation.name, input, caller, signal, idempotencyKey });
      return operation.textOnly ? answeredInText(answer) : answered(answer);
    } catch (error) {
      return failing(operation, error);
    }
  };
  /** Asks the person at the client about what it waits for. */
  const wait = (name: string, tool: OperationTool, input: Readonly<Record<string, unknown>>, asking: Asking): Promise<CallToolResult | InputRequiredResult> => {
    const work = waitedFor(name, input);
    if (work === undefined) return run(tool, input, asking);
    return waitAsking({ nodeNow, states }, work, asking, (signal) => run(tool, input, { ...asking, signal })).catch((error: unknown) => failing(tool.operation, error));
  };
  return {
    cards: [...TOOLS.values()].map(({ card }) => card),
    isQuick: (name) => TOOLS.get(name)?.operation.waits === false,
    wanting(name, caller) {
      const operation = TOOLS.get(name)?.operation;
      if (operation === undefined || caller.token === undefined || mayCall(caller, operation)) return undefined;
      const error = notPermitted(operation);
      const node = nodeNow();
      if (node !== undefined) noteRefused(node, operation.name, caller, error);
      return error;
    },
    async call(name, input, asking) {
      const tool = TOOLS.get(name);
      if (tool === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `there is no tool '${name}'`);
      return tool.operation.waits ? withProgress(clock, asking, tool.operation.title, wait(name, tool, input, asking)) : run(tool, input, asking);
    },
  };
}
