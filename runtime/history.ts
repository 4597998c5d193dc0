// The last transitions of an actor, for people and for the inspector. A ring: old ones fall out.

export const HISTORY_KEPT = 200;

export interface Transition {
  readonly step: number;
  /** Wall time, ms. */
  readonly at: number;
  readonly epoch: number;
  readonly messageId: string | null;
  readonly type: string;
  /** State values before and after; null for logic without states. */
  readonly from: unknown;
  readonly to: unknown;
  readonly cause: string | null;
  /** Ids of effects that the step began. */
  readonly effects: readonly string[];
}

export class History {
  #ring: Transition[] = [];
  #next = 0;

  add(transition: Transition): void {
    if (this.#ring.length < HISTORY_KEPT) {
      this.#ring.push(transition);
      return;
    }
    this.#ring[this.#next] = transition;
    this.#next = (this.#next + 1) % HISTORY_KEPT;
  }

  /** Takes back steps that were never committed. */
  forgetAfter(step: number): void {
    const kept = this.list().filter((transition) => transition.step <= step);
    this.#ring = kept;
    this.#next = 0;
  }

  /** Oldest first. */
  list(): Transition[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }
}
