// One queued message with what the kernel knows of it. Identity, time and trace are filled only when journalled, observed or sent out.
import type { Address } from './address.ts';
import type { AskRef, OpenAsk } from './asks.ts';
import type { Message, Priority } from './envelope.ts';

/** All but `message` are the kernel's own, and may carry reserved types (K5). */
export type MailKind = 'message' | 'timer' | 'effect' | 'subscription' | 'child' | 'kernel' | 'signal';

/** Called once when the message's acceptance is committed, or is known or feared not to be. */
export interface Acceptance {
  resolve(): void;
  reject(error: Error): void;
}

/** Its place in the line of mail that no batch has taken yet. */
export interface FreshPlace {
  readonly mail: Mail;
  to: Address;
  before: FreshPlace | undefined;
  after: FreshPlace | undefined;
}

export class Mail {
  readonly kind: MailKind;
  readonly from: Address | null;
  readonly message: Message;
  readonly priority: Priority;
  /** Arrival order over the node; 0 for mail of volatile actors. */
  seq = 0;
  fresh: FreshPlace | undefined;
  /** Whether the journal holds a row of it. */
  rowed = false;
  /** The batch that wrote it; 0 when an earlier node or an earlier run did. */
  rowedIn = 0;
  /** Sent by a step: committed with it, and gone with it when the commit fails. Otherwise an input from outside a batch. */
  fromStep = false;
  /** Batches that closed while it waited for a first one to take it. */
  waited = 0;
  /** Kept until the next state change (K6). */
  postponed = false;
  attempts = 0;
  /** Why the last of them failed, where that was in this process. */
  failure: unknown;
  id: string | undefined;
  sentAt = 0;
  /** Return address of an ask. */
  ask: string | undefined;
  /** Timer key or effect key. */
  source: string | undefined;
  /** Timer generation or effect epoch: stale ones are dropped. */
  generation = 0;
  correlationId: string | undefined;
  causationId: string | undefined;
  expiresAt: number | undefined;
  trace: string | undefined;
  acceptance: Acceptance | undefined;
  /** Control: the id of the message it is about (K22). */
  about: string | undefined;
  /** Given by the sender from outside: a receipt is kept under it. */
  receipt = false;

  constructor(kind: MailKind, from: Address | null, message: Message, priority: Priority = 'normal') {
    this.kind = kind;
    this.from = from;
    this.message = message;
    this.priority = priority;
  }
}

/** What most mail of volatile actors is: a message, its sender and who asked. All else is as in a new Mail, from its prototype. */
class PlainMail {
  readonly from: Address | null;
  readonly message: Message;
  readonly asker: OpenAsk | undefined;

  constructor(from: Address | null, message: Message, asker: OpenAsk | undefined) {
    this.from = from;
    this.message = message;
    this.asker = asker;
  }
  get ask(): string | undefined {
    return this.asker?.id;
  }
}
Object.setPrototypeOf(PlainMail.prototype, new Mail('message', null, { type: '' }));

/** What the kernel tells a supervisor. */
class KernelMail {
  readonly message: Message;

  constructor(message: Message) {
    this.message = message;
  }
}
Object.setPrototypeOf(KernelMail.prototype, new Mail('kernel', null, { type: '' }));

/** From the kernel itself, with nothing but its message. */
export function kernelMail(message: Message): Mail {
  return new KernelMail(message) as unknown as Mail;
}

/** A mail of normal priority of which nothing more is known: a quarter of the size of others. */
export function plainMail(from: Address | null, message: Message, asker?: OpenAsk): Mail {
  return new PlainMail(from, message, asker) as unknown as Mail;
}

/** Who waits for the answer. */
export function askerOf(mail: Mail): AskRef | undefined {
  return mail instanceof PlainMail ? mail.asker : mail.ask;
}
