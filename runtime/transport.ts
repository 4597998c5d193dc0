// Port: how bytes travel between processes and hosts. Volatile, at most once; what must not be lost is in the journal before it
// is published. Semantics are core NATS's; test/transports/transport-contract.ts holds every implementation to them.
import type { Subject } from './subject.ts';

export type TransportState = 'connected' | 'reconnecting' | 'draining' | 'closed';

export interface TransportStatus {
  readonly kind: string;
  readonly state: TransportState;
  readonly subscriptions: number;
  /** Largest message, headers included, in bytes. */
  readonly maxBytes: number;
}

export type Headers = Readonly<Record<string, string>>;

/** A message as a subscriber sees it. Its bytes are its own: whoever published them may change theirs. */
export interface Delivery {
  readonly subject: Subject;
  readonly bytes: Uint8Array;
  readonly headers: Headers;
  /** Answers a request. Undefined for what was only published. The first answer counts. */
  readonly reply: ((bytes: Uint8Array, headers?: Headers) => void) | undefined;
}

/** A throw, or a rejection, goes to the transport's `onError` and disturbs nobody else. */
export type DeliveryHandler = (delivery: Delivery) => void | Promise<void>;

export interface SubscribeOptions {
  /** Of the subscribers that name the same queue, whichever their patterns, each message goes to one. */
  readonly queue?: string;
}

export interface Subscription {
  readonly pattern: Subject;
  /** At once: what is under way to it is dropped. */
  unsubscribe(): void;
  /** Takes nothing new; resolves when what is under way has been handed over. */
  drain(): Promise<void>;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly headers?: Headers;
}

export interface Transport {
  /**
   * Hands over to all subscribers, later, never within this call. One publisher's messages reach one subscriber in order.
   * Throws `InvalidSubject`, `PayloadTooLarge` or `TransportClosed`; nobody listening is no error.
   */
  publish(subject: Subject, bytes: Uint8Array, headers?: Headers): void;
  /** Effective for all that this transport publishes after the call; for other publishers, after `flush()`. */
  subscribe(pattern: Subject, options: SubscribeOptions, handler: DeliveryHandler): Subscription;
  /** The first answer. Rejects with `NoResponders` at once when nobody listens, `CallTimeout`, `TransportClosed`. */
  request(subject: Subject, bytes: Uint8Array, options: RequestOptions): Promise<Delivery>;
  /** Resolves when what was published and subscribed before is known wherever this transport connects to. */
  flush(): Promise<void>;
  /** Publishes nothing new, hands over what is under way, and closes. Requests that wait are rejected. */
  drain(): Promise<void>;
  status(): TransportStatus;
}
