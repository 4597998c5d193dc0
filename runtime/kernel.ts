// What the parts of one node share. Built by the system; nothing here is a singleton.
import type { Address } from './address.ts';
import type { Alerts } from './alerts.ts';
import type { Asks } from './asks.ts';
import type { Cell } from './cell.ts';
import type { Clock } from './clock.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Message, Priority } from './envelope.ts';
import type { ExitReason } from './exit-reason.ts';
import type { DeadLetterReason } from './journal.ts';
import type { Mail } from './mail.ts';
import type { NewId } from './message-id.ts';
import type { Registry } from './registry.ts';
import type { Stepper } from './step.ts';
import type { Telemetry } from './telemetry.ts';
import type { TieOp, Ties } from './ties.ts';
import type { Turns } from './turns.ts';
import type { VolatileScheduler } from './volatile-scheduler.ts';

export interface Kernel {
  readonly clock: Clock;
  readonly turns: Turns;
  readonly random: () => number;
  readonly newId: NewId;
  readonly stepper: Stepper;
  readonly registry: Registry;
  readonly ties: Ties;
  readonly asks: Asks;
  readonly deadLetters: DeadLetters;
  readonly telemetry: Telemetry;
  readonly alerts: Alerts;
  readonly scheduler: VolatileScheduler;
  /** Freeze messages and contexts of durable actors (K3, tests). */
  readonly freeze: boolean;
  /** Accepts a message from outside a durable step and routes it. */
  post(mail: Mail, to: Address): void;
  /** Who lives at an address, running or not: mail to it is kept, or taken at once. Undefined is nobody. */
  lifeAt(address: Address): 'durable' | 'volatile' | undefined;
  /** Of a volatile actor's step. Throws `NameTaken`. */
  changeTie(cell: Cell, op: TieOp, about: string): void;
  postGroup(group: string, from: Address, message: Message, priority: Priority): void;
  /** A mail nobody takes, outside a batch. */
  deadLetter(reason: DeadLetterReason, detail: string, mail: Mail, to: Address): void;
  startChildRow(supervisor: Address, child: { template: string; id: string; input: unknown }, from: Address): void;
  /** Whether a supervisor is at the address, or will be, that starts its children from rows. */
  startsRows(supervisor: Address): boolean;
  /** The dynamic child on whose row an address depends: itself, or the one that it lives below. Undefined: none. */
  rowAbove(address: Address): Address | undefined;
  /** An actor that had left memory is gone with its supervisor, or was stopped by it: watchers are told. */
  endedAbsent(address: Address, reason: ExitReason): void;
  /** Its supervisor is told that the cell has left memory, alive. False: it objects. */
  rest(cell: Cell): boolean;
  stopChildAt(address: Address): void;
  /** A supervisor went before it took this: whoever asked is told. */
  unanswered(mail: Mail): void;
  /** A supervisor's statechart failed: its children end first, in reverse order, then it exits (K24). */
  supervisorFailed(cell: Cell, reason: ExitReason): void;
  /** The cell is gone: watchers, askers and its supervisor are told. */
  exited(cell: Cell, reason: ExitReason): void;
}
