// What the engine knows of durable addresses: who runs, mail for those that do not run now, and receipts awaited. Of dynamic children
// that do not run it knows nothing: their rows are looked up (K25).
import { type Address, parentAddress } from './address.ts';
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

interface Held {
  readonly mails: Mail[];
  /** Mail that has a row, and is read from there when somebody takes it. */
  stored: number;
}

export class Places {
  readonly #stepper: Stepper;
  readonly cells = new Map<Address, DurableCell>();
  /** Addresses whose mail is kept without asking the journal: static actors with rows, and dynamic ones that run or ran. */
  readonly known = new Set<Address>();
  /** Children of dynamic supervisors whose row is there, as far as memory knows (K25). */
  readonly rowChildren = new Set<Address>();
  /** Rows that a batch which is not written yet takes away. */
  readonly rowsGone = new Set<Address>();
  /** Grows whenever a row comes or goes. */
  rowChanges = 0;
  /** Static children that were passivated: their supervisor starts them again (K27). */
  readonly resting = new Set<Address>();
  /** Why an actor is quarantined (K28). */
  readonly quarantined = new Map<Address, string>();
  /** Children whose row went in a commit, while their supervisor still has to end them; a new row under the id waits for that. */
  readonly stopping = new Map<Address, Stopping>();
  readonly #activated = new Set<Address>();
  readonly #spent = new Map<Address, ReadonlySet<number>>();
  readonly #held = new Map<Address, Held>();
  readonly #pins = new Map<Address, number>();
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
    this.resting.delete(address);
  }

  /** Left memory, idle: nothing is kept of a dynamic child, and its next start is no restart. */
  passivated(address: Address): void {
    this.cells.delete(address);
    this.#activated.delete(address);
    if (this.rowChildren.delete(address)) this.known.delete(address);
    else this.resting.add(address);
  }

  /** Keeps mail for an actor that is not running. */
  hold(address: Address, mail: Mail): void {
    const held = this.#held.get(address);
    if (held === undefined) this.#held.set(address, { mails: [mail], stored: 0 });
    else held.mails.push(mail);
  }

  /** While it is pinned an address keeps its mail in memory: what was read of it may be older than the last commit. */
  pin(address: Address): void {
    this.#pins.set(address, (this.#pins.get(address) ?? 0) + 1);
  }

  isPinned(address: Address): boolean {
    return this.#pins.has(address);
  }

  unpin(address: Address): void {
    const pins = (this.#pins.get(address) ?? 1) - 1;
    if (pins === 0) this.#pins.delete(address);
    else this.#pins.set(address, pins);
  }

  /** Held mail that has a row now leaves memory: rows on disk bound what a node keeps for actors that are down. */
  stored(address: Address): void {
    const held = this.#held.get(address);
    if (held === undefined || this.#pins.has(address)) return;
    const left = held.mails.filter((mail) => !mail.rowed);
    const stored = held.stored + held.mails.length - left.length;
    this.#held.set(address, { mails: left, stored });
  }

  /** So many rows wait for an actor that does not run, and none of them is in memory. */
  keepOnDisk(address: Address, rows: number): void {
    if (rows === 0) return;
    const held = this.#held.get(address) ?? { mails: [], stored: 0 };
    this.#held.set(address, { ...held, stored: held.stored + rows });
  }

  /** So many rows wait for it in all. */
  foundOnDisk(address: Address, rows: number): void {
    const mails = this.#held.get(address)?.mails ?? [];
    const stored = rows - mails.filter((mail) => mail.rowed).length;
    if (stored > 0) this.#held.set(address, { mails, stored });
  }

  /** All mail for the address, of memory and of the journal, in order; none is counted twice. */
  release(address: Address, rows: readonly MailRow[]): Mail[] {
    const held = this.#held.get(address)?.mails ?? [];
    this.#held.delete(address);
    const inMemory = new Set(held.map((mail) => mail.seq));
    const spent = this.#spent.get(address);
    const stored = rows.filter((row) => !inMemory.has(row.seq) && spent?.has(row.seq) !== true);
    return [...held, ...stored.map((row) => mailOf(row, this.#stepper))].sort((a, b) => a.seq - b.seq);
  }

  /** Mail that went with the last run: its rows may still be read, and count no more. */
  spend(address: Address, mails: readonly Mail[]): void {
    if (mails.length === 0) this.#spent.delete(address);
    else this.#spent.set(address, new Set(mails.map(({ seq }) => seq)));
  }

  heldCount(address: Address): number {
    const held = this.#held.get(address);
    return held === undefined ? 0 : held.mails.length + held.stored;
  }

  /** Children of a supervisor for which mail waits. */
  heldBelow(supervisor: Address): Address[] {
    return [...this.#held.keys()].filter((address) => parentAddress(address) === supervisor);
  }

  /** All mail of actors that are not running, as far as it is in memory. */
  get held(): number {
    return [...this.#held.values()].reduce((sum, { mails }) => sum + mails.length, 0);
  }

  /** Drops held mail that matches. */
  dropHeld(wanted: (mail: Mail) => boolean): void {
    for (const [address, { mails, stored }] of this.#held) {
      const left = mails.filter((mail) => !wanted(mail));
      if (left.length === 0 && stored === 0) this.#held.delete(address);
      else this.#held.set(address, { mails: left, stored });
    }
  }

  /** Looked up, or put by the running batch: its mail is kept from now on. */
  rowFound(address: Address): void {
    this.rowChildren.add(address);
    this.known.add(address);
  }

  rowPut(address: Address): void {
    this.rowFound(address);
    this.rowsGone.delete(address);
    this.rowChanges += 1;
  }

  rowRemoved(address: Address): void {
    this.rowChildren.delete(address);
    this.rowsGone.add(address);
    this.rowChanges += 1;
  }

  /** A look-up that began before this commit does not know of its rows. */
  rowsWritten(): void {
    this.rowChanges += 1;
  }

  /** The removal is committed: from now on the journal says so. */
  removalWritten(address: Address): void {
    this.rowsGone.delete(address);
    this.rowChanges += 1;
  }

  /** A row whose removal was not committed. */
  keepRow(address: Address): void {
    this.removalWritten(address);
    if (this.cells.has(address)) this.rowFound(address);
  }

  /** The actor has ended for good. */
  forget(address: Address): void {
    this.known.delete(address);
    this.rowChildren.delete(address);
    this.rowChanges += 1;
    this.#activated.delete(address);
    this.#spent.delete(address);
    this.resting.delete(address);
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
