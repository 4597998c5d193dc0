// A check that has never failed on a planted fault is not a check: what the tests of the doors' refusals are worth.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyDoors, faultyDoors } from './faulty-doors.ts';
import { DOOR_FAULTS } from './planted-door-faults.ts';

/** As many as the machine has cores. */
const AT_ONCE = 2;

describe.concurrent('a door that is wrong on purpose', () => {
  let doors: FaultyDoors;
  beforeAll(async () => {
    doors = await faultyDoors(AT_ONCE);
  });
  afterAll(() => doors.end());

  it('is not said to be wrong where it is right', async () => {
    const checks = DOOR_FAULTS.map(({ seenBy }) => seenBy);
    const { problems, tests } = await doors.outcomeOf([], checks);
    expect(problems).toEqual([]);
    expect(tests.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(new Set(tests.map(({ title }) => title))).toEqual(new Set(checks.map(({ title }) => title)));
  });

  it.each(DOOR_FAULTS)('is found out when it $name', async (fault) => {
    const { title } = fault.seenBy;
    expect(await doors.outcomeOf([fault], [fault.seenBy])).toEqual({ problems: [], tests: [{ title, state: 'failed' }] });
  });
});
