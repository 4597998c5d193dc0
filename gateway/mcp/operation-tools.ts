// The tools of a node: each is an operation of the table, run as every other door runs it.
import { ProtocolError, ProtocolErrorCode, type Tool } from '@modelcontextprotocol/server';
import type { Clock } from '../../runtime/index.ts';
import { isFault } from '../../runtime/json-rpc-error.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import type { Log } from '../log.ts';
import { OPERATIONS, type Operation } from '../operations/index.ts';
import type { Asking, ToolOffer } from './offer.ts';
import { withProgress } from './progress.ts';
import { toolCard, toolName } from './tool-cards.ts';
import { answered, failed } from './tool-result.ts';

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
}

export function operationTools({ nodeNow, clock, log }: OperationToolsOptions): ToolOffer {
  const run = async ({ operation }: OperationTool, input: Readonly<Record<string, unknown>>, { caller, signal, context }: Asking) => {
    try {
      const key = context?.mcpReq._meta?.[IDEMPOTENCY_META];
      const idempotencyKey = typeof key === 'string' && KEY.test(key) ? key : undefined;
      return answered(await dispatch(nodeNow, { name: operation.name, input, caller, signal, idempotencyKey }));
    } catch (error) {
      if (isFault(error)) log.error({ err: error, method: operation.name }, 'an operation failed');
      return failed(error);
    }
  };
  return {
    cards: [...TOOLS.values()].map(({ card }) => card),
    isQuick: (name) => TOOLS.get(name)?.operation.waits === false,
    async call(name, input, asking) {
      const tool = TOOLS.get(name);
      if (tool === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `there is no tool '${name}'`);
      const running = run(tool, input, asking);
      return tool.operation.waits ? withProgress(clock, asking, tool.operation.title, running) : running;
    },
  };
}
