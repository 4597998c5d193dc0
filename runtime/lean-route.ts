// Which states a transition leaves and enters, where one state is active at a time: XState's rules, worked out once for each transition
// and state instead of with sets at each step. What needs more (parallel states, history, states that run something, outputs) has no route.
import type { Machine, NamedAction, StateNode, Transition } from './machine-parts.ts';
import { upwards } from './machine-parts.ts';

/** What a snapshot says of its state: shared by all that are in it. */
export interface Shape {
  /** From the root to the leaf. */
  readonly nodes: readonly StateNode[];
  readonly leaf: StateNode;
  readonly value: unknown;
  readonly tags: ReadonlySet<string>;
  /** What is taken without a message, the innermost first. */
  readonly always: readonly Transition[];
}

export interface Entered {
  readonly node: StateNode;
  readonly actions: readonly NamedAction[];
}

export interface Route {
  /** The innermost first. */
  readonly exits: readonly StateNode[];
  /** The outermost first. */
  readonly enters: readonly Entered[];
  /** Undefined: the same states are active again. */
  readonly to: Shape | undefined;
  /** The machine ends there. */
  readonly done: boolean;
}

/** Whether one state is active at a time in all of the machine, and none is remembered or gives anything away. */
export function isLinear({ root }: Machine): boolean {
  return root.type !== 'final' && isPlain(root);
}

function isPlain({ type, output, states }: StateNode): boolean {
  return type !== 'parallel' && type !== 'history' && output === undefined && Object.values(states).every(isPlain);
}

const shapes = new WeakMap<StateNode, Shape>();

export function shapeOf(leaf: StateNode): Shape {
  let shape = shapes.get(leaf);
  if (shape === undefined) {
    const up = [...upwards(leaf)];
    const nodes = [...up].reverse();
    shape = { nodes, leaf, value: valueIn(up), tags: new Set(nodes.flatMap(({ tags }) => tags)), always: up.flatMap(({ always = [] }) => always) };
    shapes.set(leaf, shape);
  }
  return shape;
}

/** From the leaf to the root. A leaf is told by its name, a state around it as an object. */
function valueIn([leaf, ...above]: readonly StateNode[]): unknown {
  if (leaf === undefined || above.length === 0) return {};
  let value: unknown = leaf.key;
  for (const { key } of above.slice(0, -1)) value = { [key]: value };
  return value;
}

/** Into the first state, from nothing. */
export function firstRoute({ root }: Machine): Route | undefined {
  return routeThrough([], [], [entered(root, true), ...below(root)]);
}

/** Of a transition that has a target. Undefined: only XState takes it. */
export function routeOf(leaf: StateNode, { target = [], source, reenter }: Transition): Route | undefined {
  const [to] = target;
  if (to === undefined || target.length > 1) return undefined;
  const path = shapeOf(leaf).nodes;
  const within = !reenter && (to === source || isBelow(to, source));
  const domain = within ? source : (commonAbove(to, source) ?? (reenter ? undefined : path[0]));
  const exits = path.filter((node) => domain === undefined || isBelow(node, domain)).reverse();
  const above = [...upwards(to)].slice(1).filter((node) => domain === undefined || isBelow(node, domain));
  const itself = source !== to || source !== domain || reenter ? [entered(to, true)] : [];
  return routeThrough(path, exits, [...above.reverse().map((node) => entered(node, false)), ...itself, ...below(to)]);
}

function routeThrough(path: readonly StateNode[], exits: readonly StateNode[], enters: readonly Entered[]): Route | undefined {
  if ([...exits, ...enters.map(({ node }) => node)].some(({ invoke }) => invoke.length > 0)) return undefined;
  const nodes = [...path.filter((node) => !exits.includes(node)), ...enters.map(({ node }) => node)];
  const leaf = nodes[nodes.length - 1];
  if (leaf === undefined || leaf.type === 'compound') return undefined;
  const isSame = nodes.length === path.length && nodes.every((node) => path.includes(node));
  return { exits, enters, to: isSame ? undefined : shapeOf(leaf), done: leaf.type === 'final' && leaf.parent?.parent === undefined };
}

/** `byDefault`: what its first state comes with is done too. */
function entered(node: StateNode, byDefault: boolean): Entered {
  return { node, actions: byDefault ? [...node.entry, ...node.initial.actions] : node.entry };
}

/** The states that are entered with one. */
function below(node: StateNode): readonly Entered[] {
  const [first] = node.type === 'compound' ? node.initial.target : [];
  return first === undefined ? [] : [entered(first, true), ...below(first)];
}

function isBelow(node: StateNode, above: StateNode): boolean {
  return node.parent !== undefined && (node.parent === above || isBelow(node.parent, above));
}

function commonAbove(to: StateNode, source: StateNode): StateNode | undefined {
  return [...upwards(to)].slice(1).find((ancestor) => isBelow(source, ancestor));
}
