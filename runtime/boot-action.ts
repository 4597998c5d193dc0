// What becomes of everything that a node finds on disk: one action for each state, in one place (K29). Nothing found is dropped but
// what an earlier incarnation left, and whatever belongs to an actor that may not run is held as it is.
import type { EffectState, MailRow } from './journal.ts';

/** Of an actor's address. `begin`: a new incarnation from its input. `hold`: nobody in the tree would start it (K28). */
export type ActorAction = 'begin' | 'restore' | 'quarantine' | 'hold';

export interface ActorState {
  /** Whether the tree, or a row of a dynamic supervisor with a template, starts something here. */
  readonly spec: boolean;
  readonly row: 'none' | 'active' | 'done' | 'quarantined';
  /** Whether snapshot, children, effects and timers fit the behaviour, after a migration where one was needed (K28). */
  readonly fits: boolean;
  /** A restart that the spec wants from input (K26). */
  readonly anew: boolean;
}

export function actorAction({ spec, row, fits, anew }: ActorState): ActorAction {
  if (!spec) return 'hold';
  if (row === 'none' || row === 'done' || anew) return 'begin';
  // One that was quarantined is tried again: whoever mended its behaviour finds it going on.
  return fits ? 'restore' : 'quarantine';
}

export type MailAction = 'offer' | 'keep_postponed' | 'bury' | 'expire' | 'hold';

export interface MailState {
  readonly state: MailRow['state'];
  /** No attempt is left: it failed or ended the process as often as it may (K12). */
  readonly spent: boolean;
  readonly expired: boolean;
}

/** Mail passes to a new incarnation as to a restored one: a row that nobody should get went with its incarnation (K26). */
export function mailAction(actor: ActorAction, { state, spent, expired }: MailState): MailAction {
  if (!runs(actor)) return 'hold';
  if (state === 'postponed') return 'keep_postponed';
  if (expired) return 'expire';
  return spent ? 'bury' : 'offer';
}

export type EffectAction = 'run' | 'deliver' | 'ask' | 'drop' | 'hold';

export interface EffectFound {
  readonly state: EffectState;
  readonly idempotent: boolean;
}

/** `ask`: it may have acted; its `check` says, else it was interrupted (K17). */
export function effectAction(actor: ActorAction, { state, idempotent }: EffectFound): EffectAction {
  if (!runs(actor)) return 'hold';
  if (actor === 'begin') return 'drop';
  if (state === 'settled') return 'deliver';
  return state === 'scheduled' || idempotent ? 'run' : 'ask';
}

export type TimerAction = 'fire' | 'arm' | 'drop' | 'hold';

export function timerAction(actor: ActorAction, { due }: { readonly due: boolean }): TimerAction {
  if (!runs(actor)) return 'hold';
  if (actor === 'begin') return 'drop';
  return due ? 'fire' : 'arm';
}

export type ChildAction = 'start' | 'sleep' | 'hold';

export interface ChildFound {
  readonly template: boolean;
  /** It was running, or something waits for it: mail or an effect (K27). */
  readonly wanted: boolean;
}

/** Of a row of a dynamic supervisor (K25). */
export function childAction({ template, wanted }: ChildFound): ChildAction {
  if (!wanted) return 'sleep';
  return template ? 'start' : 'hold';
}

const runs = (actor: ActorAction): boolean => actor === 'begin' || actor === 'restore';
