// One node's actor system: the tree, tell and ask from outside, the read side, start and orderly stop.
import { type Address, childId, parentAddress, parseAddress, ROOT_ADDRESS } from './address.ts';
import { type ChildPage, childCounts, childPage, inspectStored } from './addressable.ts';
import { type AlertKind, Alerts, type AlertWish } from './alerts.ts';
import { Asks } from './asks.ts';
import type { SupervisorBehaviour } from './behaviour.ts';
import { CAREFUL, type CarefulLimits } from './careful-boot.ts';
import type { Cell } from './cell.ts';
import { ChildHosts } from './child-host.ts';
import { childStopped } from './child-rows.ts';
import type { ChildSpec } from './child-spec.ts';
import { type Clock, systemClock } from './clock.ts';
import { countKernel, type KernelCounts } from './counts.ts';
import { type DeadLetter, DeadLetters } from './dead-letters.ts';
import { BATCH_LIMITS, type BatchLimits, DurableEngine } from './durable-engine.ts';
import type { Adoption, PresentedOutcome } from './effect.ts';
import { isReservedType, type Message, type Priority } from './envelope.ts';
import { codedError } from './errors.ts';
import { describeExit, type ExitReason, KILLED } from './exit-reason.ts';
import { signalExit } from './exit-signals.ts';
import { CHAIN_START, type ChainPosition } from './fact-chain.ts';
import type { Transition } from './history.ts';
import { type Inspection, inspectCell } from './inspection.ts';
import { Intake, NO_OPTIONS } from './intake.ts';
import { type AlertRow, type DeadLetterReason, type Journal, JournalFailure, type Page } from './journal.ts';
import { alertOfJournal } from './journal-alert.ts';
import { JournalReads } from './journal-reads.ts';
import type { Kernel } from './kernel.ts';
import { LoopReports } from './loop-reports.ts';
import type { BlockReport } from './loop-sight.ts';
import { Mail } from './mail.ts';
import { MAILBOX_LIMITS, type MailboxLimits } from './mailbox-bounds.ts';
import { idsFrom, messageId } from './message-id.ts';
import { RESIDENCY, type ResidencyLimits } from './passivation.ts';
import { memoryJournal } from './persistence/index.ts';
import { findNonJson } from './plain-json.ts';
import { holdStrays } from './quarantine.ts';
import { Recorder } from './recorder.ts';
import { type Down, Registry } from './registry.ts';
import { Stepper } from './step.ts';
import type { ChildAnswer, ChildCounts, ChildInfo, ChildTableView } from './supervisor-host.ts';
import { Telemetry, type TelemetryListener } from './telemetry.ts';
import { changeTie } from './tie-changes.ts';
import { TieDesk } from './tie-desk.ts';
import { Ties } from './ties.ts';
import { eventLoop, type Turns } from './turns.ts';
import { isVia, resolveVia } from './via.ts';
import { VolatileScheduler } from './volatile-scheduler.ts';

export interface SystemOptions {
  readonly name: string;
  readonly root: SupervisorBehaviour;
  /** Default: a memory journal, which forgets when the process ends. */
  readonly journal?: Journal;
  readonly clock?: Clock;
  /** Default: the event loop's. */
  readonly turns?: Turns;
  /** Uniform in [0, 1): jitter, and the ids of messages that come without one. */
  readonly random?: () => number;
  readonly limits?: Partial<BatchLimits>;
  /** How a node goes about itself after others were cut off before it (K12, K29). */
  readonly careful?: Partial<CarefulLimits>;
  /** How many idle durable actors stay in memory, and for how long (K27). */
  readonly residency?: Partial<ResidencyLimits>;
  /** How many messages may wait for an actor (K21). */
  readonly mailboxes?: Partial<MailboxLimits>;
  /** Freezes contexts of durable actors, so that a step which changes one in place is found (tests). */
  readonly freeze?: boolean;
  /** The root supervisor gave up, or a newer node owns the journal: the system is down. */
  readonly onExit?: (reason: ExitReason) => void;
}

