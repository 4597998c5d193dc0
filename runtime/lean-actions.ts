// The actions of a step over a snapshot: assignments without a snapshot of XState's for each, what the kernel and the user's own actions
// want as it is, and what is left as XState resolves it.
import type { Message } from './envelope.ts';
import { type Action, type Args, type Assign, isAssign, type MachineSnapshot, type NamedAction, paramsOf, resolved } from './machine-parts.ts';
import type { Snapshot } from './step.ts';
import type { StepScope } from './step-scope.ts';
import { REQUEST, type SendRequest } from './target.ts';

/** Messages that a step sends to itself, in line behind the one that it takes. */
export type Raised = Message[];

/** An action that XState resolves: over a snapshot to the next one, with parameters and more actions. */
interface Resolving extends Action {
  readonly type: string;
  resolve(scope: StepScope, before: MachineSnapshot, args: Args, params: unknown, action: Action, extra: object): [MachineSnapshot, unknown, readonly NamedAction[] | undefined];
  execute?(scope: StepScope, params: unknown): void;
}

export class LeanActions {
  /** It turned out that only XState takes this step: what was thrown says so, and what was collected is void. */
  beyond = false;
  /** Of an `assign` that wants a child: only XState makes those. */
  readonly spawn = (): never => this.leave();

  leave(): never {
    this.beyond = true;
    throw new Error('only XState takes this step');
  }

  run(before: MachineSnapshot, event: Message, scope: StepScope, actions: readonly NamedAction[], raised: Raised): MachineSnapshot {
    let snapshot = before;
    for (const named of actions) {
      const { machine, context } = snapshot;
      const action = resolved(machine, named);
      const params = paramsOf(named, context, event);
      const request = requestOf(action);
      if (request !== undefined) scope.collect(request({ context, event, self: scope.self, system: scope.system }));
      else if (isAssign(action)) snapshot = made(snapshot, { ...context, ...this.#change(action, context, event, scope, params) });
      else if (action !== undefined && 'resolve' in action) snapshot = this.#resolve(snapshot, event, scope, action as Resolving, params, raised);
      else {
        const info = { context, event, self: scope.self, system: scope.system };
        scope.actionExecutor({ type: typeOf(named), info, params, exec: action as ((info: unknown, params: unknown) => void) | undefined });
      }
    }
    return snapshot;
  }

  /** The context behind assignments alone. Throws what they throw, and where one wants what only XState does. */
  assign(machine: MachineSnapshot['machine'], before: object, event: Message, scope: StepScope, actions: readonly NamedAction[]): object {
    let context = before;
    for (const named of actions) {
      const change = this.#change(resolved(machine, named) as Assign, context, event, scope, paramsOf(named, context, event));
      context = Object.assign({ ...context }, change);
    }
    return context;
  }

  #resolve(before: MachineSnapshot, event: Message, scope: StepScope, action: Resolving, given: unknown, raised: Raised): MachineSnapshot {
    const info = { context: before.context, event, self: scope.self, system: scope.system };
    const [after, params, more] = action.resolve(scope, before, info, given, action, { internalQueue: raised });
    if (action.execute !== undefined) scope.actionExecutor({ type: action.type, info, params, exec: action.execute.bind(null, scope, params) });
    return more === undefined ? after : this.run(after, event, scope, more, raised);
  }

  #change({ assignment }: Assign, context: object, event: Message, scope: StepScope, params: unknown): object {
    const args = { context, event, spawn: this.spawn, self: scope.self, system: scope.system };
    if (typeof assignment === 'function') return assignment(args, params);
    const change: Record<string, unknown> = {};
    for (const key of Object.keys(assignment)) {
      const value = assignment[key];
      change[key] = typeof value === 'function' ? value(args, params) : value;
    }
    return change;
  }
}

/** What an action of the kernel wants is collected as it is. */
function requestOf(action: Action | undefined): ((args: Args) => SendRequest) | undefined {
  return (action as { readonly [REQUEST]?: (args: Args) => SendRequest } | undefined)?.[REQUEST];
}

function typeOf(named: NamedAction): string {
  return typeof named === 'string' ? named : typeof named === 'object' ? named.type : named.name || '(anonymous)';
}

/** In the shape that XState gives its snapshots, key by key. */
export function made(from: MachineSnapshot, context: object, children: Snapshot['children'] = from.children): MachineSnapshot {
  const { status, output, error, machine, _nodes, value, tags, historyValue, matches, hasTag, can, getMeta, toJSON } = from;
  return { status, output, error, machine, context, _nodes, value, tags, children, historyValue, matches, hasTag, can, getMeta, toJSON } as MachineSnapshot;
}

/** The snapshot of a statechart with another context. */
export function withContext(snapshot: Snapshot, context: object): Snapshot {
  return made(snapshot as MachineSnapshot, context);
}

export interface Place {
  readonly nodes: MachineSnapshot['_nodes'];
  readonly value: unknown;
  readonly tags: unknown;
}

/** The same in another state. */
export function moved(from: MachineSnapshot, status: Snapshot['status'], { nodes, value, tags }: Place): MachineSnapshot {
  const { output, error, machine, context, children, historyValue, matches, hasTag, can, getMeta, toJSON } = from;
  return { status, output, error, machine, context, _nodes: nodes, value, tags, children, historyValue, matches, hasTag, can, getMeta, toJSON } as MachineSnapshot;
}
