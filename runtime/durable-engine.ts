// Runs durable cells in commit batches: steps accumulate, one transaction writes them, and only then anything leaves (K8–K10).
// While a commit is on its way no durable step runs, so a batch never rests on an unwritten one.
import { Activations } from './activation.ts';
import { type Address, parentAddress } from './address.ts';
import { letGo, tell } from './after-commit.ts';
import { Alarm } from './alarm.ts';
import { Backlog, type BacklogLimits } from './backlog.ts';
import { Batch, type BoundaryOperation } from './batch.ts';
import { BatchIsolation } from './batch-isolation.ts';
import { CarefulBoot, type CarefulLimits } from './careful-boot.ts';
import { type ChildWish, requestChild, stopChildRow } from './child-rows.ts';
import { buildCommit } from './commit-rows.ts';
import type { DurableCell } from './durable-cell.ts';
import { endCell, exitCell } from './durable-lifecycle.ts';
import { refuse, type StepEngine, takeStep } from './durable-step.ts';
import { EffectDesk } from './effect-desk.ts';
import type { EffectRunner } from './effect-runner.ts';
import { codedError } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { FreshMail } from './fresh-mail.ts';
import { type ActorImage, type CommitBatch, type Counters, type Journal, JournalFailure, type JournalHead } from './journal.ts';
import { JournalWrites } from './journal-writes.ts';
import type { Kernel } from './kernel.ts';
import { knownAddresses, wasSetBack } from './known-addresses.ts';
import type { Mail } from './mail.ts';
import { MailboxBounds, type MailboxLimits } from './mailbox-bounds.ts';
import { Passivation, type ResidencyLimits } from './passivation.ts';
import { Places } from './places.ts';
import { recoverJournal, rollBack } from './recovery.ts';
import { restoreTies } from './restored-ties.ts';
import { resolveVia } from './via.ts';

export interface BatchLimits {
  readonly steps: number;
  readonly ms: number;
  readonly bytes: number;
  /** Steps of one cell before others have their turn. */
  readonly turn: number;
}

export const BATCH_LIMITS: BatchLimits = { steps: 1_024, ms: 4, bytes: 1_048_576, turn: 64 };
/** Batches that mail from outside waits for a first one to take it, before it becomes a row. */
const PATIENCE = 4;

type EngineState = 'closed' | 'open' | 'recovering' | 'fenced';

export class DurableEngine implements StepEngine {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly effects: EffectRunner;
  readonly places: Places;
  readonly activations = new Activations(this);
  readonly alarm = new Alarm(this);
  readonly passivation: Passivation;
  readonly bounds: MailboxBounds;
  readonly backlog: Backlog;
  /** Mail without a row that no batch has taken yet, and whom it is for. */
  readonly fresh = new FreshMail();
  head!: JournalHead;
  counters!: { -readonly [K in keyof Counters]: Counters[K] };
  state: EngineState = 'closed';
  readonly writes = new JournalWrites();
  readonly #desk: EffectDesk;
  readonly #isolation: BatchIsolation;
  readonly careful: CarefulBoot;
  readonly #limits: BatchLimits;
  #ready: DurableCell[] = [];
  #operations: BoundaryOperation[] = [];
  #committing = false;
  /** The next batch is written though it is empty. */
  #probing = false;
  #writing: Batch | undefined;
  #scheduled = false;
  /** Cells take no mail before the tree is up; starts and stops go on. */
  #gated = true;
  /** The wall clock was set back since the last commit of the node before. */
  #setBack = false;
  #idle: Array<() => void> = [];
  readonly #onFenced: (why: Error) => void;

