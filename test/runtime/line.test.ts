import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Line } from '../../runtime/line.ts';

/** Adds so many, or takes so many, or all. */
const turn = fc.oneof(fc.record({ add: fc.integer({ min: 1, max: 3_000 }) }), fc.record({ take: fc.integer({ min: 1, max: 3_000 }) }), fc.constant({ all: true as const }));

it('a line gives what an array would, in any order of adding and taking', () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
      const line = new Line<number>();
      let [model, next]: [number[], number] = [[], 0];
      for (const each of turns) {
        if ('add' in each) {
          const added = Array.from({ length: each.add }, () => next++);
          for (const item of added) line.add(item);
          model.push(...added);
        } else if ('take' in each) {
          const taken = Array.from({ length: each.take }, () => line.take());
          expect(taken).toEqual(Array.from({ length: each.take }, (_, at) => model[at]));
          model = model.slice(each.take);
        } else {
          expect(line.takeAll()).toEqual(model);
          model = [];
        }
        expect(line.size).toBe(model.length);
      }
    }),
    { numRuns: 50 },
  );
});
