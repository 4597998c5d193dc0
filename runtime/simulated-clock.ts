// A clock that moves only when told. Timers due at the same instant run in the order they were set.
import type { Clock } from './clock.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly due: () => void;
}

export class SimulatedClock implements Clock {
  #wall: number;
  #elapsed = 0;
  #order = 0;
  readonly #pending = new Set<Pending>();

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
    const entry: Pending = { at: this.#elapsed + Math.max(0, delayMs), order: this.#order++, due };
    this.#pending.add(entry);
    return () => void this.#pending.delete(entry);
  }

  /** Moves both times forward, running what falls due on the way, and what that sets within the span. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#moveTo(next.at);
      this.#pending.delete(next);
      next.due();
    }
    this.#moveTo(end);
  }

  /** Steps wall time only, as an operator or NTP would. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  get pending(): number {
    return this.#pending.size;
  }

  #moveTo(at: number): void {
    this.#wall += at - this.#elapsed;
    this.#elapsed = at;
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (entry.at > end) continue;
      if (first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry;
    }
    return first;
  }
}
