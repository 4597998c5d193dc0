// Runs an operation of the table for somebody at a door.
import { codedError, isCoded } from '../../runtime/index.ts';
import { methodNotFound } from '../../runtime/json-rpc-error.ts';
import type { RunningNode } from '../node/running-node.ts';
import { type Caller, OPERATIONS } from '../operations/index.ts';

export interface Dispatch {
  readonly name: string;
  readonly input: unknown;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly idempotencyKey?: string | undefined;
  readonly position?: number | undefined;
}

/** Undefined until the node has started, and again when it stops. */
export type NodeNow = () => RunningNode | undefined;

export async function dispatch(nodeNow: NodeNow, { name, input, caller, signal, idempotencyKey, position }: Dispatch): Promise<unknown> {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw methodNotFound(name);
  const node = nodeNow();
  if (node === undefined) throw codedError('NodeStarting');
  const asked = { ...(idempotencyKey === undefined ? {} : { idempotencyKey }), ...(position === undefined ? {} : { position }) };
  try {
    return await operation.run({ node, caller, signal, ...asked }, input);
  } catch (error) {
    if (isCoded(error, 'NotPermitted') || isCoded(error, 'LoginWanted'))
      node.system.record('access.refused', { door: name, code: error.code, why: error.message, caller: caller.name });
    throw error;
  }
}
