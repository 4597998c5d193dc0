// XState's statecharts as far as the kernel looks into them, and what of them the lean step may take over. A contract test
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

export interface Transition {
  readonly target?: readonly StateNode[] | undefined;
  readonly guard?: unknown;
  readonly actions: readonly NamedAction[];
}

export interface StateNode {
  readonly type: string;
  readonly parent?: StateNode | undefined;
  readonly always?: readonly Transition[] | undefined;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly entry: readonly unknown[];
  readonly invoke: readonly unknown[];
  readonly initial?: { readonly target: readonly StateNode[]; readonly actions: readonly unknown[] };
}

export interface Machine {
  readonly root: StateNode;
  readonly config: { readonly context?: unknown };
  readonly implementations: { readonly actions: Readonly<Record<string, Action | undefined>> };
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

/** No state is left or entered by it, and all that it does is to assign and to hand over actions that are none of XState's. */
function isLean(machine: Machine, { target, actions }: Transition): boolean {
  if (target !== undefined && target.length > 0) return false;
  return actions.every((named) => {
    const action = resolved(machine, named);
    return isAssign(action) || action === undefined || !('resolve' in action);
  });
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

function* upwards(leaf: StateNode): Iterable<StateNode> {
  for (let node: StateNode | undefined = leaf; node !== undefined; node = node.parent) yield node;
}

/** What a message does: these transitions; those that XState selects; or whatever XState makes of it. */
export type Plan = readonly Transition[] | 'select' | 'full';

/** Of messages of one type while one state is active. The order is XState's: the innermost state that has a transition. */
export function planFor(machine: Machine, leaf: StateNode, type: string): Plan {
  // What the kernel and XState tell a machine of timers, children and its own end.
  if (type.startsWith('xstate.')) return 'full';
  const path = [...upwards(leaf)];
  if (path.some(({ always }) => always !== undefined)) return 'full';
  const wild = path.some(({ transitions }) => [...transitions.keys()].some((key) => key.includes('*')));
  const candidates = path.flatMap(({ transitions }) => [...transitions].filter(([key]) => key === type || key.includes('*')).flatMap(([, some]) => some));
  const [first] = candidates;
  if (first === undefined) return [];
  if (!wild && first.guard === undefined) return isLean(machine, first) ? [first] : 'full';
  return candidates.every((candidate) => isLean(machine, candidate)) ? 'select' : 'full';
}

/** Whether nothing happens on the way into the initial state but that a context is made. */
export function beginsPlainly({ root }: Machine): boolean {
  for (let node = root; ; node = node.initial?.target[0] as StateNode) {
    if (node.entry.length > 0 || node.invoke.length > 0 || node.always !== undefined) return false;
    if (node.type === 'atomic') return true;
    const { initial } = node;
    if (node.type !== 'compound' || initial === undefined || initial.actions.length > 0 || initial.target.length !== 1 || initial.target[0]?.parent !== node) return false;
  }
}
