// The history of an actor against a plain list of what was added: nothing is told that was not, in any order of steps alike and unlike.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HISTORY_KEPT, History, type Transition } from '../../runtime/history.ts';

const NO_EFFECTS: readonly string[] = [];
const plain = { epoch: 1, messageId: null, type: 'TICK', from: 'a', to: 'a', cause: null, effects: NO_EFFECTS };
/** Neighbours differ in one member, or in none. */
const kind = fc.constantFrom<Omit<Transition, 'step' | 'at'>>(
  plain,
  plain,
  { ...plain, epoch: 2 },
  { ...plain, messageId: 'm' },
  { ...plain, type: 'TOCK' },
  { ...plain, from: 'b' },
  { ...plain, to: { nested: 'c' } },
  { ...plain, cause: 'c' },
  { ...plain, effects: ['e'] },
);
const run = fc.tuple(kind, fc.integer({ min: 1, max: 90 }), fc.double({ min: 0, max: 4_102_444_800_000, noNaN: true }));
/** `back`: so many of the last steps are taken back behind it. */
const script = fc.array(fc.record({ run, back: fc.constantFrom(0, 0, 3, 150) }), { maxLength: 8 });

describe('the history of an actor', () => {
  it(`is its last ${HISTORY_KEPT} steps, each as it was, without those that were taken back`, () => {
    fc.assert(
      fc.property(script, (acts) => {
        const history = new History();
        let told: Transition[] = [];
        let step = 0;
        for (const { run: made, back } of acts) {
          const [alike, times, at] = made;
          for (let time = 0; time < times; time += 1) {
            step += 1;
            const transition = { step, at: at + time / 2, ...alike };
            history.add(transition);
            told = [...told, transition].slice(-HISTORY_KEPT);
          }
          if (back > 0) {
            step -= Math.min(back, step);
            history.forgetAfter(step);
            told = told.filter((transition) => transition.step <= step);
          }
          expect(history.list()).toEqual(told);
        }
      }),
    );
  });

  it('does not change what it has told before', () => {
    const history = new History();
    history.add({ step: 1, at: 1, epoch: 1, messageId: null, type: 'TICK', from: null, to: null, cause: null, effects: [] });
    const told = history.list();
    for (let step = 2; step <= HISTORY_KEPT + 1; step += 1)
      history.add({ step, at: step, epoch: 1, messageId: null, type: 'TICK', from: null, to: null, cause: null, effects: [] });
    expect([told.length, told[0]?.step, history.list()[0]?.step]).toEqual([1, 1, 2]);
  });
});
