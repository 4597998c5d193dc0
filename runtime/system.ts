// One node's actor system: its start and orderly stop, tell and ask from outside. What it shows is in system-sight.ts, what may be done to it in
// system-administration.ts.
import { type Address, parseAddress, ROOT_ADDRESS } from './address.ts';
import type { SupervisorBehaviour } from './behaviour.ts';
import type { ChildSpec } from './child-spec.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Message } from './envelope.ts';
import { codedError } from './errors.ts';
import { describeExit, type ExitReason } from './exit-reason.ts';
import { type Journal, JournalFailure } from './journal.ts';
import { buildNode, type NodeBuild } from './node-build.ts';
import { holdStrays } from './quarantine.ts';
import { type Door, NodeRef } from './ref.ts';
import { SystemAdministration } from './system-administration.ts';
import type { AskOptions, Ref, SystemOptions, TellOptions } from './system-options.ts';
import { isVia, resolveVia } from './via.ts';

type State = 'new' | 'starting' | 'running' | 'stopping' | 'stopped';

export class System extends SystemAdministration {
  readonly name: string;
  readonly clock: Clock;
  readonly #root: SupervisorBehaviour;
  readonly #node: NodeBuild;
  readonly #onExit: (reason: ExitReason) => void;
  readonly #door: Door = {
    tell: (to, message, options) => this.#tell(to, message, options),
    ask: (to, message, options) => this.#ask(to, message, options),
  };
  #state: State = 'new';

  constructor(options: SystemOptions) {
    const clock = options.clock ?? systemClock;
    const node = buildNode(options, clock, {
      isStopping: () => this.#state === 'stopping',
      rootGone: (reason) => this.#rootGone(reason),
      fenced: (why) => this.#goDown({ kind: 'crash', message: why.message }),
    });
    super(node);
    this.name = options.name;
    this.clock = clock;
    this.#root = options.root;
    this.#node = node;
    this.#onExit = options.onExit ?? (() => undefined);
  }

  /** Opens the journal and starts the tree. Rejects when the root cannot start, and with `JournalCorrupt` when the journal is damaged. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`system '${this.name}' was started before`);
    this.#state = 'starting';
    const { kernel, engine, parts } = this.#node;
    await this.#readJournal();
    kernel.asks.begin(`${engine.era}.${engine.head.nodeEpoch}`);
    const spec: ChildSpec = { id: 'root', type: 'supervisor', restart: 'temporary', shutdown: 'infinity', significant: false, backoff: undefined, behaviour: this.#root };
    const outcome = await parts.hosts.start(ROOT_ADDRESS, ROOT_ADDRESS, spec);
    if (outcome.ok !== true) {
      this.#state = 'stopped';
      await engine.journal.close();
      throw new Error(`the root supervisor did not start: ${outcome.ok === false ? describeExit(outcome.reason) : 'ignored'}`);
    }
    this.#state = 'running';
    engine.ungate();
    holdStrays(engine, (address) => parts.hosts.owns(address));
  }

  async #readJournal(): Promise<void> {
    try {
      await this.#node.engine.open();
    } catch (error) {
      const isDamage = error instanceof JournalFailure && error.kind === 'damaged';
      throw isDamage ? codedError('JournalCorrupt', { file: this.journal.description, problem: `is damaged (${error.message}): restore a backup` }) : error;
    }
  }

  /** Stops the tree in reverse start order, writes what is left, closes the journal. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped' || this.#state === 'stopping') return;
    this.#state = 'stopping';
    const { kernel, engine, parts, records, loops } = this.#node;
    if (kernel.registry.get(ROOT_ADDRESS) !== undefined) await parts.hosts.stop(ROOT_ADDRESS, 'infinity', false);
    records.close();
    loops.close();
    engine.careful.close();
    if (engine.available) await engine.idle();
    engine.alarm.close();
    engine.passivation.close();
    this.#state = 'stopped';
    engine.state = engine.state === 'fenced' ? 'fenced' : 'closed';
    kernel.asks.rejectAll(codedError('NodeStopped'));
    await engine.journal.close();
  }

  ref(address: Address): Ref {
    return new NodeRef(isVia(address) ? address : parseAddress(address), this.#node.intake, this.#door);
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
    const { available, writes } = this.#node.engine;
    if (!available || writes.fault !== undefined) return `the journal does not confirm writes${writes.fault === undefined ? '' : ` (${writes.fault})`}`;
    return this.#node.reads.fault === undefined ? undefined : `the journal cannot be read (${this.#node.reads.fault})`;
  }

  get journal(): Journal {
    return this.#node.engine.journal;
  }

  #tell(named: Address, message: Message, options: TellOptions): Promise<void> {
    const to = resolveVia(this.#node.kernel.ties, named);
    return this.#state === 'stopped' ? Promise.reject(codedError('NodeStopped')) : this.#node.intake.tell(to, message, options);
  }

  #ask(named: Address, message: Message, options: AskOptions): Promise<unknown> {
    const to = resolveVia(this.#node.kernel.ties, named);
    return this.#state === 'stopped' ? Promise.reject(codedError('NodeStopped')) : this.#node.intake.ask(to, message, options);
  }

  #rootGone(reason: ExitReason): void {
    if (this.#state !== 'stopping') this.#goDown(reason);
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
