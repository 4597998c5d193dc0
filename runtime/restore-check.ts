// Whether what was persisted fits the behaviour that is to go on with it (K28). XState itself would start an unknown state without a
// word, and let a timer wait for ever for a state that has none.
import type { TimerRow } from './journal.ts';
import type { Snapshot } from './step.ts';

export interface StateNode {
  readonly key: string;
  readonly type: string;
  readonly states: Readonly<Record<string, StateNode>>;
  readonly invoke: ReadonlyArray<{ readonly id: string; readonly src: unknown }>;
  readonly ownEvents: readonly string[];
}

/** Undefined for logic without states. */
export function rootOf(logic: unknown): StateNode | undefined {
  return (logic as { readonly root?: StateNode }).root;
}

/** Why the state value is none of the machine's; undefined when it is one. */
export function valueFlaw(node: StateNode, value: unknown, path = ''): string | undefined {
  const children = Object.keys(node.states);
  const where = path === '' ? 'the machine' : `'${path}'`;
  if (children.length === 0) return value === undefined || isEmpty(value) ? undefined : `${where} has no states inside, the snapshot has ${JSON.stringify(value)}`;
  const parts = partsOf(value);
  if (parts === undefined) return `${where} has no state ${JSON.stringify(value)}`;
  const unknown = Object.keys(parts).find((key) => node.states[key] === undefined || node.states[key].type === 'history');
  if (unknown !== undefined) return `${where} has no state '${unknown}'`;
  const expected = node.type === 'parallel' ? children.filter((key) => node.states[key]?.type !== 'history') : Object.keys(parts).slice(0, 1);
  const missing = expected.find((key) => !(key in parts));
  if (missing !== undefined) return `the snapshot says nothing of '${missing}' in ${where}`;
  if (Object.keys(parts).length !== expected.length || expected.length === 0) return `${where} is not in one state: ${JSON.stringify(value)}`;
  for (const key of expected) {
    const flaw = valueFlaw(node.states[key] as StateNode, parts[key], path === '' ? key : `${path}.${key}`);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value === 'string') return { [value]: undefined };
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** An `after` that no state of the snapshot has. Other delayed messages are messages: whoever does not take them leaves a dead letter (K6). */
export function timerFlaw(snapshot: Snapshot, timers: readonly TimerRow[]): string | undefined {
  const nodes = (snapshot as { readonly _nodes?: readonly StateNode[] })._nodes;
  if (nodes === undefined) return undefined;
  const taken = new Set(nodes.flatMap((node) => node.ownEvents));
  for (const { address, to, event } of timers) {
    const { type } = JSON.parse(event) as { readonly type: string };
    if (to === address && type.startsWith('xstate.after.') && !taken.has(type)) return `its timer '${type}' belongs to no state that it is in`;
  }
  return undefined;
}

/** A child that was an invoke under another name: its result would be waited for by nobody. What was spawned has no such twin. */
export function renamedInvoke(snapshot: Snapshot, children: Readonly<Record<string, { readonly src?: unknown }>>): string | undefined {
  const invokes = ((snapshot as { readonly _nodes?: readonly StateNode[] })._nodes ?? []).flatMap((node) => node.invoke);
  for (const [id, { src }] of Object.entries(children)) {
    if (typeof src !== 'string' || invokes.some((invoke) => invoke.id === id)) continue;
    const twin = invokes.find((invoke) => invoke.src === src && !(invoke.id in children));
    if (twin !== undefined) return `its child '${id}' is no invoke of its state any more, which has '${twin.id}'`;
  }
  return undefined;
}

const NUMBERED = /^\d+(\.\d+)*$/;

/** Whether the one version comes after the other. Only numbers have an order; of others nobody can say. */
export function isNewer(one: string, other: string): boolean {
  if (!NUMBERED.test(one) || !NUMBERED.test(other)) return false;
  const [a, b] = [one, other].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
