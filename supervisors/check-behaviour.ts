// What a durable worker's statechart may not do, found at definition rather than at night (K17).
import type { AnyActorLogic } from 'xstate';
import { didYouMean } from '../runtime/did-you-mean.ts';
import { classifySource, codedError } from '../runtime/index.ts';

interface Invoke {
  readonly id: string;
  readonly src: unknown;
  readonly onError?: unknown;
}
interface StateNode {
  readonly id: string;
  readonly invoke: readonly Invoke[];
  readonly states: Readonly<Record<string, StateNode>>;
  readonly transitions: ReadonlyMap<string, unknown>;
  readonly parent?: StateNode;
  readonly config: { readonly invoke?: unknown };
}
interface Machine {
  readonly root?: StateNode;
  readonly implementations?: { readonly actors?: Readonly<Record<string, AnyActorLogic>> };
}

/** Templates build a spec per child over one statechart: it is walked once. */
const SOUND = new WeakSet<AnyActorLogic>();

/** Throws `InvalidBehaviour`: a nested machine, an unknown source, or an effect that is never repeated silently and has nobody for its error. */
export function checkDurableLogic(id: string, logic: AnyActorLogic): void {
  if (SOUND.has(logic)) return;
  const machine = logic as unknown as Machine;
  if (machine.root !== undefined) checkState(id, machine, machine.root);
  SOUND.add(logic);
}

function checkState(id: string, machine: Machine, state: StateNode): void {
  for (const invoke of state.invoke) checkInvoke(id, machine, state, invoke);
  for (const child of Object.values(state.states)) checkState(id, machine, child);
}

function checkInvoke(id: string, machine: Machine, state: StateNode, invoke: Invoke): void {
  const refuse = (problem: string): never => {
    throw codedError('InvalidBehaviour', { address: id, problem: `state '${state.id}' invokes ${problem} (K17)` });
  };
  const source = sourceOf(machine, invoke);
  if (source === undefined) {
    const meant = didYouMean(String(invoke.src), Object.keys(machine.implementations?.actors ?? {}));
    return refuse(`'${String(invoke.src)}', which is no source of the machine${meant === undefined ? '' : `; did you mean '${meant}'?`}`);
  }
  const kind = classifySource(source);
  if (kind.kind === 'machine' || kind.kind === 'transition') refuse(`the nested ${kind.kind} '${invoke.id}': make it a child of a supervisor`);
  const neverRepeated = kind.kind === 'promise' || (kind.kind === 'effect' && kind.spec.idempotent !== true);
  if (neverRepeated && !handlesError(state, invoke.id)) refuse(`'${invoke.id}', which is not idempotent, without onError: an interruption would have nobody to tell`);
}

function sourceOf(machine: Machine, { src }: Invoke): AnyActorLogic | undefined {
  const source = typeof src === 'string' ? (machine.implementations?.actors?.[src] ?? inlineSource(machine, src)) : src;
  return typeof source === 'object' && source !== null ? (source as AnyActorLogic) : undefined;
}

/** XState names inline sources `xstate.invoke.<index>.<state id>` and finds them by that name. */
function inlineSource(machine: Machine, name: string): unknown {
  const match = /^xstate\.invoke\.(\d+)\.(.*)$/.exec(name);
  if (match === null || machine.root === undefined) return undefined;
  const state = findState(machine.root, match[2] ?? '');
  const configured = state?.config.invoke;
  const list = Array.isArray(configured) ? configured : [configured];
  return (list[Number(match[1])] as { src?: unknown } | undefined)?.src;
}

function findState(node: StateNode, id: string): StateNode | undefined {
  if (node.id === id) return node;
  for (const child of Object.values(node.states)) {
    const found = findState(child, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function handlesError(state: StateNode, invokeId: string): boolean {
  const types = [`xstate.error.actor.${invokeId}`, 'xstate.error.actor.*', 'xstate.error.*', 'xstate.*', '*'];
  for (let node: StateNode | undefined = state; node !== undefined; node = node.parent) {
    const { transitions } = node;
    if (types.some((type) => transitions.has(type))) return true;
  }
  return false;
}
