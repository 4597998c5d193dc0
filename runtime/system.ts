// One node's actor system: the tree, tell and ask from outside, the read side, start and orderly stop.
import { type Address, parentAddress, parseAddress, ROOT_ADDRESS } from './address.ts';
import { type ChildPage, inspectStored } from './addressable.ts';
import type { AlertKind, AlertWish } from './alerts.ts';
import { BACKLOG } from './backlog.ts';
import type { SupervisorBehaviour } from './behaviour.ts';
import { CAREFUL } from './careful-boot.ts';
import type { ChainPosition } from './chain-flaw.ts';
import { ChildAdmin } from './child-admin.ts';
import { ChildHosts } from './child-host.ts';
import type { ChildSpec } from './child-spec.ts';
import { type Clock, systemClock } from './clock.ts';
import { countKernel, type KernelCounts } from './counts.ts';
import type { DeadLetter } from './dead-letters.ts';
import { Departures } from './departures.ts';
import { DurableEngine } from './durable-engine.ts';
import type { Adoption, PresentedOutcome } from './effect.ts';
import type { Message } from './envelope.ts';
import { codedError } from './errors.ts';
import { describeExit, type ExitReason, KILLED } from './exit-reason.ts';
import { CHAIN_START } from './fact-chain.ts';
import type { Transition } from './history.ts';
import { type Inspection, inspectCell } from './inspection.ts';
import { Intake, NO_OPTIONS } from './intake.ts';
import { type AlertRow, type Journal, JournalFailure, type Page } from './journal.ts';
import { alertOfJournal } from './journal-alert.ts';
import { JournalReads } from './journal-reads.ts';
import type { Kernel } from './kernel.ts';
import { LoopReports } from './loop-reports.ts';
import type { BlockReport } from './loop-sight.ts';
import { MailRoutes } from './mail-routes.ts';
import { MAILBOX_LIMITS } from './mailbox-bounds.ts';
import { type NodeParts, nodeKernel } from './node-kernel.ts';
import { RESIDENCY } from './passivation.ts';
import { memoryJournal } from './persistence/index.ts';
import { holdStrays } from './quarantine.ts';
import { BATCH_LIMITS } from './ready-cells.ts';
import { Recorder } from './recorder.ts';
import type { Down } from './registry.ts';
import { settledContext } from './settled.ts';
import type { ChildAnswer, ChildCounts, ChildInfo, ChildTableView } from './supervisor-host.ts';
import type { AskOptions, Ref, SystemOptions, TellOptions } from './system-options.ts';
import type { TelemetryListener } from './telemetry.ts';
import { TieDesk } from './tie-desk.ts';
import { isVia, resolveVia } from './via.ts';

