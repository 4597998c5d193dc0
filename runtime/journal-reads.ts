// Watches the journal's reads: one that fails (a corrupt page, a closed file) makes the node not ready, with its reason, until the
// very same read succeeds again. It is tried again by itself, so that a node which nobody asks anything recovers too.
import type { Clock } from './clock.ts';
import { type Journal, JournalFailure } from './journal.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const FIRST_WAIT_MS = 20;
const PATIENCE_MS = 10_000;

interface Fault {
  readonly why: string;
  readonly again: () => Promise<unknown>;
}

export interface ReadWatchOptions {
  readonly clock: Clock;
  /** Asked for when a read fails twice: makes the connection anew. */
  reopen(error: unknown): Promise<void>;
}

export class JournalReads {
  /** As given, with its reads watched. */
  readonly journal: Journal;
  readonly #options: ReadWatchOptions;
  /** By the name of the read: the first that failed. */
  readonly #faults = new Map<string, Fault>();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(journal: Journal, options: ReadWatchOptions) {
    this.#options = options;
    const [factsText, chainStart, dropFacts] = [journal.factsText?.bind(journal), journal.chainStart?.bind(journal), journal.dropFacts?.bind(journal)];
    this.journal = {
      description: journal.description,
      open: () => journal.open(),
      commit: (batch) => journal.commit(batch),
      recover: () => journal.recover(),
      mark: (name) => journal.mark(name),
      close: () => {
        this.#close();
        return journal.close();
      },
      load: (address, slice) => this.#insist('load', () => journal.load(address, slice)),
      mail: (address, place, slice) => this.#insist('mail', () => journal.mail(address, place, slice)),
      mailUnder: (address, id) => this.#insist('mailUnder', () => journal.mailUnder(address, id)),
      addresses: (page) => this.#watch('addresses', () => journal.addresses(page)),
      children: (parent, page) => this.#insist('children', () => journal.children(parent, page)),
      countChildren: (parent) => this.#insist('countChildren', () => journal.countChildren(parent)),
      wakes: (parent, page) => this.#insist('wakes', () => journal.wakes(parent, page)),
      timers: (page) => this.#insist('timers', () => journal.timers(page)),
      child: (parent, id) => this.#insist('child', () => journal.child(parent, id)),
      ties: () => this.#insist('ties', () => journal.ties()),
      alerts: () => this.#insist('alerts', () => journal.alerts()),
      receipt: (address, id) => this.#watch('receipt', () => journal.receipt(address, id)),
      facts: (page) => this.#watch('facts', () => journal.facts(page)),
      chain: (page) => this.#watch('chain', () => journal.chain(page)),
      ...(factsText === undefined ? {} : { factsText: (row) => this.#watch('factsText', () => factsText(row)) }),
      ...(chainStart === undefined ? {} : { chainStart: () => this.#watch('chainStart', chainStart) }),
      ...(dropFacts === undefined ? {} : { dropFacts }),
      deadLetters: (page) => this.#watch('deadLetters', () => journal.deadLetters(page)),
    };
  }

  /** Why the journal cannot be read; undefined while it can. */
  get fault(): string | undefined {
    for (const [read, { why }] of this.#faults) return `${read}: ${why}`;
    return undefined;
  }

  /** What the kernel goes on from: it waits for a journal that does not answer, for a while (K11). An actor that it cannot read is not one that fails. */
  async #insist<T>(name: string, read: () => Promise<T>): Promise<T> {
    const { clock, reopen } = this.#options;
    const until = clock.monotonic() + PATIENCE_MS;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
      try {
        return await read();
      } catch (error) {
        this.#failed(name, read, error);
        const passes = error instanceof JournalFailure && error.kind === 'environment';
        if (!passes || this.#closed || clock.monotonic() >= until) throw error;
        await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
        await reopen(error);
      }
    }
  }

  async #watch<T>(name: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#failed(name, read, error);
      throw error;
    }
  }

  /** A read that is wrong in itself says nothing about the journal, and must not let whoever asks it take the node down. */
  #failed(name: string, read: () => Promise<unknown>, error: unknown): void {
    const ofJournal = !(error instanceof JournalFailure && error.kind === 'statement');
    if (!ofJournal || this.#closed || this.#faults.has(name)) return;
    this.#faults.set(name, { why: error instanceof Error ? error.message : String(error), again: read });
    this.#retryIn(FIRST_RETRY_MS);
  }

  #retryIn(ms: number): void {
    this.#cancel ??= this.#options.clock.after(ms, () => void this.#retry(ms));
  }

  async #retry(waitedMs: number): Promise<void> {
    const still = await this.#tryAgain();
    if (still !== undefined) await this.#options.reopen(still);
    const left = still === undefined ? undefined : await this.#tryAgain();
    this.#cancel = undefined;
    if (this.#closed || this.#faults.size === 0) return;
    // One that failed meanwhile has not been tried.
    this.#retryIn(left === undefined ? FIRST_RETRY_MS : Math.min(2 * waitedMs, LONGEST_RETRY_MS));
  }

  /** Every read that failed. Resolves with the last error. */
  async #tryAgain(): Promise<unknown> {
    let failure: unknown;
    for (const [name, { again }] of [...this.#faults]) {
      try {
        await again();
        this.#faults.delete(name);
      } catch (error) {
        failure = error;
      }
    }
    return failure;
  }

  #close(): void {
    this.#closed = true;
    this.#cancel?.();
  }
}
