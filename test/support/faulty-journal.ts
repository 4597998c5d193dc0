// A journal whose commits fail on demand: refused, or with an outcome that nobody can know; and one that is down until told otherwise.
import {
  type AddressPage,
  type ChainRow,
  type ChainStart,
  type CommitBatch,
  type Journal,
  JournalFailure,
  type JournalHead,
  type Page,
  startOf,
  type TimerPage,
} from '../../runtime/index.ts';

/** `refused`: not written, and known. `vanished`: not written, outcome unknown. `unconfirmed`: written, outcome unknown. */
export type Fault = 'refused' | 'vanished' | 'unconfirmed';

export class FaultyJournal implements Journal {
  readonly description: string;
  /** What is in the journal, in order. */
  readonly written: CommitBatch[] = [];
  readonly #inner: Journal;
  readonly #faults: Fault[] = [];
  #down = false;
  #silent = false;
  #unwritable: (batch: CommitBatch) => boolean = () => false;
  #gate: Promise<void> | undefined;

  constructor(inner: Journal) {
    this.#inner = inner;
    this.description = inner.description;
  }

  failNext(...faults: Fault[]): void {
    this.#faults.push(...faults);
  }

  /** Batches that it says it of cannot be written, though the journal is well; until the returned call. */
  refuse(unwritable: (batch: CommitBatch) => boolean): () => void {
    this.#unwritable = unwritable;
    return () => {
      this.#unwritable = () => false;
    };
  }

  /** Commits that are still to fail. */
  get faults(): number {
    return this.#faults.length;
  }

  /** Neither reads, writes nor recovers until the returned call. */
  goDown(): () => void {
    this.#down = true;
    return () => {
      this.#down = false;
    };
  }

  /** Says nothing of commits that failed, until the returned call: it reads, and does not recover. */
  goSilent(): () => void {
    this.#silent = true;
    return () => {
      this.#silent = false;
    };
  }

  /** Commits are on their way until the returned call. */
  holdCommits(): () => void {
    let release = (): void => undefined;
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.#gate = undefined;
      release();
    };
  }

  async commit(batch: CommitBatch): Promise<number> {
    await this.#gate;
    this.#checkUp('unknown');
    if (this.#unwritable(batch)) throw new JournalFailure('statement', 'failed', 'planned: unwritable');
    const fault = this.#faults.shift();
    if (fault === 'refused' || fault === 'vanished') throw new JournalFailure('environment', fault === 'refused' ? 'failed' : 'unknown', `planned: ${fault}`);
    const newChildren = await this.#inner.commit(batch);
    this.written.push(batch);
    if (fault === 'unconfirmed') throw new JournalFailure('environment', 'unknown', 'planned: unconfirmed');
    return newChildren;
  }

  mark(name: string | null): void {
    if (!this.#down) this.#inner.mark(name);
  }

  async recover(): Promise<JournalHead> {
    this.#checkUp('failed');
    if (this.#silent) throw new JournalFailure('environment', 'failed', 'planned: silent');
    return this.#inner.recover();
  }

  #checkUp(outcome: JournalFailure['outcome']): void {
    if (this.#down) throw new JournalFailure('environment', outcome, 'planned: down');
  }

  #up(): Journal {
    this.#checkUp('failed');
    return this.#inner;
  }

  async open() {
    return this.#up().open();
  }
  async load(...asked: Parameters<Journal['load']>) {
    return this.#up().load(...asked);
  }
  async mail(...asked: Parameters<Journal['mail']>) {
    return this.#up().mail(...asked);
  }
  async mailUnder(address: string, id: string) {
    return this.#up().mailUnder(address, id);
  }
  async addresses(page?: AddressPage) {
    return this.#up().addresses(page);
  }
  async countChildren(parent: string) {
    return this.#up().countChildren(parent);
  }
  async wakes(parent: string, page: AddressPage) {
    return this.#up().wakes(parent, page);
  }
  async timers(page: TimerPage) {
    return this.#up().timers(page);
  }
  async children(parent: string, page: Page) {
    return this.#up().children(parent, page);
  }
  async child(parent: string, id: string) {
    return this.#up().child(parent, id);
  }
  async ties() {
    return this.#up().ties();
  }
  async alerts() {
    return this.#up().alerts();
  }
  async receipt(address: string, id: string) {
    return this.#up().receipt(address, id);
  }
  async facts(page: Page) {
    return this.#up().facts(page);
  }
  async chain(page: Page) {
    return this.#up().chain(page);
  }
  async factsText(row: ChainRow) {
    return this.#up().factsText?.(row);
  }

  async chainStart() {
    return startOf(this.#up());
  }

  async dropFacts(upTo: ChainStart, limit: number) {
    const drop = this.#up().dropFacts;
    if (drop === undefined) throw new Error('the journal beneath keeps everything');
    return drop.call(this.#up(), upTo, limit);
  }

  async deadLetters(page: Page) {
    return this.#up().deadLetters(page);
  }
  async close() {
    return this.#inner.close();
  }
}
