// The outcome of a round from what lies in its box. Pure, and the same in whatever order the votes came. Time alone accepts nothing.
import type { BallotBox } from './ballot-box.ts';
import type { RoundOrder } from './round-order.ts';
import type { Vote } from './vote.ts';

export interface Tally {
  readonly yes: number;
  readonly no: number;
  readonly abstain: number;
  /** Voters whose votes count no more. */
  readonly void: number;
  /** Voters who have not voted. */
  readonly missing: number;
}

type Rules = Pick<RoundOrder, 'electorate' | 'quorum' | 'threshold' | 'veto'>;

/** What a voter's word is worth. */
function standing(voter: string, { votes, void: voided }: BallotBox): Vote | 'void' | 'missing' {
  return voided.includes(voter) ? 'void' : (votes[voter]?.vote ?? 'missing');
}

export function countVotes({ electorate }: Pick<RoundOrder, 'electorate'>, box: BallotBox): Tally {
  const count = { yes: 0, no: 0, abstain: 0, void: 0, missing: 0 };
  for (const { voter } of electorate) count[standing(voter, box)] += 1;
  return count;
}

/**
 * Accepted: quorum and threshold are reached, and each veto holder has voted and not said no; no vote that is still to come can
 * change that. Rejected: no votes that are still to come could get it accepted. Undefined: it is open.
 */
export function judgeTally(rules: Rules, box: BallotBox): 'accepted' | 'rejected' | undefined {
  const { yes, no, abstain, missing } = countVotes(rules, box);
  const voted = yes + no + abstain;
  const vetoes = rules.veto.map((voter) => standing(voter, box));
  if (vetoes.some((word) => word === 'no' || word === 'void')) return 'rejected';
  if (yes + missing < rules.threshold || voted + missing < rules.quorum) return 'rejected';
  return yes >= rules.threshold && voted >= rules.quorum && !vetoes.includes('missing') ? 'accepted' : undefined;
}
