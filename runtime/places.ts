// What the engine knows of durable addresses: who runs, who has rows, mail for those that do not run now, and receipts awaited.
import type { Address } from './address.ts';
import type { Asks } from './asks.ts';
import type { DurableCell } from './durable-cell.ts';
import type { ChildRow, MailRow, ReceiptRow } from './journal.ts';
import type { Mail } from './mail.ts';
import { mailOf } from './restore.ts';
import type { Stepper } from './step.ts';

interface Stopping {
  readonly rowsGone: boolean;
  /** The step that stops it starts the next one. */
  readonly renewed: boolean;
  /** Mail up to this seq was for it; what came later is for the next one. */
  readonly lastMail: number;
  next: ChildRow | undefined;
}

export interface ReceiptWatch {
  readonly written: boolean;
  readonly end: () => void;
}

export class Places {
  readonly #stepper: Stepper;
  readonly cells = new Map<Address, DurableCell>();
  /** Addresses with rows, or about to have some: mail for them is kept. */
  readonly known = new Set<Address>();
  /** Children of dynamic supervisors that have a row (K25). */
  readonly rowChildren = new Set<Address>();
  /** Why an actor is quarantined (K28). */
  readonly quarantined = new Map<Address, string>();
  /** Children whose row went in a commit, while their supervisor still has to end them; a new row under the id waits for that. */
  readonly stopping = new Map<Address, Stopping>();
  readonly #activated = new Set<Address>();
  readonly #held = new Map<Address, Mail[]>();
  readonly #receiptWaiters = new Map<string, Set<string>>();
  /** One for an id at most: look-ups of a receiver come one after the other. */
  readonly #receiptWatches = new Map<string, { written: boolean }>();

  constructor(stepper: Stepper) {
    this.#stepper = stepper;
  }

  /** Whether the address ran before in this process: then a start is a restart. */
  wasActive(address: Address): boolean {
    return this.#activated.has(address);
  }

  activated(address: Address): void {
    this.#activated.add(address);
  }

  /** Keeps mail for an actor that is not running. */
  hold(address: Address, mail: Mail): void {
    const held = this.#held.get(address);
    if (held === undefined) this.#held.set(address, [mail]);
    else held.push(mail);
  }

  /** All mail for the address, of memory and of the journal, in order; none is counted twice. */
  release(address: Address, rows: readonly MailRow[]): Mail[] {
    const held = this.#held.get(address) ?? [];
    this.#held.delete(address);
    const inMemory = new Set(held.map((mail) => mail.seq));
    return [...held, ...rows.filter((row) => !inMemory.has(row.seq)).map((row) => mailOf(row, this.#stepper))].sort((a, b) => a.seq - b.seq);
  }

  heldCount(address: Address): number {
    return this.#held.get(address)?.length ?? 0;
  }

  /** All mail of actors that are not running, as far as it is in memory. */
  get held(): number {
    return [...this.#held.values()].reduce((sum, mails) => sum + mails.length, 0);
  }

  /** Drops held mail that matches. */
  dropHeld(wanted: (mail: Mail) => boolean): void {
    for (const [address, mails] of this.#held) {
      const left = mails.filter((mail) => !wanted(mail));
      if (left.length === 0) this.#held.delete(address);
      else this.#held.set(address, left);
    }
  }

  /** A row whose removal was not committed. */
  keepRow(address: Address): void {
    this.rowChildren.add(address);
    this.known.add(address);
  }

  /** The actor has ended for good. */
  forget(address: Address): void {
    this.known.delete(address);
    this.rowChildren.delete(address);
    this.#activated.delete(address);
  }

  /** Until the ask is over: one that runs into its deadline leaves nothing behind. */
  awaitReceipt(address: Address, id: string, ask: string, asks: Asks): void {
    const key = `${address}\n${id}`;
    const waiters = this.#receiptWaiters.get(key) ?? new Set();
    const settled = (): void => {
      waiters.delete(ask);
      if (waiters.size === 0) this.#receiptWaiters.delete(key);
    };
    if (!asks.whenSettled(ask, settled)) return;
    this.#receiptWaiters.set(key, waiters.add(ask));
  }

  get awaitedReceipts(): number {
    return this.#receiptWaiters.size;
  }

  /** Says whether a batch has told of the id since, until `end`. */
  watchReceipt(address: Address, id: string): ReceiptWatch {
    const key = `${address}\n${id}`;
    const watch = { written: false, end: () => void this.#receiptWatches.delete(key) };
    this.#receiptWatches.set(key, watch);
    return watch;
  }

  /** A reply is on disk: repeated asks under the same id get it too (K23). */
  receiptWritten(receipt: ReceiptRow, asks: Asks): void {
    const key = `${receipt.address}\n${receipt.id}`;
    const watch = this.#receiptWatches.get(key);
    if (watch !== undefined) watch.written = true;
    const { reply } = receipt;
    if (reply !== null) for (const ask of [...(this.#receiptWaiters.get(key) ?? [])]) asks.resolve(ask, (JSON.parse(reply) as { value?: unknown }).value);
  }
}
