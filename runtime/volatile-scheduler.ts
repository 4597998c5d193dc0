// Runs volatile cells: first in, first out, at most 64 steps a turn, without starving the event loop. What bounds a run is its steps and its
// time, not its turns: where many cells have one message each, mail would come faster than it is taken, and grow old in mailboxes.
import type { Clock } from './clock.ts';
import { Line } from './line.ts';
import type { Turns } from './turns.ts';

interface Runnable {
  queued: boolean;
  /** Takes at most `most` steps and says how many: as many, and mail may be left. */
  run(most: number): number;
}

const STEPS_A_TURN = 64;
const STEPS_BEFORE_YIELD = 4_096;
const MS_BEFORE_YIELD = 8;
/** So many share one reading of the clock. */
const STEPS_A_READING = 64;

export class VolatileScheduler {
  readonly #turns: Turns;
  readonly #clock: Clock;
  readonly #ready = new Line<Runnable>();
  #draining = false;
  #at = 0;
  /** Steps that may still share the last reading of the clock. */
  #sharing = 0;

  constructor(turns: Turns, clock: Clock) {
    this.#turns = turns;
    this.#clock = clock;
  }

  /** Wall time of a step, read once for 64 of them at most that follow each other without a pause. */
  stepTime(): number {
    if (this.#sharing === 0) {
      this.#at = this.#clock.now();
      this.#sharing = STEPS_A_READING;
    }
    this.#sharing -= 1;
    return this.#at;
  }

  schedule(cell: Runnable): void {
    if (cell.queued) return;
    this.#add(cell);
    if (this.#draining) return;
    this.#draining = true;
    this.#turns.soon(this.#drain);
  }

  #add(cell: Runnable): void {
    cell.queued = true;
    this.#ready.add(cell);
  }

  readonly #drain = (): void => {
    const from = this.#clock.monotonic();
    let looked = 0;
    let steps = 0;
    this.#sharing = 0;
    for (let cell = this.#ready.take(); cell !== undefined; cell = this.#ready.take()) {
      cell.queued = false;
      const taken = cell.run(STEPS_A_TURN);
      if (taken === STEPS_A_TURN && !cell.queued) this.#add(cell);
      // A turn that found nothing to take counts as well.
      steps += taken + 1;
      if (steps - looked < STEPS_A_READING) continue;
      looked = steps;
      if (steps < STEPS_BEFORE_YIELD && this.#clock.monotonic() - from < MS_BEFORE_YIELD) continue;
      this.#turns.next(this.#drain);
      return;
    }
    this.#draining = false;
  };
}
