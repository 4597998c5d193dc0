// What voters sign is one text for one vote, whoever puts it together.
import '../../support/fixed-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VOTES, voteText } from '../../../actors/consensus/vote.ts';
import { canonicalJson } from '../../../runtime/index.ts';
import { count } from '../../support/length.ts';

const unsigned = fc.record({
  voter: fc.string({ unit: 'binary' }),
  round: fc.string({ unit: 'binary' }),
  vote: fc.constantFrom(...VOTES),
  at: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  actionHash: fc.stringMatching(/^[0-9a-f]{64}$/),
});

describe('the text of a vote', () => {
  it('is the canonical JSON of its five members, in whatever order they come and whatever else is there', () => {
    fc.assert(
      fc.property(unsigned, (vote) => {
        const { round, actionHash, voter, vote: word, at } = vote;
        expect(voteText({ ...vote, signature: 'x' } as never)).toBe(canonicalJson({ round, actionHash, voter, vote: word, at }));
      }),
      { numRuns: count(200, 5_000) },
    );
  });

  it('is as it was always written, so that old signatures hold', () => {
    const vote = { round: 'r-1', actionHash: 'a'.repeat(64), voter: 'person:ann', vote: 'yes', at: 5 } as const;
    expect(voteText(vote)).toBe(`{"actionHash":"${'a'.repeat(64)}","at":5,"round":"r-1","vote":"yes","voter":"person:ann"}`);
  });
});
