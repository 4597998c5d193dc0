import { describe, expect, it } from 'vitest';
import { LONG } from '../support/length.ts';
import { type Explored, exploreRound, setups } from './exploration.ts';

const MOST_VOTERS = 5;
/** Up to so many voters every way to set a round up is explored, beyond it a part of them. */
const MOST_WHOLE = 3;
/** Where the number of states is known beforehand: five standings a voter, and each way in which a round ends. */
const BOUND = 100_000;

function whole(all: readonly Explored[]) {
  return {
    states: all.reduce((sum, { states }) => sum + states, 0),
    steps: all.reduce((sum, { steps }) => sum + steps, 0),
    outcomes: [...new Set(all.flatMap(({ outcomes }) => outcomes))].sort(),
    violations: all.flatMap(({ violations }) => violations),
  };
}

describe('a round in every state that it can reach, with every message that may come there', () => {
  it.each(Array.from({ length: MOST_VOTERS }, (_, index) => index + 1))(
    'of %i voters is decided at most once, as its votes say, and says the same to all, over crashes, losses, repetitions, any order and two-faced voters (G12)',
    (count) => {
      const ways = setups(count, LONG || count <= MOST_WHOLE);
      const { states, steps, outcomes, violations } = whole(ways.map(exploreRound));
      console.log(`${count} voters: ${ways.length} ways to set it up, ${states} states, ${steps} steps`);
      expect(violations).toEqual([]);
      expect(outcomes).toEqual(['accepted', 'expired', 'rejected', 'withdrawn']);
      expect(states).toBeLessThan(BOUND);
    },
  );

  it('is the same when no two voters are taken for one another', () => {
    const setup = { count: 3, quorum: 2, threshold: 2, vetoes: 1 };
    const [folded, unfolded] = [exploreRound(setup), exploreRound({ ...setup, symmetric: false })];
    console.log(`3 voters, each by itself: ${unfolded.states} states, folded: ${folded.states}`);
    expect([unfolded.violations, unfolded.outcomes]).toEqual([[], folded.outcomes]);
    expect(unfolded.states).toBeGreaterThan(folded.states);
  });
});
