// Everything that a run leaves to chance is drawn here, from its seed alone.
import { randomFrom } from '../support/length.ts';

export class Chance {
  /** Uniform in [0, 1). */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = randomFrom(seed);
    // Neighbouring seeds begin alike.
    for (let warm = 0; warm < 8; warm += 1) this.next();
  }

  /** True in a share of the draws. A share of zero draws nothing, so that a fault that is off disturbs nothing. */
  happens(share: number): boolean {
    return share > 0 && this.next() < share;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T;
  }

  /** By weight: `[what, weight]`. */
  weigh<T>(choices: ReadonlyArray<readonly [T, number]>): T {
    let left = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [choice, weight] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return (choices[choices.length - 1] as readonly [T, number])[0];
  }

  /** A source of its own, so that what draws from it shifts nobody else's draws. */
  fork(): Chance {
    return new Chance(Math.floor(this.next() * 2 ** 32));
  }
}
