// Runs volatile cells: first in, first out, at most 64 steps a turn, without starving the event loop.
import type { Turns } from './turns.ts';

interface Runnable {
  queued: boolean;
  /** Takes at most `most` steps; true when mail is left. */
  run(most: number): boolean;
}

const STEPS_A_TURN = 64;
const TURNS_BEFORE_YIELD = 256;

export class VolatileScheduler {
  readonly #turns: Turns;
  #ready: Runnable[] = [];
  #draining = false;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  schedule(cell: Runnable): void {
    if (cell.queued) return;
    cell.queued = true;
    this.#ready.push(cell);
    if (this.#draining) return;
    this.#draining = true;
    this.#turns.soon(this.#drain);
  }

  readonly #drain = (): void => {
    let turns = 0;
    for (let at = 0; at < this.#ready.length; at += 1) {
      const cell = this.#ready[at] as Runnable;
      cell.queued = false;
      if (cell.run(STEPS_A_TURN) && !cell.queued) {
        cell.queued = true;
        this.#ready.push(cell);
      }
      turns += 1;
      if (turns === TURNS_BEFORE_YIELD) {
        this.#ready = this.#ready.slice(at + 1);
        this.#turns.next(this.#drain);
        return;
      }
    }
    this.#ready = [];
    this.#draining = false;
  };
}
