// A clock that moves only when told. Timers due at the same instant run in the order they were set.
import type { Clock } from './clock.ts';
import { Heap } from './heap.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly due: () => void;
  cancelled: boolean;
}

/** Cancelled timers that are kept until their time comes, besides as many as wait. */
const MOST_CANCELLED = 64;

export class SimulatedClock implements Clock {
  #wall: number;
  #elapsed = 0;
  #order = 0;
  #waiting = 0;
  readonly #timers = new Heap<Pending>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));

  constructor(startsAt = 1_767_225_600_000) {
    this.#wall = startsAt;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, due: () => void): () => void {
    const entry: Pending = { at: this.#elapsed + Math.max(0, delayMs), order: this.#order++, due, cancelled: false };
    this.#waiting += 1;
    this.#timers.put(entry);
    return () => this.#cancel(entry);
  }

  /** Moves both times forward, running what falls due on the way, and what that sets within the span. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#timers.first; next !== undefined && next.at <= end; next = this.#timers.first) {
      this.#timers.take();
      if (next.cancelled) continue;
      this.#cancel(next);
      this.#moveTo(next.at);
      next.due();
    }
    this.#moveTo(end);
  }

  /** Steps wall time only, as an operator or NTP would. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  get pending(): number {
    return this.#waiting;
  }

  #moveTo(at: number): void {
    this.#wall += at - this.#elapsed;
    this.#elapsed = at;
  }

  /** Once: it is late when it ran, or was cancelled before. */
  #cancel(entry: Pending): void {
    if (entry.cancelled) return;
    entry.cancelled = true;
    this.#waiting -= 1;
    if (this.#timers.size > 2 * this.#waiting + MOST_CANCELLED) this.#timers.retain(({ cancelled }) => !cancelled);
  }
}
