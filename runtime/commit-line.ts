// The closed batches whose commits are on their way, in order. At most two: the second is stepped while the first is being written, and
// falls with it (K9). Each is let go only when it and all before it are known to be written.
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { CommitPace } from './commit-pace.ts';
import type { CommitBatch, Committed, Journal } from './journal.ts';
import type { Mail } from './mail.ts';

/** Batches on their way at a time. */
const LONGEST = 2;

type Outcome = { readonly ok: true; readonly lastHash: string | undefined } | { readonly ok: false; readonly error: unknown };

export interface ClosedBatch {
  readonly batch: Batch;
  /** Mail that has a row once this is written, and whom it is for. */
  readonly rowed: ReadonlyMap<Mail, Address>;
  /** Undefined when there is nothing to write, or when it could not be built. */
  readonly commit: CommitBatch | undefined;
  outcome: Outcome | undefined;
}

export class CommitLine {
  #closed: ClosedBatch[] = [];
  #asked: Array<() => void> = [];
  readonly #journal: Journal;
  readonly #pace: CommitPace;
  /** Called when something may be taken from the front. */
  readonly #moved: () => void;

  constructor(journal: Journal, pace: CommitPace, moved: () => void) {
    this.#journal = journal;
    this.#pace = pace;
    this.#moved = moved;
  }

  get closed(): readonly ClosedBatch[] {
    return this.#closed;
  }

  get empty(): boolean {
    return this.#closed.length === 0;
  }

  /** Whether a batch may be begun over what is on its way. What a start or a stop leaves is waited for: it is acted upon only then. */
  get open(): boolean {
    return this.#closed.length < LONGEST && this.#closed.every(({ batch }) => batch.operations.length === 0);
  }

  /** Hands the batch over to be written; a `flaw` is why it could not be built. */
  add(batch: Batch, rowed: ReadonlyMap<Mail, Address>, built: { readonly commit?: CommitBatch; readonly flaw?: unknown }): void {
    const closed: ClosedBatch = { batch, rowed, commit: built.commit, outcome: undefined };
    this.#closed.push(closed);
    if (built.commit === undefined) this.#settle(closed, 'flaw' in built ? { ok: false, error: built.flaw } : { ok: true, lastHash: undefined });
    else this.#write(closed, built.commit);
  }

  #write(closed: ClosedBatch, commit: CommitBatch): void {
    const closedAt = this.#pace.now;
    const answered = (outcome: Outcome): void => {
      this.#pace.written(closedAt);
      this.#settle(closed, outcome);
    };
    this.#journal.commit(commit).then(
      ({ lastHash }: Committed) => answered({ ok: true, lastHash }),
      (error: unknown) => answered({ ok: false, error }),
    );
  }

  /** Takes the first off when it is written. */
  takeWritten(): ClosedBatch | undefined {
    return this.#closed[0]?.outcome?.ok === true ? this.#closed.shift() : undefined;
  }

  /** Why the first is not known to be written, once that is said of it. */
  get failure(): { readonly error: unknown } | undefined {
    const outcome = this.#closed[0]?.outcome;
    return outcome?.ok === false ? outcome : undefined;
  }

  /** Resolves once all have their answer: nothing is written behind the back of a recovery. */
  async settled(): Promise<void> {
    while (this.#closed.some(({ outcome }) => outcome === undefined)) await new Promise<void>((resolve) => void this.#asked.push(resolve));
  }

  /** Empties the line by what the journal says is its last batch (K10): what is written of it, and what is not. */
  split(lastBatch: number): { readonly written: ClosedBatch[]; readonly lost: ClosedBatch[] } {
    const all = this.#closed.splice(0);
    const firstLost = all.findIndex(({ commit, outcome }) => (commit === undefined ? outcome?.ok !== true : commit.number > lastBatch));
    const end = firstLost === -1 ? all.length : firstLost;
    return { written: all.slice(0, end), lost: all.slice(end) };
  }

  #settle(closed: ClosedBatch, outcome: Outcome): void {
    closed.outcome = outcome;
    for (const wake of this.#asked.splice(0)) wake();
    this.#moved();
  }
}

/** What was said of the first of those that are lost: the others fell with it. */
export function reasonOf([first]: readonly ClosedBatch[]): unknown {
  return first?.outcome?.ok === false ? first.outcome.error : undefined;
}
