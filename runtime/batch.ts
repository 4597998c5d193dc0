// One commit batch under construction: what its steps consumed, sent and changed, and what is to happen once it is written.
import type { Address } from './address.ts';
import type { BatchFact } from './batch-fact.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { DurableCell } from './durable-cell.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ActorRow, AlertRow, Burial, ChildRow, EffectRow, ReceiptRow, Suspects, TieRow } from './journal.ts';
import type { Mail } from './mail.ts';
import type { StepFact } from './step-fact.ts';

/** A change that takes effect between batches, or again after a batch that failed: starts, stops, child rows. */
export interface BoundaryOperation {
  readonly run: (batch: Batch) => void;
  /** Called instead when the node can write no more. */
  readonly down: () => void;
  /** Called instead when its rows are what cannot be written (K11). Default: `down`. */
  readonly refused?: ((error: Error) => void) | undefined;
  /** The end of an actor waits for no journal that is out of order: what it leaves is what a crash would leave (K22). */
  readonly ends?: boolean;
}

export class Batch {
  steps = 0;
  /** Mail that was taken, in whichever way it went. */
  turns = 0;
  /** The last of it, and who took it. */
  lastCell: DurableCell | undefined;
  lastMail: Mail | undefined;
  bytes = 0;
  number = 0;
  /** Cells that took mail: reloaded when the commit fails (K10). */
  readonly stepped = new Set<DurableCell>();
  /** Their newest state is written at the end. */
  readonly touched = new Set<DurableCell>();
  /** Written as they are: of actors that do not run. */
  readonly actorRows: ActorRow[] = [];
  readonly timersChanged = new Map<DurableCell, Set<string>>();
  /** By effect key; null removes the row. */
  readonly effects = new Map<string, EffectRow | null>();
  /** Every mail that a step took, in order. */
  readonly consumed: Array<{ readonly mail: Mail; readonly to: Address }> = [];
  /** Mail whose row must be written again: attempts, postponed. */
  readonly changed = new Map<Mail, Address>();
  /** Mail whose step failed, and how many attempts it had lost before. */
  readonly attempted = new Map<Mail, number>();
  /** Mail that was postponed or came back, and whether it was postponed before. */
  readonly postponedBefore = new Map<Mail, boolean>();
  readonly removedMail: number[] = [];
  /** Unread mail of actors that end with it; the numbers of its dead letters come when it is written. */
  readonly burials: Array<Omit<Burial, 'firstLetter'>> = [];
  readonly buried: Burial[] = [];
  readonly childrenPut = new Map<Address, ChildRow>();
  /** How many of them were not there before, once it is written and as far as that is known. */
  newChildren = 0;
  readonly childrenRemoved: Array<{ readonly parent: Address; readonly id: string }> = [];
  /** Whether a dynamic child is to be started at boot, where that changed. */
  readonly awake = new Map<Address, boolean>();
  /** By what they say; only the last state of a tie is written. */
  readonly ties = new Map<string, { readonly row: TieRow; readonly held: boolean }>();
  readonly receipts = new Map<string, ReceiptRow>();
  /** By id; null is an alert that ended. */
  readonly alerts = new Map<string, AlertRow | null>();
  readonly deadLetters: Array<{ readonly letter: DeadLetter; readonly mail: Mail }> = [];
  /** Announced before; only to be written. */
  readonly stored: DeadLetter[] = [];
  readonly facts: BatchFact[] = [];
  /** When they have changed (K12). */
  suspects: Suspects | undefined;
  steady = false;
  readonly stepFacts: StepFact[] = [];
  /** Actors whose rows go with this batch; `true`: for good, their address is forgotten. */
  readonly ended = new Map<Address, boolean>();
  /** Those of them that the journal knows nothing of: they began in this batch too. */
  readonly unwritten = new Set<Address>();
  readonly timersRemoved: Array<{ readonly address: Address; readonly key: string }> = [];
  readonly exits: Array<{ readonly cell: DurableCell; readonly reason: ExitReason }> = [];
  readonly operations: BoundaryOperation[] = [];
  /** Cells that are there only if this batch is: gone when its commit fails. */
  readonly activated = new Set<DurableCell>();
  /** Actors that ended at once while it was being written (K22): until it is, the journal knows less of them. */
  readonly left = new Set<Address>();
  /** Run after the commit, in order (K9). */
  readonly after: Array<() => void> = [];
  /** Run behind the exits: what takes the place of an actor that ended in this batch. */
  readonly afterExits: Array<() => void> = [];

  /** Whether there is nothing to write. */
  get empty(): boolean {
    return (
      this.touched.size === 0 &&
      this.actorRows.length === 0 &&
      this.suspects === undefined &&
      !this.steady &&
      this.ended.size === 0 &&
      this.timersChanged.size === 0 &&
      this.effects.size === 0 &&
      this.removedMail.length === 0 &&
      this.burials.length === 0 &&
      this.childrenPut.size === 0 &&
      this.childrenRemoved.length === 0 &&
      this.awake.size === 0 &&
      this.ties.size === 0 &&
      this.receipts.size === 0 &&
      this.deadLetters.length === 0 &&
      this.stored.length === 0 &&
      this.facts.length === 0 &&
      ![...this.changed.keys()].some((mail) => mail.rowed) &&
      // The id of what was ignored is remembered too: told again, it is not taken then.
      !this.consumed.some(({ mail }) => mail.receipt)
    );
  }

  /** Whether it says that the actor at the address is gone. */
  hasEnd(address: Address): boolean {
    return this.left.has(address) || this.ended.has(address);
  }

  touch(cell: DurableCell): void {
    if (this.touched.has(cell)) return;
    this.touched.add(cell);
    this.bytes += cell.bytes;
  }

  /** The mail is spent. */
  consume(mail: Mail, to: Address): void {
    this.consumed.push({ mail, to });
    if (mail.rowed) this.removedMail.push(mail.seq);
  }

  /** Whether it waits for the next state of its actor (K6). */
  postpone(mail: Mail, to: Address, postponed: boolean): void {
    if (!this.postponedBefore.has(mail)) this.postponedBefore.set(mail, mail.postponed);
    mail.postponed = postponed;
    this.changed.set(mail, to);
  }

  tie({ kind, holder, other }: TieRow, held: boolean): void {
    this.ties.set(`${kind} ${holder} ${other}`, { row: { kind, holder, other }, held });
  }

  timerChanged(cell: DurableCell, key: string): void {
    const keys = this.timersChanged.get(cell) ?? new Set();
    this.timersChanged.set(cell, keys);
    keys.add(key);
  }
}
