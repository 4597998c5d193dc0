// Reads what a step collected: XState's executable actions become the kernel's words. Order is kept within each kind.

import type { ChildRequest } from './actions.ts';
import { type Address, isSegment, parseAddress } from './address.ts';
import type { Message, Priority } from './envelope.ts';
import { codedError } from './errors.ts';
import type { Collected } from './outputs.ts';
import type { ChildActor, Snapshot } from './step.ts';
import { SelfRef, type StepScope } from './step-scope.ts';
import { ActorLink, Target } from './target.ts';
import { checkTie } from './tie-changes.ts';
import { TIE_OPS, type TieOp } from './ties.ts';

/** A send, or a change of ties: one list, since a name must be registered before what is sent to it. */
export interface Outgoing {
  readonly kind: 'actor' | 'group' | TieOp;
  readonly to: string;
  readonly message: Message;
  readonly priority: Priority;
  readonly about: string | undefined;
}

export type TimerChange =
  | { readonly op: 'set'; readonly key: string | undefined; readonly delayMs: number; readonly to: Address; readonly message: Message }
  | { readonly op: 'cancel'; readonly key: string };

/** What a volatile cell does with XState's own children, in order. */
export type ChildChange = { readonly op: 'start' | 'stop'; readonly child: ChildActor } | { readonly op: 'send'; readonly child: ChildActor; readonly message: Message };

/** Starting and stopping children of dynamic supervisors, in order. */
export type Administration = { readonly op: 'start'; readonly supervisor: Address; readonly child: ChildRequest } | { readonly op: 'stop'; readonly address: Address };

