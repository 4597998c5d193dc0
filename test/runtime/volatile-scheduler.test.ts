// When volatile cells have their turns, and when they give way to the event loop.
import { beforeEach, describe, expect, it } from 'vitest';
import { VolatileScheduler } from '../../runtime/volatile-scheduler.ts';

const later: Array<() => void> = [];
const soon: Array<() => void> = [];
let now = 0;
let readings = 0;
const clock = {
  now: () => {
    readings += 1;
    return now;
  },
  monotonic: () => now,
  after: () => () => undefined,
};
const turns = { soon: (run: () => void) => void soon.push(run), next: (run: () => void) => void later.push(run) };

/** A cell with so much mail, each of which takes so long. */
function cell(mail: number, takesMs = 0) {
  const made = {
    queued: false,
    taken: 0,
    run(most: number): number {
      const steps = Math.min(most, mail - made.taken);
      made.taken += steps;
      now += steps * takesMs;
      return steps;
    },
  };
  return made;
}

const run = (waiting: Array<() => void>): void => waiting.shift()?.();

describe('the scheduler of volatile cells', () => {
  beforeEach(() => {
    later.length = 0;
    soon.length = 0;
    now = 0;
    readings = 0;
  });

  it('gives many cells with a message each their turns before the event loop goes round', () => {
    const scheduler = new VolatileScheduler(turns, clock);
    const cells = Array.from({ length: 1_000 }, () => cell(1));
    for (const each of cells) scheduler.schedule(each);
    run(soon);
    expect([cells.filter(({ taken }) => taken === 1).length, later.length, soon.length]).toEqual([1_000, 0, 0]);
  });

  it('gives way after 4,096 steps, and goes on where it was', () => {
    const scheduler = new VolatileScheduler(turns, clock);
    const [busy, other] = [cell(10_000), cell(1)];
    scheduler.schedule(busy);
    scheduler.schedule(other);
    run(soon);
    expect([busy.taken <= 4_096, other.taken, later.length]).toEqual([true, 1, 1]);
    for (let rounds = 0; rounds < 10 && later.length > 0; rounds += 1) run(later);
    expect([busy.taken, later.length, busy.queued]).toEqual([10_000, 0, false]);
  });

  it('gives way after 8 ms where steps are slow, each cell having taken 64 at most', () => {
    const scheduler = new VolatileScheduler(turns, clock);
    const slow = [cell(100, 1), cell(100, 1)];
    for (const each of slow) scheduler.schedule(each);
    run(soon);
    expect([slow.map(({ taken }) => taken), later.length]).toEqual([[64, 0], 1]);
  });

  it('takes a cell that is scheduled while it waits for the event loop once', () => {
    const scheduler = new VolatileScheduler(turns, clock);
    const [slow, other] = [cell(65, 1), cell(1)];
    scheduler.schedule(slow);
    run(soon);
    scheduler.schedule(slow);
    scheduler.schedule(other);
    expect([soon.length, later.length]).toEqual([0, 1]);
    run(later);
    expect([slow.taken, other.taken, later.length]).toEqual([65, 1, 0]);
  });

  it('reads the clock once for 64 steps, and anew after each pause', () => {
    const scheduler = new VolatileScheduler(turns, clock);
    const times: number[] = [];
    const noted = {
      queued: false,
      run: () => {
        for (let step = 0; step < 60; step += 1) {
          now += 0.01;
          times.push(scheduler.stepTime());
        }
        return 60;
      },
    };
    scheduler.schedule(noted);
    run(soon);
    scheduler.schedule(noted);
    run(soon);
    expect([readings, new Set(times).size, times[60] === times[59]]).toEqual([2, 2, false]);
  });
});
