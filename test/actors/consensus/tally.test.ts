import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BallotBox, EMPTY_BOX } from '../../../actors/consensus/ballot-box.ts';
import { countVotes, judgeTally } from '../../../actors/consensus/tally.ts';
import type { Vote } from '../../../actors/consensus/vote.ts';

type Word = Vote | 'void' | 'missing';
const VOTERS = ['a', 'b', 'c', 'd', 'e'];

function boxOf(words: readonly Word[]): BallotBox {
  const votes = words.flatMap((vote, index) =>
    vote === 'missing' ? [] : [[VOTERS[index], { round: 'r', actionHash: '', voter: VOTERS[index], vote: vote === 'void' ? 'yes' : vote, at: 0, signature: '' }] as const],
  );
  return { votes: Object.fromEntries(votes), void: VOTERS.filter((_voter, index) => words[index] === 'void') } as BallotBox;
}

const rules = (quorum: number, threshold: number, veto: readonly string[] = [], count = 5) => ({
  electorate: VOTERS.slice(0, count).map((voter) => ({ voter })),
  quorum,
  threshold,
  veto: [...veto],
});

describe('a tally', () => {
  it.each<readonly [string, readonly Word[], ReturnType<typeof rules>, 'accepted' | 'rejected' | undefined]>([
    ['three of five say yes', ['yes', 'yes', 'yes'], rules(3, 3), 'accepted'],
    ['two say yes', ['yes', 'yes', 'no'], rules(3, 3), undefined],
    ['three say no', ['no', 'no', 'no'], rules(3, 3), 'rejected'],
    ['the threshold is reached, but not the quorum', ['yes', 'yes'], rules(3, 2), undefined],
    ['an abstention makes the quorum', ['yes', 'yes', 'abstain'], rules(3, 2), 'accepted'],
    ['all abstain', ['abstain', 'abstain', 'abstain', 'abstain', 'abstain'], rules(3, 1), 'rejected'],
    ['a veto holder says no to what all others want', ['no', 'yes', 'yes', 'yes', 'yes'], rules(3, 3, ['a']), 'rejected'],
    ['a veto holder has not spoken', ['missing', 'yes', 'yes', 'yes', 'yes'], rules(3, 3, ['a']), undefined],
    ['a veto holder abstains', ['abstain', 'yes', 'yes', 'yes'], rules(3, 3, ['a']), 'accepted'],
    ['a veto holder has said two things', ['void', 'yes', 'yes', 'yes'], rules(3, 3, ['a']), 'rejected'],
    ['so many are void that the quorum is out of reach', ['void', 'void', 'void', 'yes', 'yes'], rules(3, 2), 'rejected'],
    ['nobody has voted', [], rules(1, 1), undefined],
  ])('when %s', (_when, words, given, outcome) => {
    expect(judgeTally(given, boxOf(words))).toBe(outcome);
  });

  const word = fc.constantFrom<Word>('yes', 'no', 'abstain', 'void', 'missing');
  const cases = fc.integer({ min: 1, max: 5 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      words: fc.array(word, { minLength: count, maxLength: count }),
      quorum: fc.integer({ min: 1, max: count }),
      threshold: fc.integer({ min: 1, max: count }),
      veto: fc.subarray(VOTERS.slice(0, count)),
    }),
  );

  it('that has an outcome keeps it whatever those who are missing still say, and one where nobody is missing has one', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.constantFrom<Vote>('yes', 'no', 'abstain'), { minLength: 5, maxLength: 5 }), ({ count, words, quorum, threshold, veto }, later) => {
        const given = rules(quorum, threshold, veto, count);
        const early = judgeTally(given, boxOf(words));
        const whole = judgeTally(given, boxOf(words.map((one, index) => (one === 'missing' ? (later[index] ?? 'no') : one))));
        expect(whole).toBeDefined();
        if (early !== undefined) expect(whole).toBe(early);
      }),
    );
  });

  it('counts every voter once', () => {
    fc.assert(
      fc.property(cases, ({ count, words }) => {
        const tally = countVotes(rules(1, 1, [], count), boxOf(words));
        expect(Object.values(tally).reduce((sum, one) => sum + one, 0)).toBe(count);
      }),
    );
  });

  it('of an empty box misses all', () => {
    expect(countVotes(rules(1, 1), EMPTY_BOX)).toEqual({ yes: 0, no: 0, abstain: 0, void: 0, missing: 5 });
  });
});
