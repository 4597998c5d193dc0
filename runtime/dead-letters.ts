// Envelopes nobody could take, each with its reason. The asker is told; the journal keeps those of durable traffic.
import type { Address } from './address.ts';
import type { Asks } from './asks.ts';
import type { Clock } from './clock.ts';
import type { Envelope } from './envelope.ts';
import { codedError, type TroupeError } from './errors.ts';
import type { DeadLetterReason } from './journal.ts';
import type { Mail } from './mail.ts';
import type { NewId } from './message-id.ts';
import type { Telemetry } from './telemetry.ts';

const KEPT = 1_000;

export interface DeadLetter {
  readonly at: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly envelope: Envelope;
}

/** The envelope around a mail; fills identity and time when it has none yet. */
export function envelopeOf(mail: Mail, to: Address, now: number, newId: NewId): Envelope {
  mail.sentAt ||= now;
  mail.id ??= newId(mail.sentAt);
  return {
    id: mail.id,
    from: mail.from,
    to,
    message: mail.message,
    priority: mail.priority,
    sentAt: mail.sentAt,
    ...(mail.correlationId === undefined ? {} : { correlationId: mail.correlationId }),
    ...(mail.causationId === undefined ? {} : { causationId: mail.causationId }),
    ...(mail.ask === undefined ? {} : { replyTo: mail.ask }),
    ...(mail.expiresAt === undefined ? {} : { expiresAt: mail.expiresAt }),
    ...(mail.about === undefined ? {} : { about: mail.about }),
    ...(mail.receipt ? { receipt: true } : {}),
    ...(mail.trace === undefined ? {} : { trace: mail.trace }),
  };
}

function askerError(reason: DeadLetterReason, detail: string, type: string, address: Address, attempts: number): TroupeError {
  switch (reason) {
    case 'unhandled':
      return codedError('MessageUnhandled', { address, type });
    case 'poisoned':
      return codedError('MessagePoisoned', { address, type, attempts, cause: detail });
    case 'expired':
      return codedError('MessageExpired', { address, type });
    case 'invalid':
      return codedError('InvalidMessage', { field: 'message', problem: detail });
    case 'quarantined':
      return codedError('ActorQuarantined', { address, reason: detail });
    case 'noproc':
      return detail === '' ? codedError('NoSuchActor', { address }) : codedError('ActorDown', { address, reason: detail });
    case 'cancelled':
    case 'stale':
      return codedError('ActorDown', { address, reason: `${reason} ${detail}`.trim() });
  }
}

export class DeadLetters {
  readonly #clock: Clock;
  readonly #asks: Asks;
  readonly #telemetry: Telemetry;
  readonly #newId: NewId;
  #recent: DeadLetter[] = [];

  constructor(clock: Clock, asks: Asks, telemetry: Telemetry, newId: NewId) {
    this.#clock = clock;
    this.#asks = asks;
    this.#telemetry = telemetry;
    this.#newId = newId;
  }

  build(reason: DeadLetterReason, detail: string, mail: Mail, to: Address): DeadLetter {
    const at = this.#clock.now();
    return { at, reason, detail, envelope: envelopeOf(mail, to, at, this.#newId) };
  }

  /** Tells the asker and the stream. Durable ones call this after their commit. */
  announce(letter: DeadLetter, mail: Mail): void {
    this.#recent.push(letter);
    if (this.#recent.length > 2 * KEPT) this.#recent = this.#recent.slice(-KEPT);
    const { reason, detail, envelope } = letter;
    if (mail.ask !== undefined) this.#asks.reject(mail.ask, askerError(reason, detail, mail.message.type, envelope.to, mail.attempts));
    if (this.#telemetry.observed) this.#telemetry.emit({ kind: 'dead_letter', address: envelope.to, type: mail.message.type, reason, detail });
  }

  /** The latest of this process, oldest first. */
  recent(): readonly DeadLetter[] {
    return this.#recent.slice(-KEPT);
  }
}
