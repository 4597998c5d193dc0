// Who subscribed to what, and whom a message goes to: every plain subscriber, and one of each queue in turn.
import type { Subject } from '../../runtime/subject.ts';
import type { DeliveryHandler, Subscription } from '../../runtime/transport.ts';
import { SubjectIndex } from './subject-index.ts';

/** Its place in the index, and whether it still takes what is under way to it. */
export interface Subscriber {
  readonly pattern: Subject;
  readonly queue: string | undefined;
  readonly handler: DeliveryHandler;
  active: boolean;
}

export class Subscriptions {
  readonly #index = new SubjectIndex<Subscriber>();
  /** Turns of each queue. As in NATS a queue is one by its name, whichever patterns its members came by. */
  readonly #turns = new Map<string, { turn: number; members: number }>();
  /** Resolves when what is under way has been handed over. */
  readonly #idle: () => Promise<void>;

  constructor(idle: () => Promise<void>) {
    this.#idle = idle;
  }

  get size(): number {
    return this.#index.size;
  }

  add(pattern: Subject, queue: string | undefined, handler: DeliveryHandler): Subscription {
    const subscriber: Subscriber = { pattern, queue, handler, active: true };
    this.#index.add(pattern, subscriber);
    if (queue !== undefined) this.#queueOf(queue).members += 1;
    let listed = true;
    const leave = (): void => {
      if (listed) this.#remove(subscriber);
      listed = false;
    };
    return {
      pattern,
      unsubscribe: () => {
        subscriber.active = false;
        leave();
      },
      drain: () => {
        leave();
        return this.#idle();
      },
    };
  }

  #remove(subscriber: Subscriber): void {
    this.#index.remove(subscriber.pattern, subscriber);
    if (subscriber.queue === undefined) return;
    const queue = this.#queueOf(subscriber.queue);
    queue.members -= 1;
    if (queue.members === 0) this.#turns.delete(subscriber.queue);
  }

  #queueOf(name: string): { turn: number; members: number } {
    const queue = this.#turns.get(name) ?? { turn: 0, members: 0 };
    this.#turns.set(name, queue);
    return queue;
  }

  /** Whom a message to the subject goes to. */
  receivers(subject: Subject): Subscriber[] {
    const receivers: Subscriber[] = [];
    const queues = new Map<string, Subscriber[]>();
    for (const subscriber of this.#index.match(subject)) {
      if (subscriber.queue === undefined) receivers.push(subscriber);
      else queues.set(subscriber.queue, [...(queues.get(subscriber.queue) ?? []), subscriber]);
    }
    for (const [name, members] of queues) receivers.push(...this.#nextOf(name, members));
    return receivers;
  }

  #nextOf(name: string, members: readonly Subscriber[]): Subscriber[] {
    const queue = this.#queueOf(name);
    queue.turn += 1;
    const start = queue.turn % members.length;
    return members.slice(start, start + 1);
  }
}