  constructor(kernel: Kernel, journal: Journal, limits: BatchLimits & ResidencyLimits & MailboxLimits & BacklogLimits & CarefulLimits, onFenced: (why: Error) => void) {
    this.kernel = kernel;
    this.journal = journal;
    this.places = new Places(kernel.stepper);
    this.passivation = new Passivation(this, limits);
    this.bounds = new MailboxBounds(this, limits);
    this.backlog = new Backlog(this, limits);
    this.#limits = limits;
    this.#isolation = new BatchIsolation(this);
    this.careful = new CarefulBoot(kernel, limits, this);
    this.#onFenced = onFenced;
    this.#desk = new EffectDesk({
      kernel,
      places: this.places,
      atBoundary: (run, refused) => this.atBoundary(run, undefined, refused === undefined ? {} : { refused }),
      enqueue: (mail, to) => {
        this.#enqueue(mail, to);
        this.#schedule();
      },
    });
    this.effects = this.#desk.runner;
  }

  get era(): string {
    return this.head.era;
  }

  async open(): Promise<void> {
    this.head = await this.journal.open();
    this.counters = { ...this.head.counters };
    for (const address of await knownAddresses(this.journal, this.kernel)) this.places.known.add(address);
    this.#setBack = await wasSetBack(this.journal, this.head, this.kernel.clock);
    this.state = 'open';
    await restoreTies(this);
    this.kernel.alerts.load(await this.journal.alerts());
    this.careful.begin(this.head);
  }

  /** Lets mail be taken: the supervision tree is up. */
  ungate(): void {
    this.#gated = false;
    for (const cell of this.places.cells.values()) this.ready(cell);
    this.#schedule();
    this.alarm.begin(this.#setBack);
  }

  get available(): boolean {
    return this.state === 'open';
  }

  /** Whether mail to the address belongs into the journal, though nobody may be running there now. */
  holds(address: Address): boolean {
    return this.places.cells.has(address) || this.places.known.has(address);
  }

  /** Whether mail to the address is kept though nobody is known there: a dynamic child that does not run is looked up (K25). */
  presumes(address: Address): boolean {
    return !this.places.rowsGone.has(address) && this.kernel.startsRows(parentAddress(address));
  }

  /** A commit is on its way that the cell's last step is part of. */
  isUnconfirmed(cell: DurableCell): boolean {
    return this.#committing && this.#writing?.stepped.has(cell) === true;
  }

  /** Resolves once whatever could be taken has been, and is written. */
  taken(): Promise<void> {
    return new Promise((resolve) => this.atBoundary((batch) => void batch.after.push(resolve), resolve));
  }

  // ---- accepting mail ----

  /** From outside a batch. Its acceptance, if asked for, is settled by the commit that takes or stores it. */
  accept(mail: Mail, to: Address): void {
    if (this.state !== 'open' && mail.acceptance !== undefined) {
      mail.acceptance.reject(codedError(this.state === 'recovering' ? 'JournalUnavailable' : 'NodeStopped', { cause: this.state }));
      return;
    }
    this.#enqueue(mail, to);
    this.#schedule();
  }

  /** From a step of the running batch. */
  send(batch: Batch, mail: Mail, named: Address): void {
    const to = resolveVia(this.kernel.ties, named);
    if (batch.ended.get(to) === true && !this.places.rowChildren.has(to)) {
      refuse(this, batch, { address: to }, mail, 'noproc', 'ended');
    } else if (!this.places.cells.has(to) && this.kernel.registry.get(to) !== undefined) {
      batch.after.push(() => this.kernel.post(mail, to));
    } else if (this.holds(to) || this.presumes(to)) {
      mail.fromStep = true;
      this.#enqueue(mail, to);
    } else {
      refuse(this, batch, { address: to }, mail, 'noproc', '');
    }
  }

  #enqueue(mail: Mail, to: Address): void {
    this.counters.mail += 1;
    mail.seq = this.counters.mail;
    this.fresh.add(mail, to);
    const cell = this.places.cells.get(to);
    if (cell === undefined) {
      this.places.hold(to, mail);
      void this.activations.wake(to);
      return;
    }
    cell.mailbox.put(mail);
    if (mail.fromStep) this.bounds.sent(mail.from, cell);
    this.ready(cell);
  }

  ready(cell: DurableCell): void {
    if (cell.queued || cell.state !== 'running' || cell.mailbox.size === 0 || cell.mailbox.seeking !== undefined) return;
    cell.queued = true;
    this.#ready.push(cell);
  }

  /** Its rows were read. */
  resume(cell: DurableCell): void {
    this.ready(cell);
    this.#schedule();
  }

  putBack(cell: DurableCell, mails: readonly Mail[]): void {
    cell.mailbox.putBack(mails);
    this.ready(cell);
  }

  /** Runs between two batches; again when the batch that carries its rows fails. `down` is called instead on a node that can write no more. */
  atBoundary(
    run: (batch: Batch) => void,
    down: () => void = () => undefined,
    { ends = false, refused }: { readonly ends?: boolean; readonly refused?: (error: Error) => void } = {},
  ): void {
    if (this.state === 'fenced' || this.state === 'closed' || (ends && this.writes.fault !== undefined)) {
      down();
      return;
    }
    this.#operations.push({ run, down, ends, refused });
    this.#schedule();
  }

  // ---- batches ----

  #schedule(): void {
    if (this.#scheduled || this.#committing) return;
    this.#scheduled = true;
    this.kernel.turns.next(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    if (this.#committing || this.state !== 'open') return;
    const batch = new Batch();
    const alone = this.#isolation.active;
    for (const operation of this.#operations.splice(0, alone ? 1 : this.#operations.length)) {
      batch.operations.push(operation);
      operation.run(batch);
    }
    if (!this.#gated && !(alone && batch.operations.length > 0)) this.#takeTurns(batch);
    this.#close(batch);
  }

  #takeTurns(batch: Batch): void {
    const { steps, bytes, ms, turn } = this.#limits;
    const { clock } = this.kernel;
    // From here on: else a batch with many starts would leave no time for steps, and what waits for them would become rows.
    const from = clock.monotonic();
    const careful = this.careful.active;
    const one = careful || this.#isolation.active;
    for (let cell = this.#ready.shift(); cell !== undefined; cell = this.#ready.shift()) {
      cell.queued = false;
      let full = false;
      let dry = false;
      for (let taken = 0; taken < turn && !full && cell.state === 'running'; taken += 1) {
        const mail = this.bounds.pauses(cell) ? cell.mailbox.takeUrgent() : cell.mailbox.take();
        dry = mail === undefined;
        if (mail === undefined) break;
        if (this.backlog.mustSeek(cell, mail)) {
          cell.mailbox.putBack([mail]);
          this.backlog.seek(cell, mail);
          break;
        }
        if (careful && !this.careful.begins(batch, cell, mail)) {
          full = true;
          break;
        }
        batch.turns += 1;
        batch.lastCell = cell;
        batch.lastMail = mail;
        takeStep(this, batch, cell, mail);
        if (mail.about !== undefined) cell.mailbox.endSeeking();
        if (careful) this.careful.ends();
        full = one || batch.steps >= steps || batch.bytes >= bytes || clock.monotonic() - from >= ms;
      }
      if (cell.mailbox.size > 0 && this.bounds.pauses(cell)) this.bounds.park(cell);
      else if (!dry) this.ready(cell);
      this.backlog.tookTurn(cell);
      this.bounds.release();
      if (full) return;
    }
  }

  #close(batch: Batch): void {
    for (const { mail } of batch.consumed) this.fresh.delete(mail);
    const waiting = this.#mailToStore(batch);
    if (batch.empty && waiting.size === 0 && !this.#probing) {
      this.#finish(batch, []);
      return;
    }
    this.#probing = false;
    this.#committing = true;
    this.#writing = batch;
    this.passivation.mark(batch);
    try {
      const built = buildCommit({ kernel: this.kernel, head: this.head, counters: this.counters, nodeEpoch: this.head.nodeEpoch }, batch, waiting);
      this.journal.commit(built.commit).then(
        () => this.#committed(batch, built.rowed, built.commit.counters, built.commit.chain?.hash),
        (error: unknown) => void this.#recover(batch, built, error),
      );
    } catch (error) {
      void this.#recover(batch, { rowed: [...waiting.keys()], commit: undefined }, new JournalFailure('statement', 'failed', error));
    }
  }

  /** What becomes a row: sends of steps, mail for actors that are not running, and mail from outside that has waited long enough. */
  #mailToStore(batch: Batch): Map<Mail, Address> {
    const rows = new Map<Mail, Address>();
    this.fresh.each((mail, to) => {
      if (mail.kind === 'effect') this.#desk.store(batch, mail, to);
      if (mail.kind !== 'message') return;
      mail.waited += 1;
      if (mail.fromStep || mail.postponed || mail.attempts > 0 || mail.waited > PATIENCE || this.#gated || this.#waitsLong(mail, to)) rows.set(mail, to);
    });
    return this.#isolation.active ? this.#isolation.alone(batch, rows) : rows;
  }

  /** For an actor that does not run, or for rows that come before it. */
  #waitsLong({ priority }: Mail, to: Address): boolean {
    return this.places.cells.get(to)?.mailbox.isBehindRows(priority) ?? true;
  }

  #committed(batch: Batch, rowed: readonly Mail[], counters: Counters, hash: string | undefined): void {
    this.writes.confirmed();
    this.head = { ...this.head, lastBatch: batch.number, lastHash: hash ?? this.head.lastHash, counters };
    this.counters.fact = counters.fact;
    this.counters.deadLetter = counters.deadLetter;
    tell(this.kernel.telemetry, batch, counters.fact);
    this.#committing = false;
    this.#finish(batch, rowed);
  }

  #finish(batch: Batch, rowed: readonly Mail[]): void {
    this.#isolation.passed();
    letGo(this, batch, rowed);
    if ((this.#ready.length > 0 && !this.#gated) || this.#operations.length > 0 || this.#mustStore()) this.#schedule();
    else this.#becomeIdle();
  }

  #mustStore(): boolean {
    return this.fresh.some((mail) => mail.kind === 'message');
  }

  #becomeIdle(): void {
    for (const wake of this.#idle.splice(0)) wake();
    // With nothing to write a journal that is not trusted is still tried: else nobody would notice that it works again.
    if (this.writes.fault !== undefined) this.writes.later(this.kernel.clock, () => this.#probe());
  }

  #probe(): void {
    if (this.state !== 'open' || this.writes.fault === undefined) return;
    this.#probing = true;
    this.#schedule();
  }

  /** Resolves once nothing is left to write, or the journal takes no writes. */
  idle(): Promise<void> {
    if (this.writes.fault !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#schedule();
    });
  }

  async #recover(
    batch: Batch,
    { rowed, commit }: { readonly rowed: readonly Mail[]; readonly commit: Pick<CommitBatch, 'counters' | 'chain'> | undefined },
    error: unknown,
  ): Promise<void> {
    this.state = 'recovering';
    this.writes.failed(error);
    let silent = false;
    const head = await recoverJournal(this, error, () => {
      silent = true;
      this.#refuse(batch, codedError('JournalUnavailable', { cause: error instanceof Error ? error.message : String(error) }));
    });
    if (head === 'closed' || this.#isClosed) {
      this.#endRecovery(batch);
      return;
    }
    if (head === 'fenced') {
      this.#fence(batch, error);
      return;
    }
    if (commit !== undefined && head.lastBatch >= batch.number) {
      this.state = 'open';
      this.#committed(batch, rowed, commit.counters, commit.chain?.hash);
      return;
    }
    this.head = { ...head, counters: { ...head.counters } };
    const ownFault = error instanceof JournalFailure && error.kind === 'statement';
    // Who was told meanwhile that his message may be lost tries again under its id: it must not be kept as well.
    await rollBack(this, batch, rowed, error, ownFault && !silent);
    if (this.#isClosed) {
      this.#endRecovery(batch);
      return;
    }
    this.#operations.unshift(...(ownFault ? this.#isolation.failed(batch, rowed, error, silent) : batch.operations));
    if (this.writes.fault !== undefined) this.#endAtOnce();
    this.#ready = this.#ready.filter((cell) => this.places.cells.get(cell.address) === cell);
    this.bounds.release();
    this.state = 'open';
    this.#committing = false;
    // By itself it tries again only after a while; mail that comes is a reason to try at once.
    const { pauseMs } = this.writes;
    if (pauseMs === 0) this.#schedule();
    else this.kernel.clock.after(pauseMs, () => this.#schedule());
  }

  get #isClosed(): boolean {
    return this.state === 'closed';
  }

  /** The node stopped before the journal answered. */
  #endRecovery(batch: Batch): void {
    this.#refuse(batch, codedError('JournalUnavailable', { cause: 'the node stopped before the journal answered' }));
    for (const { down } of [...batch.operations, ...this.#operations.splice(0)]) down();
  }

  #endAtOnce(): void {
    const ends = this.#operations.filter((operation) => operation.ends);
    this.#operations = this.#operations.filter((operation) => !operation.ends);
    for (const { down } of ends) down();
    for (const wake of this.#idle.splice(0)) wake();
  }

  #fence(batch: Batch, error: unknown): void {
    this.state = 'fenced';
    const refusal = codedError('StaleEpoch', { newer: 'unknown', ours: this.head.nodeEpoch });
    this.#refuse(batch, refusal);
    for (const { down } of [...batch.operations, ...this.#operations.splice(0)]) down();
    this.#becomeIdle();
    this.#onFenced(error instanceof Error ? error : refusal);
  }

  /** Reads fail though nothing is being written: the connection is made anew, as after a commit that failed. */
  async reopen(error: unknown): Promise<void> {
    if (this.state !== 'open' || this.#committing) return;
    this.state = 'recovering';
    const head = await recoverJournal(this, error, () => undefined);
    if (head === 'fenced') this.#fence(new Batch(), error);
    else if (head === 'closed' || this.#isClosed) for (const { down } of this.#operations.splice(0)) down();
    else this.state = 'open';
    this.#schedule();
  }

  /** Whoever waits to hear that his message was accepted hears this instead. */
  #refuse(batch: Batch, error: Error): void {
    for (const mail of [...batch.consumed.map((taken) => taken.mail), ...this.fresh.mails()]) if (!mail.rowed) mail.acceptance?.reject(error);
  }

  /** What the journal holds of an address; waits for a journal that does not answer (K11), and for a batch on its way that makes the answer an old one. */
  async load(address: Address): Promise<ActorImage> {
    if (!this.available) await this.#boundary();
    while (this.available && this.#isOnItsWay(address)) await this.#boundary();
    return this.journal.load(address, this.backlog.slice);
  }

  /** Of an actor that has gone: what a commit under way will say of it. */
  #isOnItsWay(address: Address): boolean {
    const batch = this.#committing ? this.#writing : undefined;
    return batch !== undefined && (batch.left.has(address) || batch.ended.has(address));
  }

  /** The cell ends now. What a batch on its way says of it holds all the same. */
  leaving(cell: DurableCell): void {
    if (this.isUnconfirmed(cell)) this.#writing?.left.add(cell.address);
  }

  #boundary(): Promise<void> {
    return new Promise((resolve) => this.atBoundary(() => resolve(), resolve));
  }

  /** Resolves once no batch is on its way that knows of this id: the journal tells of it from then on. */
  async settled(address: Address, id: string): Promise<void> {
    while (this.available && this.#committing && this.#writing?.receipts.has(`${address}\n${id}`) === true) await this.#boundary();
  }

  drop(mail: Mail): void {
    this.fresh.delete(mail);
  }

  nextEffect(): number {
    this.counters.effect += 1;
    return this.counters.effect;
  }

  // ---- ends ----

  end(batch: Batch, cell: DurableCell): void {
    endCell(this, batch, cell);
  }

  exit(cell: DurableCell, reason: ExitReason): void {
    exitCell(this, cell, reason);
  }

  startChild(batch: Batch, from: Address, supervisor: Address, child: ChildWish): void {
    requestChild(this, batch, from, supervisor, child);
  }

  stopChild(batch: Batch, address: Address, renewed: boolean): void {
    stopChildRow(this, batch, address, renewed);
  }
}
