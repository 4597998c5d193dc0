// The durable half of a node: takes mail for durable cells, whose steps run in commit batches (batch-loop.ts), and knows for each
// address whether what is told it is kept. Accepted is what a commit has written, and nothing else.
import { Activations } from './activation.ts';
import { type Address, parentAddress } from './address.ts';
import { Alarm } from './alarm.ts';
import { Backlog, type BacklogLimits } from './backlog.ts';
import type { Batch, BoundaryOperation } from './batch.ts';
import { BatchLoop } from './batch-loop.ts';
import { CarefulBoot, type CarefulLimits } from './careful-boot.ts';
import { type ChildWish, requestChild, stopChildRow } from './child-rows.ts';
import type { DurableCell } from './durable-cell.ts';
import { endCell, exitCell } from './durable-lifecycle.ts';
import { refuse } from './durable-step.ts';
import { EffectDesk } from './effect-desk.ts';
import type { EffectRunner } from './effect-runner.ts';
import { codedError } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { FreshMail } from './fresh-mail.ts';
import type { ActorImage, Counters, Journal, JournalHead } from './journal.ts';
import { JournalWrites } from './journal-writes.ts';
import type { Kernel } from './kernel.ts';
import { knownAddresses, wasSetBack } from './known-addresses.ts';
import type { Mail } from './mail.ts';
import { MailboxBounds, type MailboxLimits } from './mailbox-bounds.ts';
import { Passivation, type ResidencyLimits } from './passivation.ts';
import { Places } from './places.ts';
import type { BatchLimits } from './ready-cells.ts';
import { restoreTies } from './restored-ties.ts';
import type { StepEngine } from './step-engine.ts';
import { resolveVia } from './via.ts';

export type EngineLimits = BatchLimits & ResidencyLimits & MailboxLimits & BacklogLimits & CarefulLimits;

type EngineState = 'closed' | 'open' | 'recovering' | 'fenced';

const NOTHING = (): void => undefined;

export class DurableEngine implements StepEngine {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly effects: EffectRunner;
  readonly desk: EffectDesk;
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
  readonly careful: CarefulBoot;
  readonly #loop: BatchLoop;
  /** The wall clock was set back since the last commit of the node before. */
  #setBack = false;

  constructor(kernel: Kernel, journal: Journal, limits: EngineLimits, onFenced: (why: Error) => void) {
    this.kernel = kernel;
    this.journal = journal;
    this.places = new Places(kernel.stepper);
    this.passivation = new Passivation(this, limits);
    this.bounds = new MailboxBounds(this, limits);
    this.backlog = new Backlog(this, limits);
    this.careful = new CarefulBoot(kernel, limits, this);
    this.#loop = new BatchLoop(this, limits, onFenced);
    this.desk = new EffectDesk({
      kernel,
      places: this.places,
      atBoundary: (run, refused) => this.atBoundary(run, undefined, refused === undefined ? {} : { refused }),
      enqueue: (mail, to) => {
        this.#enqueue(mail, to);
        this.#loop.schedule();
      },
    });
    this.effects = this.desk.runner;
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
    this.#loop.ungate();
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
    return this.#loop.onItsWay?.stepped.has(cell) === true;
  }

  // ---- accepting mail ----

  /** From outside a batch. Its acceptance, if asked for, is settled by the commit that takes or stores it. */
  accept(mail: Mail, to: Address): void {
    if (this.state !== 'open' && mail.acceptance !== undefined) {
      mail.acceptance.reject(codedError(this.state === 'recovering' ? 'JournalUnavailable' : 'NodeStopped', { cause: this.state }));
      return;
    }
    this.#enqueue(mail, to);
    this.#loop.schedule();
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
    if (!mail.fromStep) {
      this.ready(cell);
      return;
    }
    this.bounds.sent(mail.from, cell);
    this.#loop.ready.sentTo(cell);
  }

  ready(cell: DurableCell): void {
    this.#loop.ready.add(cell);
  }

  /** It is in the running batch that it has begun. */
  begun(cell: DurableCell): void {
    this.#loop.ready.begun(cell);
  }

  /** Its rows were read. */
  resume(cell: DurableCell): void {
    this.ready(cell);
    this.#loop.schedule();
  }

  putBack(cell: DurableCell, mails: readonly Mail[]): void {
    cell.mailbox.putBack(mails);
    this.ready(cell);
  }

  drop(mail: Mail): void {
    this.fresh.delete(mail);
  }

  nextEffect(): number {
    this.counters.effect += 1;
    return this.counters.effect;
  }

  // ---- between batches ----

  /** Runs between two batches; again when the batch that carries its rows fails. `down` is called instead on a node that can write no more. */
  atBoundary(run: BoundaryOperation['run'], down: () => void = NOTHING, { ends = false, refused }: Pick<BoundaryOperation, 'ends' | 'refused'> = {}): void {
    if (this.state === 'fenced' || this.state === 'closed' || (ends && this.writes.fault !== undefined)) {
      down();
      return;
    }
    this.#loop.operations.add({ run, down, ends, refused });
    this.#loop.schedule();
  }

  /** Resolves once whatever could be taken has been, and is written. */
  taken(): Promise<void> {
    return new Promise((resolve) => this.atBoundary((batch) => void batch.after.push(resolve), resolve));
  }

  /** Resolves once nothing is left to write, or the journal takes no writes. */
  idle(): Promise<void> {
    return this.#loop.idle();
  }

  /** Reads fail though nothing is being written: the connection is made anew, as after a commit that failed. */
  reopen(error: unknown): Promise<void> {
    return this.#loop.failures.reopen(error);
  }

  /** What the journal holds of an address; waits for a journal that does not answer (K11), and for a batch on its way that makes the answer an old one. */
  async load(address: Address): Promise<ActorImage> {
    if (!this.available) await this.boundary();
    while (this.available && this.#loop.onItsWay?.hasEnd(address) === true) await this.boundary();
    return this.journal.load(address, this.backlog.slice);
  }

  /** Resolves once no batch is on its way that knows of this id: the journal tells of it from then on. */
  async settled(address: Address, id: string): Promise<void> {
    while (this.available && this.#loop.onItsWay?.receipts.has(`${address}\n${id}`) === true) await this.boundary();
  }

  /** Resolves between two batches, with false on a node that can write no more. */
  boundary(): Promise<boolean> {
    return new Promise((resolve) =>
      this.atBoundary(
        () => resolve(true),
        () => resolve(false),
      ),
    );
  }

  // ---- ends ----

  /** The cell ends now. What a batch on its way says of it holds all the same. */
  leaving(cell: DurableCell): void {
    if (this.isUnconfirmed(cell)) this.#loop.onItsWay?.left.add(cell.address);
  }

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