export class System {
  readonly name: string;
  readonly clock: Clock;
  readonly #root: SupervisorBehaviour;
  readonly #kernel: Kernel;
  readonly #reads: JournalReads;
  readonly #engine: DurableEngine;
  readonly #records: Recorder;
  readonly #parts: NodeParts;
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
    this.#kernel = nodeKernel(options, this.clock, () => this.#parts);
    this.#reads = new JournalReads(options.journal ?? memoryJournal(), { clock: this.clock, reopen: (error) => this.#engine.reopen(error) });
    this.#engine = new DurableEngine(
      this.#kernel,
      this.#reads.journal,
      {
        ...BATCH_LIMITS,
        ...options.limits,
        ...RESIDENCY,
        ...options.residency,
        ...MAILBOX_LIMITS,
        ...options.mailboxes,
        ...BACKLOG,
        ...options.backlog,
        ...CAREFUL,
        ...options.careful,
      },
      (why) => this.#fenced(why),
    );
    this.#records = new Recorder({ clock: this.clock, atBoundary: (write) => this.#engine.atBoundary(({ facts }) => write(facts)) });
    alertOfJournal(this.#engine.writes, this.#kernel.alerts, this.clock);
    this.#loops = new LoopReports(this.#kernel);
    this.#intake = new Intake(this.#kernel, this.#engine);
    this.#ties = new TieDesk(this.#kernel, this.#engine);
    const [kernel, engine] = [this.#kernel, this.#engine];
    const hosts = new ChildHosts(kernel, engine, options.root);
    const isStopping = (): boolean => this.#state === 'stopping';
    const rootGone = (reason: ExitReason): void => this.#rootGone(reason);
    this.#parts = {
      engine,
      hosts,
      routes: new MailRoutes(kernel, engine, this.#intake),
      children: new ChildAdmin(kernel, engine, hosts),
      departures: new Departures({ kernel, engine, hosts, isStopping, rootGone }),
    };
  }

  /** Opens the journal and starts the tree. Rejects when the root cannot start, and with `JournalCorrupt` when the journal is damaged. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`system '${this.name}' was started before`);
    this.#state = 'starting';
    await this.#readJournal();
    this.#kernel.asks.begin(`${this.#engine.era}.${this.#engine.head.nodeEpoch}`);
    const spec: ChildSpec = { id: 'root', type: 'supervisor', restart: 'temporary', shutdown: 'infinity', significant: false, backoff: undefined, behaviour: this.#root };
    const outcome = await this.#parts.hosts.start(ROOT_ADDRESS, ROOT_ADDRESS, spec);
    if (outcome.ok !== true) {
      this.#state = 'stopped';
      await this.#engine.journal.close();
      throw new Error(`the root supervisor did not start: ${outcome.ok === false ? describeExit(outcome.reason) : 'ignored'}`);
    }
    this.#state = 'running';
    this.#engine.ungate();
    holdStrays(this.#engine, (address) => this.#parts.hosts.owns(address));
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
    if (this.#kernel.registry.get(ROOT_ADDRESS) !== undefined) await this.#parts.hosts.stop(ROOT_ADDRESS, 'infinity', false);
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
    await this.#parts.hosts.killAsCrash(cell, reason);
  }

  startChild(supervisor: Address, child: ChildSpec | { template: string; id: string; input: unknown }): Promise<ChildAnswer> {
    return this.#parts.children.start(supervisor, child);
  }

  terminateChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#parts.children.terminate(supervisor, id);
  }

  restartChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#parts.children.restart(supervisor, id);
  }

  deleteChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#parts.children.delete(supervisor, id);
  }

  /** Ends a child by its address, for good when it is dynamic. */
  stopChild(address: Address): Promise<ChildAnswer> {
    return this.#parts.children.stop(address);
  }

  /** Of a dynamic supervisor with rows: those in memory. `childPage` has all. */
  whichChildren(supervisor: Address): readonly ChildInfo[] {
    return this.#parts.children.view(supervisor).which();
  }

  countChildren(supervisor: Address): ChildCounts {
    return this.#parts.children.view(supervisor).count();
  }

  /** All children, a page at a time, in start order: also those that are not in memory, which count as running (K27). */
  childPage(supervisor: Address, page: Page): Promise<ChildPage> {
    return this.#parts.children.page(supervisor, page);
  }

  /** As `countChildren`, with those that are not in memory. */
  countAll(supervisor: Address): Promise<ChildCounts> {
    return this.#parts.children.countAll(supervisor);
  }

  childTable(supervisor: Address): ChildTableView | undefined {
    return this.#parts.hosts.view(supervisor);
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
    return inspectCell(address, cell, this.#parts.hosts.view(parentAddress(address)), places.quarantined.get(address), places.heldCount(address), this.#kernel.ties.of(address));
  }

  /** Of a durable actor in memory for whom nothing waits and nothing is on its way to the journal: its context, not to be changed. Else undefined: ask it. */
  settled(address: Address): object | undefined {
    return settledContext(this.#engine, this.#kernel.registry.get(address));
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

  clearAlert(kind: AlertKind, address?: Address): void {
    this.#kernel.alerts.clear(kind, address);
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

  #tell(named: Address, message: Message, options: TellOptions): Promise<void> {
    const to = resolveVia(this.#kernel.ties, named);
    return this.#state === 'stopped' ? Promise.reject(codedError('NodeStopped')) : this.#intake.tell(to, message, options);
  }

  #ask(named: Address, message: Message, options: AskOptions): Promise<unknown> {
    const to = resolveVia(this.#kernel.ties, named);
    return this.#state === 'stopped' ? Promise.reject(codedError('NodeStopped')) : this.#intake.ask(to, message, options);
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
