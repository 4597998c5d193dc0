// The life of commit batches: what waits between two of them and the turns of cells fill one, one transaction writes it, and only then
// anything leaves (K8–K10). While a commit is on its way no durable step runs, so a batch never rests on an unwritten one.
import type { Address } from './address.ts';
import { letGo, tell } from './after-commit.ts';
import { Batch } from './batch.ts';
import { BatchIsolation } from './batch-isolation.ts';
import { BoundaryOperations } from './boundary-operations.ts';
import { CommitFailures, type LostCommit } from './commit-failures.ts';
import { buildCommit } from './commit-rows.ts';
import type { DurableEngine } from './durable-engine.ts';
import { type CommitBatch, JournalFailure } from './journal.ts';
import type { Mail } from './mail.ts';
import { type BatchLimits, ReadyCells } from './ready-cells.ts';

const NO_MAIL: ReadonlyMap<Mail, Address> = new Map();
/** Batches that mail from outside waits for a first one to take it, before it becomes a row. */
const PATIENCE = 4;

export class BatchLoop {
  readonly ready: ReadyCells;
  readonly operations = new BoundaryOperations();
  readonly isolation: BatchIsolation;
  readonly failures: CommitFailures;
  readonly #engine: DurableEngine;
  readonly #limits: BatchLimits;
  #committing = false;
  #writing: Batch | undefined;
  /** The next batch is written though it is empty. */
  #probing = false;
  #scheduled = false;
  /** Cells take no mail before the tree is up; starts and stops go on. */
  #gated = true;
  #idle: Array<() => void> = [];

  constructor(engine: DurableEngine, limits: BatchLimits, onFenced: (why: Error) => void) {
    this.#engine = engine;
    this.#limits = limits;
    this.ready = new ReadyCells(engine, limits);
    this.isolation = new BatchIsolation(engine);
    this.failures = new CommitFailures(engine, this, onFenced);
  }

  /** The batch that a commit is on its way for. */
  get onItsWay(): Batch | undefined {
    return this.#committing ? this.#writing : undefined;
  }

  ungate(): void {
    this.#gated = false;
    for (const cell of this.#engine.places.cells.values()) this.ready.add(cell);
    this.schedule();
  }

  /** Resolves once nothing is left to write, or the journal takes no writes. */
  idle(): Promise<void> {
    if (this.#engine.writes.fault !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.schedule();
    });
  }

  /** A batch soon, unless one is on its way: then behind it. */
  schedule(): void {
    if (this.#scheduled || this.#committing) return;
    this.#scheduled = true;
    this.#engine.kernel.turns.next(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    if (this.#committing || this.#engine.state !== 'open') return;
    const batch = new Batch();
    const alone = this.isolation.active;
    if (this.operations.size > 0) this.#runOperations(batch, alone);
    if (!this.#gated && !(alone && batch.operations.length > 0)) this.ready.takeTurns(batch, this.isolation.active);
    this.#close(batch);
  }

  /** Starts beyond the time of a batch are for the next one: what the others have to take is to be in this one. */
  #runOperations(batch: Batch, alone: boolean): void {
    const { clock } = this.#engine.kernel;
    const until = clock.monotonic() + this.#limits.ms;
    this.operations.run(batch, () => !alone && clock.monotonic() < until);
  }

  #close(batch: Batch): void {
    const { kernel, journal, head, counters, fresh, passivation } = this.#engine;
    for (const { mail } of batch.consumed) fresh.delete(mail);
    const waiting = this.#mailToStore(batch);
    if (batch.empty && waiting.size === 0 && !this.#probing) {
      this.#finish(batch, []);
      return;
    }
    this.#probing = false;
    this.#committing = true;
    this.#writing = batch;
    passivation.mark(batch);
    try {
      const built = buildCommit({ kernel, head, counters, nodeEpoch: head.nodeEpoch }, batch, waiting);
      journal.commit(built.commit).then(
        (newChildren) => {
          batch.newChildren = newChildren;
          this.committed(batch, built.rowed, built.commit);
        },
        (error: unknown) => void this.failures.recover({ batch, ...built }, error),
      );
    } catch (error) {
      const lost: LostCommit = { batch, rowed: [...waiting.keys()], commit: undefined };
      void this.failures.recover(lost, new JournalFailure('statement', 'failed', error));
    }
  }

  /** What becomes a row: sends of steps, mail for actors that are not running, and mail from outside that has waited long enough. */
  #mailToStore(batch: Batch): ReadonlyMap<Mail, Address> {
    let rows: Map<Mail, Address> | undefined;
    const { fresh, desk, places } = this.#engine;
    fresh.each((mail, to) => {
      if (mail.kind === 'effect') {
        if (desk.store(batch, mail, to)) fresh.delete(mail);
        return;
      }
      if (this.operations.size === 0 || !places.isPinned(to)) mail.waited += 1;
      if (!this.#mustStoreNow(mail, to)) return;
      rows ??= new Map();
      rows.set(mail, to);
    });
    if (rows === undefined) return NO_MAIL;
    return this.isolation.active ? this.isolation.alone(batch, rows) : rows;
  }

  #mustStoreNow(mail: Mail, to: Address): boolean {
    return mail.fromStep || mail.postponed || mail.attempts > 0 || mail.waited > PATIENCE || this.#gated || this.#waitsLong(mail, to);
  }

  /** For an actor that neither runs nor is being started, or for rows that come before it. */
  #waitsLong({ priority }: Mail, to: Address): boolean {
    const { places, activations } = this.#engine;
    return places.cells.get(to)?.mailbox.isBehindRows(priority) ?? !activations.isWaking(to);
  }

  /** It is in the journal. */
  committed(batch: Batch, rowed: readonly Mail[], { counters, chain }: Pick<CommitBatch, 'counters' | 'chain'>): void {
    const engine = this.#engine;
    engine.writes.confirmed();
    engine.head = { ...engine.head, lastBatch: batch.number, lastHash: chain?.hash ?? engine.head.lastHash, counters };
    engine.counters.fact = counters.fact;
    engine.counters.deadLetter = counters.deadLetter;
    tell(engine.kernel.telemetry, batch, counters.fact);
    this.#committing = false;
    this.#finish(batch, rowed);
  }

  /** It is not in the journal, and undone. */
  lost(): void {
    this.#committing = false;
  }

  #finish(batch: Batch, rowed: readonly Mail[]): void {
    this.isolation.passed();
    letGo(this.#engine, batch, rowed);
    if ((this.ready.size > 0 && !this.#gated) || this.operations.size > 0 || this.#mustStore()) this.schedule();
    else this.becomeIdle();
  }

  #mustStore(): boolean {
    return this.#engine.fresh.some((mail) => mail.kind === 'message');
  }

  becomeIdle(): void {
    this.wakeIdle();
    const { writes, kernel } = this.#engine;
    // With nothing to write a journal that is not trusted is still tried: else nobody would notice that it works again.
    if (writes.fault !== undefined) writes.later(kernel.clock, () => this.#probe());
  }

  wakeIdle(): void {
    for (const wake of this.#idle.splice(0)) wake();
  }

  #probe(): void {
    if (this.#engine.state !== 'open' || this.#engine.writes.fault === undefined) return;
    this.#probing = true;
    this.schedule();
  }
}