export interface TellOptions {
  /** Makes a retry safe: a durable actor takes the same id once. */
  readonly id?: string;
  readonly priority?: Priority;
  readonly about?: string;
  readonly expiresAt?: number;
  readonly correlationId?: string;
}

export interface AskOptions extends TellOptions {
  readonly timeoutMs: number;
}

/** A handle to whoever lives at an address. */
export interface Ref {
  readonly address: Address;
  /** Resolves when the message is accepted: journalled, for a durable actor. Rejects with MailboxFull when too many wait for it. */
  tell(message: Message, options?: TellOptions): Promise<void>;
  /** Rejects with AskTimeout, ActorDown, NoSuchActor, MessageUnhandled, MessagePoisoned or JournalUnavailable. */
  ask(message: Message, options: AskOptions): Promise<unknown>;
}

export class System {
  readonly name: string;
  readonly clock: Clock;
  readonly #root: SupervisorBehaviour;
  readonly #kernel: Kernel;
  readonly #reads: JournalReads;
  readonly #engine: DurableEngine;
  readonly #records: Recorder;
  readonly #hosts: ChildHosts;
  readonly #loops: LoopReports;
  readonly #intake: Intake;
  readonly #ties: TieDesk;
  readonly #onExit: (reason: ExitReason) => void;
  #state: 'new' | 'starting' | 'running' | 'stopping' | 'stopped' = 'new';

