// Time of a run: what is to happen, in order, one thing after the other. It jumps from one to the next and never waits. Of an owner that
// has died nothing happens any more. Wall time can step; true time cannot.
import { Heap } from '../../runtime/heap.ts';

export interface Owner {
  readonly alive: boolean;
}

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner;
  readonly run: () => void;
  cancelled: boolean;
}

const STARTS_AT = 1_767_225_600_000;
/** A delay that is none still lets time pass, as every timer of the world does: differences of fractions would stand still for ever. */
const SHORTEST_MS = 0.001;
export const ALWAYS: Owner = { alive: true };

export class Timeline {
  /** True time in ms since the run began. */
  now = 0;
  #stepped = 0;
  #furthest = 0;
  #order = 0;
  readonly #heap = new Heap<Happening>(isBefore);

  get wall(): number {
    return STARTS_AT + Math.floor(this.now) + this.#stepped;
  }

  /** How far wall time is ahead of where it would be without steps. */
  get stepped(): number {
    return this.#stepped;
  }

  stepWall(ms: number): void {
    this.#stepped += ms;
    this.#furthest = Math.max(this.#furthest, this.#stepped);
  }

  /** The furthest that wall time has been ahead so far. */
  get furthest(): number {
    return this.#furthest;
  }

  /** Runs once after `delayMs`. Returns its cancellation. */
  after(delayMs: number, owner: Owner, run: () => void): () => void {
    const happening: Happening = { at: this.now + (delayMs > 0 ? Math.max(SHORTEST_MS, delayMs) : 0), order: this.#order++, owner, run, cancelled: false };
    this.#heap.put(happening);
    return () => {
      happening.cancelled = true;
    };
  }

  wait(delayMs: number, owner: Owner = ALWAYS): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, owner, resolve));
  }

  /** The next thing happens, with all that follows from it at once. False when nothing is left before `until`. */
  async step(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    const next = this.#next();
    if (next === undefined || next.at > until) return false;
    this.#heap.take();
    this.now = next.at;
    next.run();
    await drained();
    return true;
  }

  #next(): Happening | undefined {
    for (let first = this.#heap.first; first !== undefined; first = this.#heap.first) {
      if (!first.cancelled && first.owner.alive) return first;
      this.#heap.take();
    }
    return undefined;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** All promises that can settle have. Nothing in a run waits for the real world, so this is all that there is. */
export function drained(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
