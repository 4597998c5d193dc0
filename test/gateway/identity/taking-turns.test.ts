import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takingTurns } from '../../../gateway/identity/taking-turns.ts';

/** Work that ends when it is told to, and how much of it runs. */
function works(atOnce: number, mostWaiting: number) {
  const take = takingTurns({ atOnce, mostWaiting });
  const running: Array<() => void> = [];
  const seen = { most: 0, done: 0, refused: 0 };
  return {
    seen,
    running,
    come: (): void => {
      const work = (): Promise<void> =>
        new Promise((resolve) => {
          running.push(resolve);
          seen.most = Math.max(seen.most, running.length);
        });
      take(work).then(
        () => {
          seen.done += 1;
        },
        () => {
          seen.refused += 1;
        },
      );
    },
    end: (): void => running.shift()?.(),
  };
}

const pass = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
};

describe('work in turns', () => {
  it('is never more at once than it may be, also when somebody comes in the moment in which a turn ends', async () => {
    const moves = fc.array(fc.constantFrom('come', 'end', 'pass'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(moves, fc.integer({ min: 1, max: 3 }), async (given, atOnce) => {
        const turns = works(atOnce, 100);
        let came = 0;
        for (const move of given) {
          if (move === 'come') came += 1;
          if (move === 'pass') await Promise.resolve();
          else turns[move]();
          expect(turns.running.length).toBeLessThanOrEqual(atOnce);
        }
        for (let n = 0; n < came; n += 1) {
          await pass();
          turns.end();
        }
        await pass();
        expect([turns.seen.done, turns.seen.refused, turns.seen.most <= atOnce]).toEqual([came, 0, true]);
      }),
    );
  });

  it('is refused when the line is full, and done again once it is not', async () => {
    const turns = works(2, 3);
    for (let n = 0; n < 6; n += 1) turns.come();
    await pass();
    expect([turns.running.length, turns.seen.refused]).toEqual([2, 1]);
    turns.end();
    await pass();
    turns.come();
    await pass();
    expect(turns.seen).toEqual({ most: 2, done: 1, refused: 1 });
  });

  it('goes on with the next when one has failed', async () => {
    const take = takingTurns({ atOnce: 1, mostWaiting: 1 });
    const failing = take(() => Promise.reject(new Error('no')));
    const next = take(async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });
});
