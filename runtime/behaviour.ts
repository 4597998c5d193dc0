// The generic part of an actor plus what its module supplies: how the kernel runs it, keeps it and lets it be replaced.
import type { AnyActorLogic } from 'xstate';
import type { Address } from './address.ts';
import type { SupervisorHost } from './supervisor-host.ts';

/** Runs XState logic in a cell. */
export interface WorkerBehaviour {
  readonly kind: 'worker';
  readonly logic: AnyActorLogic;
  /** Journalled: survives crashes of itself, the process and the machine. */
  readonly durable: boolean;
  readonly input: unknown;
  /** Version of the state's shape; without one a hash of states and invokes (K28). */
  readonly version: string | undefined;
  /** Turns a persisted snapshot of version `from` into one of this version. Throwing quarantines the actor. */
  readonly migrate: ((snapshot: unknown, from: string) => unknown) | undefined;
  /** Message types that may go unhandled without a dead letter (K6). */
  readonly ignore: readonly string[];
  /** Message types kept and offered again after the next state change (K6). */
  readonly postpone: readonly string[];
  /** Groups whose broadcasts it receives. */
  readonly groups: readonly string[];
  /** Restart from the last snapshot (default for durable actors) or anew from input (K26). */
  readonly restartFrom: 'snapshot' | 'initial';
  /** The end of an actor it is linked to is a message `EXIT` to it, and not its own end (OTP's process flag). */
  readonly trapExits: boolean;
  /** A dynamic child's mail passes to the next incarnation; else what one leaves is dead (K25). */
  readonly inherit: boolean;
  /** Whether it may leave memory while it is idle; undefined: dynamic children may, others not (K27). */
  readonly passivate: boolean | undefined;
  /** Who besides supervisors and operators may send it control messages (K22). */
  readonly owner: Address | undefined;
}

/** Runs a supervisor statechart over the kernel's child operations (K24). */
export interface SupervisorBehaviour {
  readonly kind: 'supervisor';
  readonly logic: (host: SupervisorHost) => AnyActorLogic;
  /** Starts its children from rows of the journal (K25). */
  readonly rows: boolean;
  /** Children it begins with, by id: who is there once it is up. */
  readonly initial: ReadonlyMap<string, Behaviour>;
}

export type Behaviour = WorkerBehaviour | SupervisorBehaviour;
