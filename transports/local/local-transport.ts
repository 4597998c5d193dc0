// The transport inside one process: the embedded default. Same subjects and semantics as NATS, and nothing leaves the process.
// Transports that share a bus see each other's messages, as clients of one broker do.
import { type Clock, codedError, systemClock } from '../../runtime/index.ts';
import { checkPattern, checkSubject, type Subject } from '../../runtime/subject.ts';
import type { Delivery, DeliveryHandler, Headers, RequestOptions, SubscribeOptions, Subscription, Transport, TransportState, TransportStatus } from '../../runtime/transport.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { PendingRequests } from './pending-requests.ts';
import { type Subscriber, Subscriptions } from './subscriptions.ts';

/** What several local transports share. */
export class LocalBus {
  readonly deliveries = new DeliveryQueue();
  readonly subscriptions = new Subscriptions(() => this.deliveries.idle());
}

export interface LocalTransportOptions {
  readonly bus?: LocalBus;
  readonly clock?: Clock;
  /** Default 1 MiB, as a NATS server has. */
  readonly maxBytes?: number;
  /** A handler threw. Default: it goes to nobody. */
  readonly onError?: (error: unknown, subject: Subject) => void;
}

type Reply = Delivery['reply'];
const NO_HEADERS: Headers = Object.freeze({});

export function localTransport(options: LocalTransportOptions = {}): Transport {
  return new LocalTransport(options);
}

class LocalTransport implements Transport {
  readonly #bus: LocalBus;
  readonly #maxBytes: number;
  readonly #onError: (error: unknown, subject: Subject) => void;
  readonly #mine = new Set<Subscription>();
  readonly #requests: PendingRequests;
  #state: TransportState = 'connected';
  #drained: Promise<void> | undefined;

  constructor({ bus = new LocalBus(), clock = systemClock, maxBytes = 1_048_576, onError = () => undefined }: LocalTransportOptions) {
    this.#bus = bus;
    this.#maxBytes = maxBytes;
    this.#onError = onError;
    this.#requests = new PendingRequests(clock);
  }

  publish(subject: Subject, bytes: Uint8Array, headers: Headers = NO_HEADERS): void {
    this.#checkOpen();
    this.#checkMessage(subject, bytes, headers);
    this.#deliver(this.#bus.subscriptions.receivers(subject), { subject, bytes, headers, reply: undefined });
  }

  subscribe(pattern: Subject, { queue }: SubscribeOptions, handler: DeliveryHandler): Subscription {
    this.#checkOpen();
    const inner = this.#bus.subscriptions.add(checkPattern(pattern), queue, (delivery) => this.#hand(handler, delivery));
    const subscription: Subscription = {
      pattern,
      unsubscribe: () => {
        this.#mine.delete(subscription);
        inner.unsubscribe();
      },
      drain: () => {
        this.#mine.delete(subscription);
        return inner.drain();
      },
    };
    this.#mine.add(subscription);
    return subscription;
  }

  async request(subject: Subject, bytes: Uint8Array, { timeoutMs, headers = NO_HEADERS }: RequestOptions): Promise<Delivery> {
    this.#checkOpen();
    this.#checkMessage(subject, bytes, headers);
    const receivers = this.#bus.subscriptions.receivers(subject);
    if (receivers.length === 0) throw codedError('NoResponders', { subject });
    const { answer, settle } = this.#requests.open(subject, timeoutMs);
    this.#deliver(receivers, { subject, bytes, headers, reply: this.#replyTo(subject, settle) });
    return answer;
  }

  /** The answer travels as a message of its own: later, copied, bounded. */
  #replyTo(subject: Subject, settle: (delivery: Delivery) => void): Reply {
    return (bytes, headers = NO_HEADERS) => {
      this.#checkMessage(subject, bytes, headers);
      const answer = ownCopy({ subject, bytes, headers, reply: undefined });
      this.#bus.deliveries.add(() => settle(answer));
    };
  }

  #deliver(receivers: readonly Subscriber[], delivery: Delivery): void {
    for (const subscriber of receivers) {
      const own = ownCopy(delivery);
      this.#bus.deliveries.add(() => {
        if (subscriber.active) void subscriber.handler(own);
      });
    }
  }

  async #hand(handler: DeliveryHandler, delivery: Delivery): Promise<void> {
    try {
      await handler(delivery);
    } catch (error) {
      this.#onError(error, delivery.subject);
    }
  }

  flush(): Promise<void> {
    return this.#bus.deliveries.idle();
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    this.#state = 'draining';
    await Promise.all([...this.#mine].map((subscription) => subscription.drain()));
    await this.flush();
    this.#state = 'closed';
    this.#requests.rejectAll(codedError('TransportClosed', { kind: 'local', state: 'closed' }));
  }

  status(): TransportStatus {
    return { kind: 'local', state: this.#state, subscriptions: this.#mine.size, maxBytes: this.#maxBytes };
  }

  #checkOpen(): void {
    if (this.#state !== 'connected') throw codedError('TransportClosed', { kind: 'local', state: this.#state });
  }

  #checkMessage(subject: Subject, { byteLength }: Uint8Array, headers: Headers): void {
    checkSubject(subject);
    let bytes = byteLength;
    for (const [name, value] of Object.entries(headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (bytes > this.#maxBytes) throw codedError('PayloadTooLarge', { subject, bytes, maxBytes: this.#maxBytes });
  }
}

/** What was sent, as it was when it was sent: neither the sender nor another receiver can change it any more. */
function ownCopy(delivery: Delivery): Delivery {
  return { ...delivery, bytes: delivery.bytes.slice(), headers: { ...delivery.headers } };
}
