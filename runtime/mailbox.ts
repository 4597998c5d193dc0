// Per-actor queue with four lanes. Control overtakes all; below it, one take in AGEING comes from the lowest waiting lane (K8).
import type { Priority } from './envelope.ts';
import type { Mail } from './mail.ts';

const AGEING = 16;
const LANE: Readonly<Record<Priority, 0 | 1 | 2 | 3>> = { control: 0, high: 1, normal: 2, low: 3 };

class Lane {
  items: Mail[] = [];
  head = 0;

  get size(): number {
    return this.items.length - this.head;
  }

  take(): Mail | undefined {
    const mail = this.items[this.head];
    if (mail === undefined) return undefined;
    this.head += 1;
    if (this.head === this.items.length) {
      this.items.length = 0;
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return mail;
  }

  takeFirst(wanted: (mail: Mail) => boolean): Mail | undefined {
    for (let at = this.head; at < this.items.length; at += 1) {
      const mail = this.items[at];
      if (mail !== undefined && wanted(mail)) return this.items.splice(at, 1)[0];
    }
    return undefined;
  }

  untake(mails: readonly Mail[]): void {
    this.items = [...mails, ...this.items.slice(this.head)];
    this.head = 0;
  }

  remove(wanted: (mail: Mail) => boolean): Mail[] {
    const waiting = this.items.slice(this.head);
    this.items = waiting.filter((mail) => !wanted(mail));
    this.head = 0;
    return waiting.filter(wanted);
  }
}

export class Mailbox {
  readonly #normal = new Lane();
  /** Made when first used: most actors only ever see normal mail. */
  #others: [Lane, Lane, Lane] | undefined;
  #takes = 0;
  size = 0;

  put(mail: Mail): void {
    this.#lane(mail.priority).items.push(mail);
    this.size += 1;
  }

  /** Puts mail back at the front of its lanes, keeping the given order. */
  putBack(mails: readonly Mail[]): void {
    for (const priority of ['control', 'high', 'normal', 'low'] as const) {
      const own = mails.filter((mail) => mail.priority === priority);
      if (own.length > 0) this.#lane(priority).untake(own);
    }
    this.size += mails.length;
  }

  take(): Mail | undefined {
    const others = this.#others;
    if (others === undefined) return this.#taken(this.#normal.take());
    const [control, high, low] = others;
    if (control.size > 0) return this.#taken(control.take());
    this.#takes += 1;
    if (this.#takes % AGEING === 0) return this.#taken(low.take() ?? this.#normal.take() ?? high.take());
    return this.#taken(high.take() ?? this.#normal.take() ?? low.take());
  }

  /** The next one that does not wait when its actor pauses (K21). */
  takeUrgent(): Mail | undefined {
    const [control, high] = this.#others ?? [];
    return this.#taken(control?.take() ?? high?.take() ?? this.#normal.takeFirst((mail) => mail.kind !== 'message'));
  }

  /** Takes out all queued mail that matches, in lane order. */
  remove(wanted: (mail: Mail) => boolean): Mail[] {
    const lanes = this.#others === undefined ? [this.#normal] : [this.#others[0], this.#others[1], this.#normal, this.#others[2]];
    const removed = lanes.flatMap((lane) => lane.remove(wanted));
    this.size -= removed.length;
    return removed;
  }

  #taken(mail: Mail | undefined): Mail | undefined {
    if (mail !== undefined) this.size -= 1;
    return mail;
  }

  #lane(priority: Priority): Lane {
    if (priority === 'normal') return this.#normal;
    this.#others ??= [new Lane(), new Lane(), new Lane()];
    const index = LANE[priority];
    return this.#others[index === 3 ? 2 : index === 1 ? 1 : 0];
  }
}
