// Which fault comes when: each that this machine can have once, in an order of the seed, and then by weight until the time is over.
import type { DrillFault } from './drill-faults.ts';
import { shuffled } from './seeded-random.ts';

/** Endless. */
export function* faultOrder(faults: readonly DrillFault[], random: () => number): Generator<DrillFault, never> {
  yield* shuffled(random, faults);
  const total = faults.reduce((sum, { weight }) => sum + weight, 0);
  for (;;) yield weighted(faults, random() * total);
}

function weighted(faults: readonly DrillFault[], at: number): DrillFault {
  let left = at;
  for (const fault of faults) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  const [first] = faults;
  if (first === undefined) throw new RangeError('a drill without faults');
  return first;
}
