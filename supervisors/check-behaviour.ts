// What a durable worker's statechart may not do, found at definition rather than at night (K17).
import type { AnyActorLogic } from 'xstate';
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
}
interface Machine {
  readonly root?: StateNode;
  readonly implementations?: { readonly actors?: Readonly<Record<string, AnyActorLogic>> };
}

/** Throws `InvalidBehaviour`: a nested machine, or an effect that is never repeated silently and has nobody for its error. */
export function checkDurableLogic(id: string, logic: AnyActorLogic): void {
  const machine = logic as unknown as Machine;
  if (machine.root !== undefined) checkState(id, machine, machine.root);
}

function checkState(id: string, machine: Machine, state: StateNode): void {
  for (const invoke of state.invoke) checkInvoke(id, machine, state, invoke);
  for (const child of Object.values(state.states)) checkState(id, machine, child);
}

function checkInvoke(id: string, machine: Machine, state: StateNode, invoke: Invoke): void {
  const source = typeof invoke.src === 'string' ? (machine.implementations?.actors?.[invoke.src] ?? inlineSource(machine, invoke.src)) : invoke.src;
  if (source === undefined || source === null || typeof source !== 'object') return;
  const kind = classifySource(source as AnyActorLogic);
  if (kind.kind === 'machine' || kind.kind === 'transition') {
    throw codedError('InvalidBehaviour', { address: id, problem: `state '${state.id}' invokes the nested ${kind.kind} '${invoke.id}': make it a child of a supervisor (K17)` });
  }
  const neverRepeated = kind.kind === 'promise' || (kind.kind === 'effect' && kind.spec.idempotent !== true);
  if (neverRepeated && !handlesError(machine, state, invoke.id)) {
    throw codedError('InvalidBehaviour', { address: id, problem: `state '${state.id}' invokes '${invoke.id}', which is not idempotent, without onError: an interruption would have nobody to tell (K17)` });
  }
}

/** XState names inline sources `xstate.invoke.<index>.<state id>` and finds them by that name. */
function inlineSource(machine: Machine, name: string): unknown {
  const match = /^xstate\.invoke\.(\d+)\.(.*)$/.exec(name);
  if (match === null || machine.root === undefined) return undefined;
  const state = findState(machine.root, match[2] ?? '');
  const configured = (state as unknown as { config?: { invoke?: unknown } } | undefined)?.config?.invoke;
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

function handlesError(machine: Machine, state: StateNode, invokeId: string): boolean {
  const type = `xstate.error.actor.${invokeId}`;
  for (let node: StateNode | undefined = state; node !== undefined; node = (node as unknown as { parent?: StateNode }).parent) {
    if (node.transitions.has(type) || node.transitions.has('xstate.error.actor.*') || node.transitions.has('xstate.error.*') || node.transitions.has('*')) return true;
  }
  return machine.root === undefined;
}
