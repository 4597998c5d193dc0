// Runs an operation of the table for somebody at a door.
import { codedError, isCoded, type TroupeError } from '../../runtime/index.ts';
import { methodNotFound } from '../../runtime/json-rpc-error.ts';
import { scopeOf } from '../identity/roles.ts';
import type { RunningNode } from '../node/running-node.ts';
import { type Caller, OPERATIONS, type OperationContext } from '../operations/index.ts';

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

/** One promise and one object a call: most of what is asked here is answered sooner than they are made. `ended` is told of the end before who asked. */
export function dispatch(nodeNow: NodeNow, call: Dispatch, ended: () => void = () => undefined): Promise<unknown> {
  const { name, input, caller } = call;
  const operation = OPERATIONS.get(name);
  const node = nodeNow();
  if (operation === undefined || node === undefined) {
    ended();
    return Promise.reject(operation === undefined ? methodNotFound(name) : codedError('NodeStarting'));
  }
  return operation.run(new Asked(node, call), input).then(
    (answer) => {
      ended();
      return answer;
    },
    (error: unknown) => {
      ended();
      if (isCoded(error, 'NotPermitted') || isCoded(error, 'LoginWanted')) noteRefused(node, name, caller, error);
      throw error;
    },
  );
}

class Asked implements OperationContext {
  readonly node: RunningNode;
  readonly #call: Dispatch;

  constructor(node: RunningNode, call: Dispatch) {
    this.node = node;
    this.#call = call;
  }

  get caller(): Caller {
    return this.#call.caller;
  }

  get signal(): AbortSignal {
    const { signal } = this.#call;
    return typeof signal === 'function' ? signal() : signal;
  }

  get idempotencyKey(): string | undefined {
    return this.#call.idempotencyKey;
  }

  get position(): number | undefined {
    return this.#call.position;
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
