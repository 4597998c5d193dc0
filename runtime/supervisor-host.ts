// What the kernel offers a supervisor's statechart: starting and ending children, its own exit, durable child rows, time and chance.
import type { Address } from './address.ts';
import type { ChildSpec, Shutdown } from './child-spec.ts';
import type { Clock } from './clock.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ChildRow } from './journal.ts';

/** `ignore`: the child chose not to run (OTP's `ignore`); `gone`: it is being stopped for good, and is announced again should there be a next one. */
/** `serial` tells this run of the child from others under the same id. */
export type StartOutcome =
  | { readonly ok: true; readonly serial: number }
  | { readonly ok: 'ignore'; readonly gone?: boolean }
  | { readonly ok: false; readonly reason: ExitReason };

/** One line a decision, in the past tense, for telemetry and for tests' histories. */
export type SupervisionFact =
  | { readonly kind: 'child.started'; readonly id: string; readonly restart: boolean }
  | { readonly kind: 'child.start_failed'; readonly id: string; readonly reason: ExitReason }
  | { readonly kind: 'child.exited'; readonly id: string; readonly reason: ExitReason }
  | { readonly kind: 'child.stopped'; readonly id: string; readonly reason: ExitReason }
  | { readonly kind: 'child.backing_off'; readonly id: string; readonly delayMs: number }
  | { readonly kind: 'intensity.reached'; readonly id: string; readonly restarts: number; readonly periodMs: number };

export interface ChildInfo {
  readonly id: string;
  readonly address: Address;
  readonly type: 'worker' | 'supervisor';
  readonly state: 'running' | 'restarting' | 'stopped';
  readonly restarts: number;
}

export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/** Read side of a supervisor's child table; the kernel asks it without a message. */
export interface ChildTableView {
  /** Of a dynamic supervisor with rows: the children that are in memory. */
  which(): readonly ChildInfo[];
  count(): ChildCounts;
  spec(id: string): ChildSpec | undefined;
  info(id: string): ChildInfo | undefined;
  /** A run leaves memory, alive (K27). False: the supervisor is about to end it, or knows another. */
  rest(id: string, serial: number): boolean;
}

/** Who asked a supervisor: the host's own, nobody else reads it. */
export type ChildAsk = string | ((answer: ChildAnswer) => void);

/**
 * Messages the kernel puts into a supervisor's mailbox. `troupe.shutdown` must end in `host.exit(reason)` after the children
 * are down in reverse start order. Those with an `ask` are asks: answer with `host.answer(event.ask, …)`.
 */
export type SupervisorMessage =
  | { readonly type: 'troupe.child_exit'; readonly id: string; readonly serial: number; readonly reason: ExitReason }
  | { readonly type: 'troupe.shutdown'; readonly reason: ExitReason }
  | {
      readonly type: 'troupe.start_child';
      readonly ask: ChildAsk;
      readonly spec?: ChildSpec;
      readonly row?: { readonly template: string; readonly id: string; readonly input: unknown };
    }
  | { readonly type: 'troupe.terminate_child'; readonly ask: ChildAsk; readonly id: string }
  | { readonly type: 'troupe.restart_child'; readonly ask: ChildAsk; readonly id: string }
  | { readonly type: 'troupe.delete_child'; readonly ask: ChildAsk; readonly id: string }
  /** A row whose child is to run (K25): start it unless it does. */
  | { readonly type: 'troupe.child_row'; readonly row: ChildRow }
  /** A static child left memory, and has mail or a timer that is due (K27). */
  | { readonly type: 'troupe.wake_child'; readonly id: string };

/** OTP's answers to child administration. */
export type ChildAnswer =
  | { readonly ok: true; readonly address: Address }
  | {
      readonly ok: false;
      readonly reason: 'already_present' | 'already_started' | 'not_found' | 'running' | 'restarting' | 'simple_one_for_one' | 'start_failed' | 'invalid';
      readonly detail?: string;
    };

export interface SupervisorHost {
  readonly address: Address;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Runs in a later turn: what has come in meanwhile goes first. */
  nextTurn(run: () => void): void;
  /** Starts a child cell below this supervisor. Never rejects. After `ok: true` its later exit arrives as `troupe.child_exit`. */
  start(spec: ChildSpec): StartOutcome | Promise<StartOutcome>;
  /**
   * Ends a child and resolves with its exit reason once it is gone; a child that misses its `shutdown` is killed. Sends no
   * `troupe.child_exit`. `forGood` also gives up its mail, timers and snapshot (leftover mail becomes dead letters `noproc`).
   */
  stop(id: string, shutdown: Shutdown, forGood?: boolean): Promise<ExitReason>;
  /** All initial children are up: the parent's `start` of this supervisor resolves. `exit` before this is a failed start. */
  started(): void;
  /** The supervisor's own exit; its children must be down. */
  exit(reason: ExitReason): void;
  answer(ask: ChildAsk, answer: ChildAnswer): void;
  /** Whoever takes all messages but `troupe.shutdown`, past the statechart: that holds phases only (K24). */
  administer(take: (message: SupervisorMessage) => void): void;
  record(fact: SupervisionFact): void;
  /** Makes the child table readable. */
  publish(view: ChildTableView): void;
  /** Rows that a start of a durable dynamic supervisor starts, a page at a time; `next` is where the next page begins. */
  waking(after: string): Promise<{ readonly rows: readonly ChildRow[]; readonly next: string | undefined }>;
  row(id: string): Promise<ChildRow | undefined>;
  countRows(): Promise<number>;
  /** What `child_row` or `wake_child` asked for this child is done: it runs, or does not for that. */
  woken(id: string): void;
  /** A row that nothing can be built from stays, held with its mail (K28). */
  hold(id: string, why: string): void;
  /** Writes or removes a row; resolves when committed. */
  putRow(row: { template: string; id: string; input: unknown }): Promise<ChildRow>;
  removeRow(id: string): Promise<void>;
}
