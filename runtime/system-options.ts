// What a system is built from, and what one says to it: options of tells and asks, and the handle to an address.
import type { Address } from './address.ts';
import type { BacklogLimits } from './backlog.ts';
import type { SupervisorBehaviour } from './behaviour.ts';
import type { CarefulLimits } from './careful-boot.ts';
import type { Clock } from './clock.ts';
import type { Message, Priority } from './envelope.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Journal } from './journal.ts';
import type { MailboxLimits } from './mailbox-bounds.ts';
import type { ResidencyLimits } from './passivation.ts';
import type { BatchLimits } from './ready-cells.ts';
import type { Turns } from './turns.ts';

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
  /** How much of a deep mailbox is in memory (K21). */
  readonly backlog?: Partial<BacklogLimits>;
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
