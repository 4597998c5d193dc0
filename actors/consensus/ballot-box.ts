// Which votes count. Pure: a vote and what lies in the box, and what lies in it then. A vote that is refused changes nothing, but for
// a second, different one of the same voter: that voter's votes count no more, whatever comes.
import type { Elector } from './round-order.ts';
import type { VerifyVote } from './signature.ts';
import type { SignedVote } from './vote.ts';

export const REFUSALS = ['other_round', 'other_action', 'foreign', 'bad_signature', 'late', 'void', 'equivocation'] as const;
export type VoteRefusal = (typeof REFUSALS)[number];

export interface BallotBox {
  /** By voter: the first that counted, also of those that are void by now. */
  readonly votes: Readonly<Record<string, SignedVote>>;
  /** Who has cast two different votes. */
  readonly void: readonly string[];
}

export const EMPTY_BOX: BallotBox = { votes: {}, void: [] };

export interface Polling {
  readonly round: string;
  readonly actionHash: string;
  readonly electorate: readonly Elector[];
  readonly box: BallotBox;
  /** The outcome stands: what comes is late. */
  readonly decided: boolean;
}

export type Admission =
  | { readonly ok: true; readonly repeated: boolean; readonly box: BallotBox }
  /** Another box only after an equivocation. */
  | { readonly ok: false; readonly reason: VoteRefusal; readonly box: BallotBox };

/** What is not of this round and signed by a voter of it is refused before it can harm that voter. */
export function admitVote({ round, actionHash, electorate, box, decided }: Polling, vote: SignedVote, verify: VerifyVote): Admission {
  const refuse = (reason: VoteRefusal, left: BallotBox = box): Admission => ({ ok: false, reason, box: left });
  if (vote.round !== round) return refuse('other_round');
  if (vote.actionHash !== actionHash) return refuse('other_action');
  const key = electorate.find(({ voter }) => voter === vote.voter)?.publicKey;
  if (key === undefined) return refuse('foreign');
  if (!verify(vote, key)) return refuse('bad_signature');
  const earlier = box.votes[vote.voter];
  if (earlier?.vote === vote.vote && !box.void.includes(vote.voter)) return { ok: true, repeated: true, box };
  if (decided) return refuse('late');
  if (box.void.includes(vote.voter)) return refuse('void');
  if (earlier !== undefined) return refuse('equivocation', { ...box, void: [...box.void, vote.voter] });
  return { ok: true, repeated: false, box: { ...box, votes: { ...box.votes, [vote.voter]: vote } } };
}
