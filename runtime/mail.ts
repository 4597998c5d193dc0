// One queued message with what the kernel knows of it. Identity, time and trace are filled only when journalled, observed or sent out.
import type { Address } from './address.ts';
import type { Message, Priority } from './envelope.ts';

export type MailKind = 'message' | 'timer' | 'effect' | 'subscription';

/** Called once when the message's acceptance is committed, or is known or feared not to be. */
export interface Acceptance {
  resolve(): void;
  reject(error: Error): void;
}

export class Mail {
  readonly kind: MailKind;
  readonly from: Address | null;
  readonly message: Message;
  readonly priority: Priority;
  /** Row number; 0 while it has none. */
  seq = 0;
  attempts = 0;
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
  /** Given by the sender from outside: a receipt is kept under it. */
  receipt = false;

  constructor(kind: MailKind, from: Address | null, message: Message, priority: Priority = 'normal') {
    this.kind = kind;
    this.from = from;
    this.message = message;
    this.priority = priority;
  }
}
