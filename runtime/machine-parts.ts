// XState's statecharts as far as the kernel looks into them, and how it picks their transitions. A contract test
// (test/runtime/lean-step.test.ts) holds that against XState itself.
import type { Message } from './envelope.ts';
import type { Snapshot } from './step.ts';

export interface Args {
  readonly context: object;
  readonly event: Message;
  readonly self: unknown;
  readonly system: unknown;
}

/** A function of the user's, an action that XState resolves itself, or the name of either, with parameters or without. */
export type NamedAction = Action | string | { readonly type: string; readonly params?: unknown };
export type Action = (args: Args, params: unknown) => unknown;
type Change = (args: Args & { readonly spawn: unknown }, params: unknown) => object;
/** XState's `assign`: a function of the whole change, or one for each key, or values. */
export type Assign = Action & { readonly type: 'xstate.assign'; readonly assignment: Change | Readonly<Record<string, unknown>> };

type Test = ((args: { readonly context: object; readonly event: Message }, params: unknown) => boolean) & {
  /** Of XState's own over others. */
  check?(snapshot: MachineSnapshot, args: object, guard: unknown): boolean;
};
/** A test or its name, with parameters or without. */
export type Guard = Test | string | { readonly type: string; readonly params?: unknown };

export interface Transition {
  readonly target?: readonly StateNode[] | undefined;
  readonly source: StateNode;
  readonly reenter: boolean;
  readonly guard?: Guard | undefined;
  readonly actions: readonly NamedAction[];
}

export interface StateNode {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly parent?: StateNode | undefined;
  readonly states: Readonly<Record<string, StateNode>>;
  readonly always?: readonly Transition[] | undefined;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly entry: readonly NamedAction[];
  readonly exit: readonly NamedAction[];
  readonly invoke: readonly unknown[];
  readonly initial: { readonly target: readonly StateNode[]; readonly actions: readonly NamedAction[] };
  readonly tags: readonly string[];
  readonly output?: unknown;
}

export interface Machine {
  readonly root: StateNode;
  readonly config: { readonly context?: unknown };
  readonly options?: { readonly maxIterations?: number };
  readonly implementations: { readonly actions: Readonly<Record<string, Action | undefined>>; readonly guards: Readonly<Record<string, Guard | undefined>> };
  getTransitionData(snapshot: MachineSnapshot, event: Message): readonly Transition[];
}

export interface MachineSnapshot extends Snapshot {
  readonly machine: Machine;
  readonly context: object;
  readonly _nodes: readonly StateNode[];
  readonly tags: unknown;
  readonly historyValue: unknown;
  readonly matches: unknown;
  readonly hasTag: unknown;
  readonly can: unknown;
  readonly getMeta: unknown;
  readonly toJSON: unknown;
}

export const isAssign = (action: Action | undefined): action is Assign => (action as Partial<Assign> | undefined)?.type === 'xstate.assign' && 'resolve' in (action as object);

export const resolved = (machine: Machine, action: NamedAction): Action | undefined =>
  typeof action === 'function' ? action : machine.implementations.actions[typeof action === 'string' ? action : action.type];

export function paramsOf(named: NamedAction | Guard, context: object, event: Message): unknown {
  if (typeof named !== 'object' || !('params' in named)) return undefined;
  return typeof named.params === 'function' ? named.params({ context, event }) : named.params;
}

/** As XState tests a guard. `leave`: to XState, which says what is wrong with a name that means none. */
export function passes(guard: Guard, event: Message, snapshot: MachineSnapshot, leave: () => never): boolean {
  const { machine, context } = snapshot;
  const name = typeof guard === 'string' ? guard : (guard as { readonly type: string }).type;
  const found = typeof guard === 'function' ? guard : machine.implementations.guards[name];
  if (found === undefined) return leave();
  if (typeof found !== 'function') return passes(found, event, snapshot, leave);
  const args = { context, event };
  const params = paramsOf(guard, context, event);
  return found.check === undefined ? found(args, params) : found.check(snapshot, args, found);
}

/** The one state that is active and has none below it; undefined when there are several, or it is a final one. */
export function onlyLeaf(nodes: readonly StateNode[]): StateNode | undefined {
  let leaf: StateNode | undefined;
  for (const node of nodes) {
    if (node.type === 'compound') continue;
    if (node.type !== 'atomic' || leaf !== undefined) return undefined;
    leaf = node;
  }
  return leaf;
}

export function* upwards(leaf: StateNode): Iterable<StateNode> {
  for (let node: StateNode | undefined = leaf; node !== undefined; node = node.parent) yield node;
}

/** What a message does: these transitions; or those that XState selects. */
export type Plan = readonly Transition[] | 'select';

/** Of messages of one type while one state is active. The order is XState's: the innermost state that has a transition. */
export function planFor(leaf: StateNode, type: string): Plan {
  const path = [...upwards(leaf)];
  const wild = path.some(({ transitions }) => [...transitions.keys()].some((key) => key.includes('*')));
  const candidates = path.flatMap(({ transitions }) => [...transitions].filter(([key]) => key === type || key.includes('*')).flatMap(([, some]) => some));
  const [first] = candidates;
  if (first === undefined) return [];
  return !wild && first.guard === undefined ? [first] : 'select';
}
