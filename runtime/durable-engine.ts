// Runs durable cells in commit batches: steps accumulate, one transaction writes them, and only then anything leaves (K8–K10).
// While a commit is on its way at most one more batch is stepped over it, and only when much mail waits: it falls with the first.
import { Activations } from './activation.ts';
import { type Address, parentAddress } from './address.ts';
import { letGo, tell } from './after-commit.ts';
import { Alarm } from './alarm.ts';
import { Batch, type BoundaryOperation } from './batch.ts';
import { BatchIsolation } from './batch-isolation.ts';
import { CarefulBoot, type CarefulLimits } from './careful-boot.ts';
import { type ChildWish, requestChild, stopChildRow } from './child-rows.ts';
import { type ClosedBatch, CommitLine, reasonOf } from './commit-line.ts';
import { CommitPace } from './commit-pace.ts';
import { buildCommit } from './commit-rows.ts';
import type { DurableCell } from './durable-cell.ts';
import { endCell, exitCell } from './durable-lifecycle.ts';
import { refuse, type StepEngine, takeStep } from './durable-step.ts';
import { EffectDesk } from './effect-desk.ts';
import type { EffectRunner } from './effect-runner.ts';
import { codedError } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { type ActorImage, type Counters, type Journal, JournalFailure, type JournalHead } from './journal.ts';
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
  /** Waiting mail from which a batch is stepped while the one before it is being written. Less is kept, to share one commit. */
  readonly ahead: number;
}

export const BATCH_LIMITS: BatchLimits = { steps: 1_024, ms: 4, bytes: 1_048_576, turn: 64, ahead: 128 };
/** Batches that mail from outside waits for a first one to take it, before it becomes a row. */
const PATIENCE = 4;

