// The network between clients outside and the node: a transport around the local one that loses, repeats, delays and so reorders what it
// carries, requests and answers alike.
import type { Clock } from '../../runtime/index.ts';
import { codedError } from '../../runtime/index.ts';
import type { Subject } from '../../runtime/subject.ts';
import type { Delivery, DeliveryHandler, Headers, RequestOptions, SubscribeOptions, Subscription, Transport, TransportStatus } from '../../runtime/transport.ts';
import { localTransport } from '../../transports/index.ts';
import type { Surroundings } from './disk.ts';
import { ALWAYS } from './timeline.ts';

export class SimulatedNetwork implements Transport {
  readonly #around: Surroundings;
  readonly #inner: Transport;

  constructor(around: Surroundings) {
    this.#around = around;
    const { time } = around;
    const clock: Clock = { now: () => time.wall, monotonic: () => time.now, after: (delayMs, due) => time.after(delayMs, ALWAYS, due) };
    this.#inner = localTransport({ clock });
  }

  publish(subject: Subject, bytes: Uint8Array, headers?: Headers): void {
    this.#carry(() => this.#inner.publish(subject, bytes, headers));
  }

  subscribe(pattern: Subject, options: SubscribeOptions, handler: DeliveryHandler): Subscription {
    return this.#inner.subscribe(pattern, options, handler);
  }

  /** The first answer that gets through counts. */
  request(subject: Subject, bytes: Uint8Array, { timeoutMs, headers = {} }: RequestOptions): Promise<Delivery> {
    return new Promise((resolve, reject) => {
      const cancel = this.#around.time.after(timeoutMs, ALWAYS, () => reject(codedError('CallTimeout', { method: subject, timeoutMs })));
      const answered = (settle: () => void): void =>
        this.#carry(() => {
          cancel();
          settle();
        });
      this.#carry(() => {
        this.#inner.request(subject, bytes, { timeoutMs, headers }).then(
          (answer) => answered(() => resolve(answer)),
          (error: unknown) => answered(() => reject(error)),
        );
      });
    });
  }

  flush(): Promise<void> {
    return this.#inner.flush();
  }

  drain(): Promise<void> {
    return this.#inner.drain();
  }

  status(): TransportStatus {
    return this.#inner.status();
  }

  /** Never, once, or several times, each at its own time. */
  #carry(arrive: () => void): void {
    const { time, chance, weather } = this.#around;
    const { lost, repeated, late } = weather.network;
    if (chance.happens(lost)) return;
    const times = chance.happens(repeated) ? chance.whole(2, 3) : 1;
    for (let copy = 0; copy < times; copy += 1) time.after(chance.happens(late) ? chance.between(10, 250) : chance.between(0.1, 3), ALWAYS, arrive);
  }
}
