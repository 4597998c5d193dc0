import { describe, expect, it } from 'vitest';
import { DRILL_FAULTS } from '../../../gateway/chaos/drill-faults.ts';
import { faultOrder } from '../../../gateway/chaos/drill-schedule.ts';
import { seededRandom } from '../../../gateway/chaos/seeded-random.ts';

const possible = DRILL_FAULTS.filter(({ weight }) => weight > 0);

function first(count: number, seed: number): readonly string[] {
  const order = faultOrder(possible, seededRandom(seed));
  return Array.from({ length: count }, () => order.next().value.name);
}

describe('the order of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(first(50, 7)).toEqual(first(50, 7));
    expect(first(50, 8)).not.toEqual(first(50, 7));
  });

  it('has each of them once before any comes again', () => {
    expect([...first(possible.length, 7)].sort()).toEqual(possible.map(({ name }) => name).sort());
  });

  it('then gives each its share', () => {
    const drawn = first(20_000, 7);
    const total = possible.reduce((sum, { weight }) => sum + weight, 0);
    for (const { name, weight } of possible) expect(drawn.filter((one) => one === name).length / drawn.length).toBeCloseTo(weight / total, 1);
  });
});
