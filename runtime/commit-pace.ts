// Whether stepping a batch while another is being written pays: it splits what one commit would carry, so it does when the steps take
// longer than the commit. Both are measured as the node runs; a slow disk gets few large batches, a fast one many that overlap.
import type { Clock } from './clock.ts';

/** Weight of the newest measurement. */
const NEWEST = 0.2;
/** Batches of fewer steps say nothing about how long a step takes. */
const FEWEST_STEPS = 16;

export class CommitPace {
  readonly #clock: Clock;
  #stepMs = 0;
  #commitMs = 0;
  #lastWritten = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get now(): number {
    return this.#clock.monotonic();
  }

  stepped(steps: number, since: number): void {
    if (steps >= FEWEST_STEPS) this.#stepMs += NEWEST * ((this.now - since) / steps - this.#stepMs);
  }

  /** The commit of a batch closed at `closedAt` has its answer. It began only when the one before had its own. */
  written(closedAt: number): void {
    const { now } = this;
    this.#commitMs += NEWEST * (now - Math.max(closedAt, this.#lastWritten) - this.#commitMs);
    this.#lastWritten = now;
  }

  /** Of so much mail, taken in two batches. */
  overlapPays(mail: number): boolean {
    return this.#commitMs <= mail * this.#stepMs;
  }
}