export interface StepOutput {
  readonly sends: readonly Outgoing[];
  readonly timers: readonly TimerChange[];
  readonly replies: ReadonlyArray<{ readonly name: string; readonly value: unknown }>;
  readonly defers: readonly string[];
  readonly facts: ReadonlyArray<{ readonly kind: string; readonly body: unknown }>;
  readonly administration: readonly Administration[];
  readonly customs: ReadonlyArray<() => void>;
  readonly emits: readonly unknown[];
  readonly children: readonly ChildChange[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
const NONE: never[] = Object.freeze([]) as unknown as never[];

/** Most steps want one thing or two: lists are made when something comes into them. */
function emptyOutput(): Writable<StepOutput> {
  return { sends: NONE, timers: NONE, replies: NONE, defers: NONE, facts: NONE, administration: NONE, customs: NONE, emits: NONE, children: NONE };
}

function and<T>(list: readonly T[], item: T): readonly T[] {
  if (list.length === 0) return [item];
  (list as T[]).push(item);
  return list;
}

/** Shared by all steps without output. */
export const NO_OUTPUT: StepOutput = emptyOutput();

interface SendParams {
  readonly to: unknown;
  readonly event: Message;
  readonly id?: string;
  readonly delay?: number;
}

/** Throws when an action sends to an undefined target: that is a failed step (K4). */
export function readOutput({ out, astray }: Pick<StepScope, 'out' | 'astray'>, self: Address, before: Snapshot | undefined, after: Snapshot): StepOutput {
  if (astray !== undefined) throw noTarget(astray);
  if (out.length === 0 && before?.children === after.children) return NO_OUTPUT;
  const output = emptyOutput();
  for (const action of out) readAction(action, output, self);
  readSpawned(output, before, after);
  return output;
}

function readAction(action: Collected, output: Writable<StepOutput>, self: Address): void {
  switch (action.type) {
    case 'xstate.sendTo':
      readSend(action, output);
      return;
    case 'xstate.raise': {
      const { event, id, delay } = action.params as SendParams;
      if (typeof delay === 'number') output.timers = and(output.timers, { op: 'set', key: id, delayMs: delay, to: self, message: event });
      return;
    }
    case 'xstate.cancel':
      output.timers = and(output.timers, { op: 'cancel', key: String((action.params as { sendId: unknown }).sendId) });
      return;
    case 'xstate.emit':
      output.emits = and(output.emits, (action.params as { event: unknown }).event);
      return;
    case 'xstate.spawnChild': {
      const child = (action.params as { actorRef?: ChildActor }).actorRef;
      if (child !== undefined) output.children = and(output.children, { op: 'start', child });
      return;
    }
    case 'xstate.stopChild':
      if (action.params !== undefined) output.children = and(output.children, { op: 'stop', child: action.params as ChildActor });
      return;
    default:
      readCustom(action, output);
  }
}

function readCustom(action: Collected, output: Writable<StepOutput>): void {
  const { exec, info, params } = action;
  if (exec !== undefined) output.customs = and(output.customs, () => exec(info, params));
}

function readSend(action: Collected, output: Writable<StepOutput>): void {
  const { to, event, id, delay } = action.params as SendParams;
  const target = to instanceof Target ? to : undefined;
  if (target !== undefined && target.kind !== 'actor' && target.kind !== 'group') {
    if (isTieOp(target.kind)) readTie(target.kind, target.name, event, output);
    else readRequest(target, event, output);
    return;
  }
  const address = target === undefined ? addressOf(to) : target.name;
  if (to === undefined || (target !== undefined && !target.name)) throw noTarget(event);
  if (address === undefined) {
    output.children = and(output.children, { op: 'send', child: to as ChildActor, message: event });
  } else if (typeof delay === 'number') {
    output.timers = and(output.timers, { op: 'set', key: id, delayMs: delay, to: address, message: event });
  } else {
    output.sends = and(output.sends, {
      kind: target?.kind === 'group' ? 'group' : 'actor',
      to: address,
      message: event,
      priority: target?.priority ?? 'normal',
      about: target?.about,
    });
  }
}

function isTieOp(kind: string): kind is TieOp {
  return (TIE_OPS as readonly string[]).includes(kind);
}

function readTie(kind: TieOp, to: string, message: Message, output: Writable<StepOutput>): void {
  checkTie(kind, to);
  output.sends = and(output.sends, { kind, to, message, priority: 'normal', about: undefined });
}

/** XState would deliver it to the sender itself. */
function noTarget(event: Message): Error {
  return new Error(`a send of '${event.type}' has no target (K4)`);
}

function addressOf(to: unknown): Address | undefined {
  if (to instanceof ActorLink || to instanceof SelfRef) return to.address;
  const address = (to as { address?: unknown }).address;
  return typeof address === 'string' ? address : undefined;
}

function readRequest(to: Target, event: Message, output: Writable<StepOutput>): void {
  switch (to.kind) {
    case 'reply':
      output.replies = and(output.replies, { name: to.name, value: event.value });
      return;
    case 'defer_reply':
      output.defers = and(output.defers, to.name);
      return;
    case 'fact':
      output.facts = and(output.facts, { kind: to.name, body: event.body });
      return;
    case 'start_child':
      output.administration = and(output.administration, { op: 'start', supervisor: to.name, child: checkChild(event.child as ChildRequest) });
      return;
    case 'stop_child':
      output.administration = and(output.administration, { op: 'stop', address: parseAddress(to.name) });
      return;
    default:
      throw new Error(`no receiver of kind '${to.kind}'`);
  }
}

/** A row that no supervisor could start must not be written: what asks for it is a failed step. */
function checkChild(child: ChildRequest): ChildRequest {
  if (!isSegment(child.id)) throw codedError('InvalidAddress', { address: child.id, segment: child.id });
  return child;
}

/** `spawn()` inside an assign leaves no action, only a child in the snapshot; leaving for good stops all children. */
function readSpawned(output: Writable<StepOutput>, before: Snapshot | undefined, after: Snapshot): void {
  if (before?.children === after.children) return;
  const seen = new Set(output.children.filter((change) => change.op === 'start').map((change) => change.child));
  const old = new Set(Object.values(before?.children ?? {}));
  for (const child of Object.values(after.children ?? {})) {
    if (child !== undefined && !old.has(child) && !seen.has(child)) output.children = and(output.children, { op: 'start', child });
  }
}

/** Children that a step began and ended, by identity: the same id entered again is a new child (K18). */
export function childDifference(before: Snapshot | undefined, after: Snapshot): { readonly begun: ChildActor[]; readonly ended: ChildActor[] } {
  const living = after.status === 'active' ? Object.values(after.children ?? {}).filter((child) => child !== undefined) : [];
  const old = Object.values(before?.children ?? {});
  return { begun: living.filter((child) => !old.includes(child)), ended: old.filter((child) => !living.includes(child)) };
}