  constructor(options: SystemOptions) {
    this.name = options.name;
    this.clock = options.clock ?? systemClock;
    this.#root = options.root;
    this.#onExit = options.onExit ?? (() => undefined);
    const { turns = eventLoop, random } = options;
    const asks = new Asks(this.clock, turns);
    const telemetry = new Telemetry();
    const ties = new Ties();
    const newId = random === undefined ? messageId : idsFrom(random);
    this.#kernel = {
      clock: this.clock,
      turns,
      random: random ?? Math.random,
      newId,
      stepper: new Stepper(this.clock, (address, message) => this.#post(new Mail('message', null, message), address)),
      registry: new Registry(ties),
      ties,
      asks,
      deadLetters: new DeadLetters(this.clock, asks, telemetry, newId),
      telemetry,
      alerts: new Alerts({ clock: this.clock, telemetry, atBoundary: (write) => this.#engine.atBoundary(write) }),
      scheduler: new VolatileScheduler(turns),
      freeze: options.freeze ?? false,
      post: (mail, to) => this.#post(mail, to),
      postGroup: (group, from, message, priority) => {
        for (const member of ties.members(group)) this.#post(new Mail('message', from, message, priority), member);
      },
      lifeAt: (address) => {
        const running = this.#kernel.registry.get(address);
        if (running !== undefined) return running.durable ? 'durable' : 'volatile';
        return this.#engine.holds(address) || this.#engine.activations.presume(address) ? 'durable' : undefined;
      },
      changeTie: (cell, op, about) => changeTie(this.#engine, undefined, { address: cell.address, durable: false, cell }, op, about),
      deadLetter: (reason, detail, mail, to) => this.#deadLetter(reason, detail, mail, to),
      startChildRow: (supervisor, child) => void this.startChild(supervisor, child),
      startsRows: (supervisor) => this.#hosts.startsRows(supervisor),
      rowAbove: (address) => this.#hosts.rowAbove(address),
      endedAbsent: (address, reason) => {
        signalExit(this.#engine, { address, durable: true }, reason, this.#state === 'stopping');
        this.#kernel.registry.notifyDown(address, reason);
      },
      rest: (cell) => this.#hosts.rest(cell),
      stopChildAt: (address) => void this.stopChild(address).then(() => childStopped(this.#engine, address)),
      unanswered: (mail) => this.#hosts.unanswered(mail),
      supervisorFailed: (cell, reason) => void this.#hosts.killAsCrash(cell, reason),
      exited: (cell, reason) => this.#exited(cell, reason),
    };
    this.#reads = new JournalReads(options.journal ?? memoryJournal(), { clock: this.clock, reopen: (error) => this.#engine.reopen(error) });
    this.#engine = new DurableEngine(
      this.#kernel,
      this.#reads.journal,
      { ...BATCH_LIMITS, ...options.limits, ...RESIDENCY, ...options.residency, ...MAILBOX_LIMITS, ...options.mailboxes, ...CAREFUL, ...options.careful },
      (why) => this.#fenced(why),
    );
    this.#records = new Recorder({ clock: this.clock, atBoundary: (write) => this.#engine.atBoundary(({ facts }) => write(facts)) });
    alertOfJournal(this.#engine.writes, this.#kernel.alerts, this.clock);
    this.#loops = new LoopReports(this.#kernel);
    this.#hosts = new ChildHosts(this.#kernel, this.#engine, options.root);
    this.#intake = new Intake(this.#kernel, this.#engine);
    this.#ties = new TieDesk(this.#kernel, this.#engine);
  }

  /** Opens the journal and starts the tree. Rejects when the root cannot start, and with `JournalCorrupt` when the journal is damaged. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`system '${this.name}' was started before`);
    this.#state = 'starting';
    await this.#readJournal();
    this.#kernel.asks.begin(`${this.#engine.era}.${this.#engine.head.nodeEpoch}`);
    const spec: ChildSpec = { id: 'root', type: 'supervisor', restart: 'temporary', shutdown: 'infinity', significant: false, backoff: undefined, behaviour: this.#root };
    const outcome = await this.#hosts.start(ROOT_ADDRESS, ROOT_ADDRESS, spec);
    if (outcome.ok !== true) {
      this.#state = 'stopped';
      await this.#engine.journal.close();
      throw new Error(`the root supervisor did not start: ${outcome.ok === false ? describeExit(outcome.reason) : 'ignored'}`);
    }
    this.#state = 'running';
    this.#engine.ungate();
    holdStrays(this.#engine, (address) => this.#hosts.owns(address));
  }

  async #readJournal(): Promise<void> {
    try {
      await this.#engine.open();
    } catch (error) {
      const isDamage = error instanceof JournalFailure && error.kind === 'damaged';
      throw isDamage ? codedError('JournalCorrupt', { file: this.journal.description, problem: `is damaged (${error.message}): restore a backup` }) : error;
    }
  }

  /** Stops the tree in reverse start order, writes what is left, closes the journal. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped' || this.#state === 'stopping') return;
    this.#state = 'stopping';
    if (this.#kernel.registry.get(ROOT_ADDRESS) !== undefined) await this.#hosts.stop(ROOT_ADDRESS, 'infinity', false);
    this.#records.close();
    this.#loops.close();
    this.#engine.careful.close();
    if (this.#engine.available) await this.#engine.idle();
    this.#engine.alarm.close();
    this.#engine.passivation.close();
    this.#state = 'stopped';
    this.#engine.state = this.#engine.state === 'fenced' ? 'fenced' : 'closed';
    this.#kernel.asks.rejectAll(codedError('NodeStopped'));
    await this.#engine.journal.close();
  }

  ref(address: Address): Ref {
    const to = isVia(address) ? address : parseAddress(address);
    return {
      address: to,
      tell: (message, options = NO_OPTIONS) => this.#tell(to, message, options),
      ask: (message, options) => this.#ask(to, message, options),
    };
  }

  /** To every member of a group. Resolves when all have accepted; durable ones take the same id once. */
  async broadcast(group: string, message: Message, options: TellOptions = {}): Promise<readonly Address[]> {
    const members = this.groupMembers(group);
    await Promise.all(members.map((member) => this.#tell(member, message, options)));
    return members;
  }

  /** False while the journal does not answer. */
  get ready(): boolean {
    return this.notReady === undefined;
  }

  /** Why not, for people. */
  get notReady(): string | undefined {
    if (this.#state !== 'running') return `the node is ${this.#state}`;
    const { available, writes } = this.#engine;
    if (!available || writes.fault !== undefined) return `the journal does not confirm writes${writes.fault === undefined ? '' : ` (${writes.fault})`}`;
    return this.#reads.fault === undefined ? undefined : `the journal cannot be read (${this.#reads.fault})`;
  }

  get journal(): Journal {
    return this.#engine.journal;
  }

  /** Number of the last committed fact: what a reader waits for after an acceptance (K13). */
  get position(): number {
    return this.#engine.head?.counters.fact ?? 0;
  }

  /** Where the chain of facts ends: a fact's number and the hash over all up to it (K34). */
  get chainHead(): ChainPosition {
    return { fact: this.position, hash: this.#engine.head?.lastHash ?? CHAIN_START };
  }

  /** A fact without an actor, in one of the next batches. Returns at once; of a flood only a part is kept, and its count (K34). */
  record(kind: string, body: Readonly<Record<string, unknown>>): void {
    this.#records.record(kind, body);
  }

  /** Ends an actor at once, or with everything below a supervisor; its own supervisor then decides. */
  kill(address: Address, reason: 'brutal_kill' | 'crash' = 'brutal_kill'): Promise<void> {
    return this.exit(address, reason === 'brutal_kill' ? KILLED : { kind: 'crash', message: 'crashed on demand' });
  }

  /** As `kill`, with the reason that its supervisor is to judge by (OTP's exit/2). Rejects with `NoSuchActor`. */
  async exit(address: Address, reason: ExitReason): Promise<void> {
    // One that has left memory is alive: it comes back to end (K27).
    if (this.#kernel.registry.get(address) === undefined) await this.#engine.activations.wake(address);
    const cell = this.#kernel.registry.get(address);
    if (cell === undefined) throw codedError('NoSuchActor', { address });
    await this.#hosts.killAsCrash(cell, reason);
  }

  startChild(supervisor: Address, child: ChildSpec | { template: string; id: string; input: unknown }): Promise<ChildAnswer> {
    return this.#askSupervisor(supervisor, 'behaviour' in child ? { type: 'troupe.start_child', spec: child } : { type: 'troupe.start_child', row: child });
  }

  async terminateChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#askSupervisor(supervisor, { type: 'troupe.terminate_child', id });
  }

  async restartChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#askSupervisor(supervisor, { type: 'troupe.restart_child', id });
  }

  async deleteChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#askSupervisor(supervisor, { type: 'troupe.delete_child', id });
  }

  /** Ends a child by its address, for good when it is dynamic. */
  stopChild(address: Address): Promise<ChildAnswer> {
    return this.terminateChild(parentAddress(address), childId(address));
  }

  /** Of a dynamic supervisor with rows: those in memory. `childPage` has all. */
  whichChildren(supervisor: Address): readonly ChildInfo[] {
    return this.#view(supervisor).which();
  }

  countChildren(supervisor: Address): ChildCounts {
    return this.#view(supervisor).count();
  }

  /** All children, a page at a time, in start order: also those that are not in memory, which count as running (K27). */
  childPage(supervisor: Address, page: Page): Promise<ChildPage> {
    return childPage(this.#engine, supervisor, this.#view(supervisor), page);
  }

  /** As `countChildren`, with those that are not in memory. */
  countAll(supervisor: Address): Promise<ChildCounts> {
    return childCounts(this.#engine, supervisor, this.#view(supervisor));
  }

  childTable(supervisor: Address): ChildTableView | undefined {
    return this.#hosts.view(supervisor);
  }

  /** Calls back once when the actor goes down, or at once when there is none. Returns the way to stop watching. */
  monitor(address: Address, notify: (down: Down) => void): () => void {
    const { registry } = this.#kernel;
    if (registry.get(address) !== undefined || this.#engine.holds(address)) return registry.monitor(address, notify);
    if (this.#engine.presumes(address)) {
      const stop = registry.monitor(address, notify);
      // A look-up that fails says nothing of the actor.
      const nobody = (found: boolean): void => void (!found && stop() && notify({ type: 'DOWN', address, reason: { kind: 'noproc' } }));
      this.#engine.activations.find(address).then(nobody, () => undefined);
      return () => void stop();
    }
    this.#kernel.turns.soon(() => notify({ type: 'DOWN', address, reason: { kind: 'noproc' } }));
    return () => undefined;
  }

  onTelemetry(listener: TelemetryListener): () => void {
    return this.#kernel.telemetry.listen(listener);
  }

  history(address: Address): readonly Transition[] {
    return this.#kernel.registry.get(address)?.history.list() ?? [];
  }

  inspect(address: Address): Inspection | undefined {
    const cell = this.#kernel.registry.get(address);
    const { places } = this.#engine;
    return inspectCell(address, cell, this.#hosts.view(parentAddress(address)), places.quarantined.get(address), places.heldCount(address), this.#kernel.ties.of(address));
  }

  /** What the kernel holds in memory, by number: all that waits for something ends, or it is a leak. */
  counts(): KernelCounts {
    return countKernel(this.#kernel, this.#engine, this.#intake);
  }

  /**
   * Somebody who kept an effect up while no node ran says how it ended. Resolves once that is written, or with why it does not count;
   * `not_awaited` may be because its actor is not up yet: who has time asks again.
   */
  async adopt(presented: PresentedOutcome): Promise<Adoption> {
    const answer = this.#engine.effects.adopt(presented);
    if (answer.ok)
      await new Promise<void>((resolve, reject) =>
        this.#engine.atBoundary(
          (batch) => void batch.after.push(resolve),
          () => reject(codedError('NodeStopped')),
        ),
      );
    return answer;
  }

  /** The step that runs at this moment; for whoever looks on from another thread. */
  get runningStep(): BlockReport['step'] {
    return this.#kernel.stepper.running;
  }

  /** The event loop was blocked: told, counted, and an alert. */
  reportBlocked(report: BlockReport): void {
    this.#loops.take(report);
  }

  /** How often the event loop was blocked, and for how long at most. */
  get blocked(): { readonly count: number; readonly longestMs: number } {
    const { count, longestMs } = this.#loops;
    return { count, longestMs };
  }

  /** Open now, the oldest first. */
  alerts(): readonly AlertRow[] {
    return this.#kernel.alerts.list();
  }

  /** For reasons that the kernel cannot see. One that is open stays the one it is. */
  raiseAlert(alert: AlertWish): void {
    this.#kernel.alerts.raise(alert);
  }

  clearAlert(kind: AlertKind): void {
    this.#kernel.alerts.clear(kind);
  }

  /** As `inspect`, and of an actor that is not in memory what the journal holds (K27). */
  async look(address: Address): Promise<Inspection | undefined> {
    const seen = this.inspect(address);
    return seen === undefined || seen.state === 'passivated' ? ((await inspectStored(this.#engine, address)) ?? seen) : seen;
  }

  /** Dead letters since the process began, oldest first. Older ones are in the journal. */
  deadLetters(): readonly DeadLetter[] {
    return this.#kernel.deadLetters.recent();
  }

  /** As if one of them had asked for it. Rejects with `NoSuchActor`. */
  link(one: Address, other: Address): Promise<void> {
    return this.#ties.link(one, other);
  }

  unlink(one: Address, other: Address): Promise<void> {
    return this.#ties.unlink(one, other);
  }

  joinGroup(group: string, member: Address): Promise<void> {
    return this.#ties.join(group, member);
  }

  leaveGroup(group: string, member: Address): Promise<void> {
    return this.#ties.leave(group, member);
  }

  /** A name has one holder: another is refused, `NameTaken`. Free again once the holder has ended for good. */
  registerName(name: string, holder: Address): Promise<void> {
    return this.#ties.register(name, holder);
  }

  unregisterName(name: string): Promise<void> {
    return this.#ties.unregister(name);
  }

  whereis(name: string): Address | undefined {
    return this.#kernel.ties.whereis(name);
  }

  groupMembers(group: string): readonly Address[] {
    return this.#kernel.ties.members(group);
  }

  #view(supervisor: Address): ChildTableView {
    const view = this.#hosts.view(supervisor);
    if (view === undefined) throw codedError('NoSuchActor', { address: supervisor });
    return view;
  }

  #askSupervisor(address: Address, message: { readonly type: string; readonly [field: string]: unknown }): Promise<ChildAnswer> {
    const cell = this.#kernel.registry.get(address);
    if (cell?.behaviour.kind !== 'supervisor') return Promise.resolve({ ok: false, reason: 'not_found', detail: `no supervisor at '${address}'` });
    return this.#hosts.ask(cell, message);
  }

  #tell(named: Address, message: Message, options: TellOptions): Promise<void> {
    const to = resolveVia(this.#kernel.ties, named);
    return this.#state === 'stopped' ? Promise.reject(codedError('NodeStopped')) : this.#intake.tell(to, message, options);
  }

  #ask(named: Address, message: Message, options: AskOptions): Promise<unknown> {
    const to = resolveVia(this.#kernel.ties, named);
    return this.#state === 'stopped' ? Promise.reject(codedError('NodeStopped')) : this.#intake.ask(to, message, options);
  }

  /** Routes mail of volatile actors, of effects and of the kernel itself. */
  #post(mail: Mail, named: Address): void {
    const to = resolveVia(this.#kernel.ties, named);
    if (mail.kind === 'message' && (isReservedType(mail.message.type) || typeof mail.message.type !== 'string')) {
      mail.acceptance?.reject(codedError('InvalidMessage', { field: 'type', problem: `'${mail.message.type}' is reserved` }));
      this.#deadLetter('invalid', 'reserved type', mail, to);
      return;
    }
    const cell = this.#kernel.registry.get(to);
    if (cell !== undefined && !cell.durable) {
      cell.enqueue(mail);
      mail.acceptance?.resolve();
    } else if (this.#engine.holds(to) || this.#engine.presumes(to)) {
      const flaw = findNonJson(mail.message);
      if (flaw === undefined) this.#intake.admit(mail, to);
      else {
        mail.acceptance?.reject(codedError('InvalidMessage', { field: flaw, problem: 'a durable actor takes plain JSON (K3)' }));
        this.#deadLetter('invalid', flaw, mail, to);
      }
    } else {
      this.#deadLetter('noproc', '', mail, to);
      mail.acceptance?.reject(codedError('NoSuchActor', { address: to }));
    }
  }

  #deadLetter(reason: DeadLetterReason, detail: string, mail: Mail, to: Address): void {
    if (mail.kind === 'kernel') return;
    const { deadLetters } = this.#kernel;
    const letter = deadLetters.build(reason, detail, mail, to);
    deadLetters.announce(letter, mail);
    if (this.#engine.available && findNonJson(mail.message) === undefined) this.#engine.atBoundary((batch) => void batch.stored.push(letter));
  }

  #exited(cell: Cell, reason: ExitReason): void {
    const { registry, telemetry, asks } = this.#kernel;
    signalExit(this.#engine, cell, reason, this.#state === 'stopping');
    registry.remove(cell);
    if (telemetry.observed) telemetry.emit({ kind: 'actor.exited', address: cell.address, reason });
    registry.notifyDown(cell.address, reason);
    if (!cell.durable || !this.#engine.places.known.has(cell.address)) {
      asks.actorDown(cell.address, describeExit(reason));
    }
    if (this.#hosts.cellGone(cell, reason)) return;
    if (cell.address === ROOT_ADDRESS) {
      this.#rootGone(reason);
      return;
    }
    registry.get(cell.parent)?.enqueue(new Mail('kernel', null, { type: 'troupe.child_exit', id: childId(cell.address), serial: cell.serial, reason }));
  }

  #rootGone(reason: ExitReason): void {
    if (this.#state !== 'stopping') this.#goDown(reason);
  }

  #fenced(why: Error): void {
    this.#goDown({ kind: 'crash', message: why.message });
  }

  /** A journal that cannot be closed keeps nobody from hearing of it: the stop was not in order then, as the next start will see (K29). */
  #goDown(reason: ExitReason): void {
    const down = (): void => this.#onExit(reason);
    this.stop().then(down, down);
  }
}

/** Builds a system; nothing runs before `start()`. */
export async function createSystem(options: SystemOptions): Promise<System> {
  return new System(options);
}
