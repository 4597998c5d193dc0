// Runs an operation of the table for somebody at a door.
import { codedError, isCoded, type TroupeError } from '../../runtime/index.ts';
import { methodNotFound } from '../../runtime/json-rpc-error.ts';
import { scopeOf } from '../identity/roles.ts';
import type { RunningNode } from '../node/running-node.ts';
import { type Caller, OPERATIONS } from '../operations/index.ts';

export interface Dispatch {
  readonly name: string;
  readonly input: unknown;
  readonly caller: Caller;
  /** Aborts when the asker has gone. As a function it is made only for what waits. */
  readonly signal: AbortSignal | (() => AbortSignal);
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
  const asked = {
    node,
    caller,
    get signal() {
      return typeof signal === 'function' ? signal() : signal;
    },
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(position === undefined ? {} : { position }),
  };
  try {
    return await operation.run(asked, input);
  } catch (error) {
    if (isCoded(error, 'NotPermitted') || isCoded(error, 'LoginWanted')) noteRefused(node, name, caller, error);
    throw error;
  }
}

/** For what shows the node and is no operation. Throws `NotPermitted`. */
export function requireRead({ node, name, caller }: { readonly node: RunningNode; readonly name: string; readonly caller: Caller }): void {
  if (caller.permissions.includes('read')) return;
  const error = codedError('NotPermitted', { operation: name, permission: 'read', scope: scopeOf('read') });
  noteRefused(node, name, caller, error);
  throw error;
}

/** Into the audit. */
export function noteRefused(node: RunningNode, door: string, caller: Caller, { code, message }: TroupeError): void {
  node.system.record('access.refused', { door, code, why: message, caller: caller.name });
}
