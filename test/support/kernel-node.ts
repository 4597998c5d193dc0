// A node of the kernel for one test: a real system over a journal that can fail, on a clock that only the test moves.
import { onTestFinished } from 'vitest';
import {
  type BatchLimits,
  type ChildSpec,
  createSystem,
  describeExit,
  type Journal,
  type MailboxLimits,
  type MemoryStore,
  type Message,
  memoryJournal,
  memoryStore,
  type ResidencyLimits,
  SimulatedClock,
  type System,
  type SystemOptions,
  type TelemetryEvent,
} from '../../runtime/index.ts';
import { supervisor } from '../../supervisors/index.ts';
import { FaultyJournal } from './faulty-journal.ts';
import { settle } from './settle.ts';

/** Limits of every node that does not say otherwise. */
export const defaultLimits: { value: Partial<BatchLimits> } = { value: {} };

/** And how much of a deep mailbox is in their memory. */
export const defaultBacklog: { value: NonNullable<SystemOptions['backlog']> } = { value: {} };

export interface NodeOptions {
  readonly store?: MemoryStore;
  readonly clock?: SimulatedClock;
  /** Instead of a store in memory. */
  readonly journal?: Journal;
  readonly limits?: Partial<BatchLimits>;
  readonly residency?: Partial<ResidencyLimits>;
  readonly mailboxes?: Partial<MailboxLimits>;
  readonly backlog?: NonNullable<SystemOptions['backlog']>;
  readonly intensity?: number;
  readonly careful?: NonNullable<SystemOptions['careful']>;
}

export class KernelNode {
  readonly system: System;
  readonly clock: SimulatedClock;
  readonly store: MemoryStore;
  readonly journal: FaultyJournal;
  readonly telemetry: TelemetryEvent[] = [];
  /** Why it went down by itself. */
  ended: string | undefined;

  constructor(system: System, clock: SimulatedClock, store: MemoryStore, journal: FaultyJournal) {
    this.system = system;
    this.clock = clock;
    this.store = store;
    this.journal = journal;
    system.onTelemetry((event) => void this.telemetry.push(event));
  }

  value(address: string): unknown {
    return this.system.inspect(address)?.value;
  }

  context(address: string): Record<string, unknown> {
    return (this.system.inspect(address)?.context ?? {}) as Record<string, unknown>;
  }

  tell(address: string, message: Message, options?: Parameters<ReturnType<System['ref']>['tell']>[1]): Promise<void> {
    return this.system.ref(address).tell(message, options);
  }

  ask(address: string, message: Message, options: { readonly id?: string; readonly timeoutMs?: number } = {}): Promise<unknown> {
    return this.system.ref(address).ask(message, { timeoutMs: 1_000, ...options });
  }

  /** `reason type` of each dead letter of this node. */
  deadLetters(): string[] {
    return this.system.deadLetters().map(({ reason, envelope }) => `${reason} ${envelope.message.type}`);
  }

  /** Whom an actor is linked to, as the node says it. */
  links(address: string): readonly string[] {
    return this.system.inspect(address)?.links ?? [];
  }

  /** `address reason` of each exit of this node, in order. */
  exits(): string[] {
    return this.telemetry.flatMap((event) => (event.kind === 'actor.exited' ? [`${event.address} ${describeExit(event.reason)}`] : []));
  }

  /** Time goes by, and what falls due happens. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }
}

/** Starts a node over the children. A second one on the same store is what a machine is after a crash: the first can write no more. */
export async function startNode(children: readonly ChildSpec[], options: NodeOptions = {}): Promise<KernelNode> {
  const {
    store = memoryStore(),
    clock = new SimulatedClock(),
    limits = defaultLimits.value,
    careful = {},
    residency = {},
    mailboxes = {},
    backlog = defaultBacklog.value,
    intensity = 20,
  } = options;
  const journal = new FaultyJournal(options.journal ?? memoryJournal({ store }));
  const box: { node?: KernelNode } = {};
  const system = await createSystem({
    name: 'test',
    clock,
    journal,
    limits,
    careful,
    residency,
    mailboxes,
    backlog,
    freeze: true,
    root: supervisor({ intensity, children }),
    onExit: (reason) => {
      if (box.node !== undefined) box.node.ended = describeExit(reason);
    },
  });
  box.node = new KernelNode(system, clock, store, journal);
  onTestFinished(() => system.stop());
  await system.start();
  await settle();
  return box.node;
}