const unanswered = (): Error => codedError('JournalUnavailable', { cause: 'the node stopped before the journal answered' });

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
  /** Mail without a row that no batch has taken yet, and whom it is for. */
  readonly fresh = new Map<Mail, Address>();
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
  readonly #line: CommitLine;
  readonly #pace: CommitPace;
  /** Of the last closed batch: the next one's is one more, as long as that one stands. */
  #number = 0;
  /** The next batch is written though it is empty. */
  #probing = false;
  #scheduled = false;
  /** Cells take no mail before the tree is up; starts and stops go on. */
  #gated = true;
  /** The wall clock was set back since the last commit of the node before. */
  #setBack = false;
  #idle: Array<() => void> = [];
  /** Waiting for a moment when the journal holds all that was ever closed. */
  #quiet: Array<() => void> = [];
  readonly #onFenced: (why: Error) => void;

  constructor(kernel: Kernel, journal: Journal, limits: BatchLimits & ResidencyLimits & MailboxLimits & CarefulLimits, onFenced: (why: Error) => void) {
    this.kernel = kernel;
    this.journal = journal;
    this.places = new Places(kernel.stepper);
    this.passivation = new Passivation(this, limits);
    this.bounds = new MailboxBounds(this, limits);
    this.#limits = limits;
    this.#isolation = new BatchIsolation(this);
    this.careful = new CarefulBoot(kernel, limits, (run) => this.atBoundary(run));
    this.#onFenced = onFenced;
    this.#pace = new CommitPace(kernel.clock);
    this.#line = new CommitLine(journal, this.#pace, () => this.#advance());
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
    this.#goOnFrom(this.head);
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
    return this.#line.closed.some(({ batch }) => batch.stepped.has(cell));
  }

  /** A commit is on its way that gives the mail its row. */
  isOnItsWay(mail: Mail): boolean {
    return this.#line.closed.some(({ rowed }) => rowed.has(mail));
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
    if (this.#isEnded(batch, to)) {
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

  /** For good, by this batch or by one that is on its way. */
  #isEnded(batch: Batch, address: Address): boolean {
    if (this.places.rowChildren.has(address)) return false;
    return batch.ended.get(address) === true || this.#line.closed.some((closed) => closed.batch.ended.get(address) === true);
  }

  #enqueue(mail: Mail, to: Address): void {
    this.counters.mail += 1;
    mail.seq = this.counters.mail;
    this.fresh.set(mail, to);
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
    if (cell.queued || cell.state !== 'running' || cell.mailbox.size === 0) return;
    cell.queued = true;
    this.#ready.push(cell);
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
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.kernel.turns.next(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    if (this.state !== 'open' || !this.#mayBegin()) return;
    const batch = new Batch(this.kernel.clock.monotonic());
    const alone = this.#isolation.active;
    for (const operation of this.#operations.splice(0, alone ? 1 : this.#operations.length)) {
      batch.operations.push(operation);
      operation.run(batch);
    }
    if (!this.#gated && !(alone && batch.operations.length > 0)) this.#takeTurns(batch, this.#share());
    this.#pace.stepped(batch.steps, batch.startedAt);
    this.#close(batch);
    if (!this.#line.empty && this.#mayBegin()) this.#schedule();
  }

  /** Operations and readers wait until all is written; steps only while too few of them would share the commit. */
  #mayBegin(): boolean {
    if (this.#line.empty) return true;
    if (!this.#line.open || this.#gated || this.#isAlone || this.#operations.length > 0 || this.#quiet.length > 0) return false;
    const waiting = this.#waitingMail(this.#limits.steps);
    return waiting >= this.#limits.ahead && this.#pace.overlapPays(2 * waiting);
  }

  /** With much mail waiting half of it is written while the other half is stepped. */
  #share(): number {
    const { steps, ahead } = this.#limits;
    if (!this.#line.empty) return steps;
    const waiting = this.#waitingMail(2 * steps);
    return waiting >= 2 * ahead && this.#pace.overlapPays(waiting) ? Math.min(steps, Math.ceil(waiting / 2)) : steps;
  }

  /** One message a batch, and one batch at a time (K11, K12). */
  get #isAlone(): boolean {
    return this.careful.active || this.#isolation.active;
  }

  /** How much mail could be taken now, counted up to `enough`. */
  #waitingMail(enough: number): number {
    let waiting = 0;
    for (const cell of this.#ready) {
      waiting += cell.mailbox.size;
      if (waiting >= enough) break;
    }
    return waiting;
  }

  #takeTurns(batch: Batch, steps: number): void {
    const { bytes, ms, turn } = this.#limits;
    const { clock } = this.kernel;
    const one = this.#isAlone;
    for (let cell = this.#ready.shift(); cell !== undefined; cell = this.#ready.shift()) {
      cell.queued = false;
      let full = false;
      for (let taken = 0; taken < turn && !full && cell.state === 'running'; taken += 1) {
        const mail = this.bounds.pauses(cell) ? cell.mailbox.takeUrgent() : cell.mailbox.take();
        if (mail === undefined) break;
        if (one && !this.#begins(batch, cell, mail)) {
          full = true;
          break;
        }
        batch.turns += 1;
        batch.lastCell = cell;
        batch.lastMail = mail;
        takeStep(this, batch, cell, mail);
        full = one || batch.steps >= steps || batch.bytes >= bytes || clock.monotonic() - batch.startedAt >= ms;
      }
      if (cell.mailbox.size > 0 && this.bounds.pauses(cell)) this.bounds.park(cell);
      else this.ready(cell);
      this.bounds.release();
      if (full) return;
    }
  }

  /** A step that is to be the only one of its batch. */
  #begins(batch: Batch, cell: DurableCell, mail: Mail): boolean {
    if (this.careful.active && this.careful.holds(batch, cell, mail)) return false;
    this.careful.begins(batch, cell, mail);
    return true;
  }

  #close(batch: Batch): void {
    for (const { mail } of batch.consumed) this.fresh.delete(mail);
    const waiting = this.#mailToStore(batch);
    if (batch.empty && waiting.size === 0 && !this.#probing) {
      this.#line.add(batch, waiting, {});
      return;
    }
    this.#probing = false;
    this.passivation.mark(batch);
    try {
      const commit = buildCommit({ kernel: this.kernel, number: this.#number + 1, counters: this.counters, nodeEpoch: this.head.nodeEpoch }, batch, waiting);
      this.#number = commit.number;
      this.counters = { ...commit.counters };
      for (const mail of waiting.keys()) {
        mail.rowed = true;
        this.fresh.delete(mail);
      }
      this.#line.add(batch, waiting, { commit });
    } catch (error) {
      this.#line.add(batch, waiting, { flaw: new JournalFailure('statement', 'failed', error) });
    }
  }

  /** What becomes a row: sends of steps, mail for actors that are not running, and mail from outside that has waited long enough. */
  #mailToStore(batch: Batch): Map<Mail, Address> {
    const rows = new Map<Mail, Address>();
    for (const [mail, to] of this.fresh) {
      if (mail.kind === 'effect') this.#desk.store(batch, mail, to);
      if (mail.kind !== 'message') continue;
      mail.waited += 1;
      if (mail.fromStep || mail.postponed || mail.attempts > 0 || mail.waited > PATIENCE || !this.places.cells.has(to) || this.#gated) rows.set(mail, to);
    }
    return this.#isolation.active ? this.#isolation.alone(batch, rows) : rows;
  }

  /** The line has heard something: what is written at its front is let go, in order (K9). */
  #advance(): void {
    if (this.state === 'recovering' || this.state === 'fenced') return;
    for (let written = this.#line.takeWritten(); written !== undefined; written = this.#line.takeWritten()) {
      this.#written(written);
      this.#letGo(written);
    }
    const { failure } = this.#line;
    if (failure !== undefined) void this.#recover(failure.error);
    else this.#goOn();
  }

  #written({ batch, commit, outcome }: ClosedBatch): void {
    if (commit === undefined) return;
    this.writes.confirmed();
    this.head = { ...this.head, lastBatch: commit.number, lastHash: (outcome?.ok === true ? outcome.lastHash : undefined) ?? this.head.lastHash, counters: commit.counters };
    tell(this.kernel.telemetry, batch, commit.counters.fact);
  }

  #letGo({ batch, rowed }: ClosedBatch): void {
    this.#isolation.passed();
    letGo(this, batch, rowed);
  }

  #goOn(): void {
    if (this.#line.empty) for (const wake of this.#quiet.splice(0)) wake();
    if ((this.#ready.length > 0 && !this.#gated) || this.#operations.length > 0 || this.#mustStore()) this.#schedule();
    else if (this.#line.empty) this.#becomeIdle();
  }

  #mustStore(): boolean {
    for (const [mail] of this.fresh) if (mail.kind === 'message') return true;
    return false;
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

  async #recover(error: unknown): Promise<void> {
    if (this.state !== 'closed') this.state = 'recovering';
    this.writes.failed(error);
    await this.#line.settled();
    const head = await recoverJournal(this, error, () => this.#refuse(codedError('JournalUnavailable', { cause: error instanceof Error ? error.message : String(error) })));
    if (head === 'closed' || this.#isClosed) this.#giveUp(unanswered());
    else if (head === 'fenced') this.#fence(error);
    else await this.#resume(head, error);
  }

  /** What the journal says is written stands, whatever was said of it; the rest is undone (K10). */
  async #resume(head: JournalHead, error: unknown): Promise<void> {
    const { written, lost } = this.#line.split(head.lastBatch);
    this.#goOnFrom(head);
    if (lost.length === 0) this.state = 'open';
    for (const closed of written) {
      this.writes.confirmed();
      if (closed.commit !== undefined) tell(this.kernel.telemetry, closed.batch, closed.commit.counters.fact);
      this.#letGo(closed);
    }
    if (lost.length === 0) {
      this.#goOn();
      return;
    }
    const why = reasonOf(lost) ?? error;
    const ownFault = why instanceof JournalFailure && why.kind === 'statement';
    await rollBack(this, lost, why, ownFault);
    if (this.#isClosed) {
      this.#giveUp(unanswered(), lost);
      return;
    }
    this.#operations.unshift(...(ownFault ? this.#isolation.failed(lost, why) : lost.flatMap(({ batch }) => batch.operations)));
    if (this.writes.fault !== undefined) this.#endAtOnce();
    this.#ready = this.#ready.filter((cell) => this.places.cells.get(cell.address) === cell);
    this.bounds.release();
    this.state = 'open';
    for (const wake of this.#quiet.splice(0)) wake();
    // By itself it tries again only after a while; mail that comes is a reason to try at once.
    const { pauseMs } = this.writes;
    if (pauseMs === 0) this.#schedule();
    else this.kernel.clock.after(pauseMs, () => this.#schedule());
  }

  get #isClosed(): boolean {
    return this.state === 'closed';
  }

  /** Numbers go on from what is written; what counts without regard to the journal never goes back. */
  #goOnFrom(head: JournalHead): void {
    this.head = { ...head, counters: { ...head.counters } };
    this.#number = head.lastBatch;
    this.counters = { ...this.counters, fact: head.counters.fact, deadLetter: head.counters.deadLetter };
  }

  #endAtOnce(): void {
    const ends = this.#operations.filter((operation) => operation.ends);
    this.#operations = this.#operations.filter((operation) => !operation.ends);
    for (const { down } of ends) down();
    for (const wake of this.#idle.splice(0)) wake();
  }

  #fence(error: unknown): void {
    this.state = 'fenced';
    const refusal = codedError('StaleEpoch', { newer: 'unknown', ours: this.head.nodeEpoch });
    this.#giveUp(refusal);
    this.#becomeIdle();
    this.#onFenced(error instanceof Error ? error : refusal);
  }

  /** Nothing will be written any more. */
  #giveUp(error: Error, unwritten: readonly ClosedBatch[] = this.#line.closed): void {
    this.#refuse(error, unwritten);
    const operations = [...unwritten.flatMap(({ batch }) => batch.operations), ...this.#operations.splice(0)];
    for (const { down } of operations) down();
    for (const wake of this.#quiet.splice(0)) wake();
  }

  /** Reads fail though nothing is being written: the connection is made anew, as after a commit that failed. */
  async reopen(error: unknown): Promise<void> {
    if (this.state !== 'open' || !this.#line.empty) return;
    this.state = 'recovering';
    const head = await recoverJournal(this, error, () => undefined);
    if (head === 'fenced') this.#fence(error);
    else if (head === 'closed' || this.#isClosed) this.#giveUp(codedError('NodeStopped'));
    else this.state = 'open';
    this.#goOn();
  }

  /** Whoever waits to hear that his message was accepted hears this instead. */
  #refuse(error: Error, unwritten: readonly ClosedBatch[] = this.#line.closed): void {
    for (const { batch, rowed } of unwritten) for (const mail of [...batch.consumed.map((taken) => taken.mail), ...rowed.keys()]) mail.acceptance?.reject(error);
    for (const mail of this.fresh.keys()) mail.acceptance?.reject(error);
  }

  /** Resolves when the journal holds all that was closed, before anything new is: what is read at once after it is the whole truth. */
  async quiet(): Promise<void> {
    if (this.state === 'fenced' || this.state === 'closed' || (this.available && this.#line.empty)) return;
    await new Promise<void>((resolve) => void this.#quiet.push(resolve));
  }

  /** What the journal holds of an address; waits for a journal that does not answer (K11). */
  async load(address: Address): Promise<ActorImage> {
    await this.quiet();
    return this.journal.load(address);
  }

  /** Resolves once no batch is on its way that knows of this id: the journal tells of it from then on. */
  async settled(address: Address, id: string): Promise<void> {
    while (this.available && this.#line.closed.some(({ batch }) => batch.receipts.has(`${address}\n${id}`))) await this.quiet();
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
