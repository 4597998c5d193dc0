// What becomes of a batch whose commit failed or did not answer: the journal is asked, and the batch counts as written, is undone and
// comes again, or ends with a node that can write no more. Nobody who waits for it waits for ever (K10, K11, K33).
import { Batch } from './batch.ts';
import type { BatchLoop } from './batch-loop.ts';
import type { DurableEngine } from './durable-engine.ts';
import { codedError } from './errors.ts';
import { type CommitBatch, JournalFailure } from './journal.ts';
import type { Mail } from './mail.ts';
import { recoverJournal, refuseWaiting, rollBack } from './recovery.ts';

export interface LostCommit {
  readonly batch: Batch;
  /** Mail that it would have made rows of. */
  readonly rowed: readonly Mail[];
  /** Undefined when it could not even be built. */
  readonly commit: Pick<CommitBatch, 'counters' | 'chain'> | undefined;
}

export class CommitFailures {
  readonly #engine: DurableEngine;
  readonly #loop: BatchLoop;
  readonly #onFenced: (why: Error) => void;

  constructor(engine: DurableEngine, loop: BatchLoop, onFenced: (why: Error) => void) {
    this.#engine = engine;
    this.#loop = loop;
    this.#onFenced = onFenced;
  }

  async recover(lost: LostCommit, error: unknown): Promise<void> {
    const engine = this.#engine;
    const { batch, rowed, commit } = lost;
    engine.state = 'recovering';
    engine.writes.failed(error);
    let silent = false;
    const head = await recoverJournal(engine, error, () => {
      silent = true;
      refuseWaiting(engine, batch, rowed, codedError('JournalUnavailable', { cause: error instanceof Error ? error.message : String(error) }));
    });
    if (head === 'closed' || this.#isClosed) {
      this.#end(lost);
      return;
    }
    if (head === 'fenced') {
      this.#fence(lost, error);
      return;
    }
    if (commit !== undefined && head.lastBatch >= batch.number) {
      engine.state = 'open';
      this.#loop.committed(batch, rowed, commit);
      return;
    }
    engine.head = { ...head, counters: { ...head.counters } };
    await this.#undo(lost, error, silent);
  }

  async #undo(lost: LostCommit, error: unknown, silent: boolean): Promise<void> {
    const { batch, rowed } = lost;
    const engine = this.#engine;
    const loop = this.#loop;
    const ownFault = error instanceof JournalFailure && error.kind === 'statement';
    // Who was told meanwhile that his message may be lost tries again under its id: it must not be kept as well.
    await rollBack(engine, batch, rowed, error, ownFault && !silent);
    if (this.#isClosed) {
      this.#end(lost);
      return;
    }
    loop.operations.putBack(ownFault ? loop.isolation.failed(batch, rowed, error, silent) : batch.operations);
    if (engine.writes.fault !== undefined) {
      loop.operations.endThoseThatEnd();
      loop.wakeIdle();
    }
    loop.ready.forgetGone();
    engine.bounds.release();
    engine.state = 'open';
    loop.lost();
    this.#tryAgain();
  }

  /** By itself only after a while; mail that comes is a reason to try at once. */
  #tryAgain(): void {
    const { pauseMs } = this.#engine.writes;
    if (pauseMs === 0) this.#loop.schedule();
    else this.#engine.kernel.clock.after(pauseMs, () => this.#loop.schedule());
  }

  /** Reads fail though nothing is being written: the connection is made anew, as after a commit that failed. */
  async reopen(error: unknown): Promise<void> {
    const engine = this.#engine;
    if (engine.state !== 'open' || this.#loop.onItsWay !== undefined) return;
    engine.state = 'recovering';
    const head = await recoverJournal(engine, error, () => undefined);
    if (head === 'fenced') this.#fence({ batch: new Batch(), rowed: [] }, error);
    else if (head === 'closed' || this.#isClosed) this.#loop.operations.endAll();
    else engine.state = 'open';
    this.#loop.schedule();
  }

  get #isClosed(): boolean {
    return this.#engine.state === 'closed';
  }

  /** The node stopped before the journal answered. */
  #end({ batch, rowed }: LostCommit): void {
    refuseWaiting(this.#engine, batch, rowed, codedError('JournalUnavailable', { cause: 'the node stopped before the journal answered' }));
    this.#down(batch);
  }

  #fence({ batch, rowed }: Pick<LostCommit, 'batch' | 'rowed'>, error: unknown): void {
    this.#engine.state = 'fenced';
    const refusal = codedError('StaleEpoch', { newer: 'unknown', ours: this.#engine.head.nodeEpoch });
    refuseWaiting(this.#engine, batch, rowed, refusal);
    this.#down(batch);
    this.#loop.becomeIdle();
    this.#onFenced(error instanceof Error ? error : refusal);
  }

  #down(batch: Batch): void {
    for (const { down } of batch.operations) down();
    this.#loop.operations.endAll();
  }
}
