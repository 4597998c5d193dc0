import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRestart, STRATEGIES } from '../../supervisors/restart-plan.ts';

const family = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 })
  .chain((children) => fc.record({ children: fc.constant(children), failed: fc.constantFrom(...children), strategy: fc.constantFrom(...STRATEGIES) }));

describe('restart plan', () => {
  it('one_for_one touches nobody else', () => {
    expect(planRestart('one_for_one', ['a', 'b', 'c'], 'b')).toEqual({ stop: [], start: ['b'] });
  });

  it('one_for_all stops all others in reverse and starts all in order', () => {
    expect(planRestart('one_for_all', ['a', 'b', 'c'], 'b')).toEqual({ stop: ['c', 'a'], start: ['a', 'b', 'c'] });
  });

  it('rest_for_one takes along those started after the failed one', () => {
    expect(planRestart('rest_for_one', ['a', 'b', 'c'], 'b')).toEqual({ stop: ['c'], start: ['b', 'c'] });
  });

  it('starts what it stops plus the failed child, in start order; stops in the reverse', () => {
    fc.assert(
      fc.property(family, ({ children, failed, strategy }) => {
        const { stop, start } = planRestart(strategy, children, failed);
        expect(new Set(start)).toEqual(new Set([...stop, failed]));
        expect(start).toEqual(children.filter((id) => start.includes(id)));
        expect(stop).toEqual(children.filter((id) => stop.includes(id)).reverse());
        expect(stop).not.toContain(failed);
      }),
    );
  });
});
