// What a round says of itself: to whoever opened it, to those who ask, to projections and the audit.
import type { VoteRefusal } from './ballot-box.ts';
import type { CastVote, Outcome, RoundDecided } from './round.messages.ts';
import { deadlineOf, type RoundContext } from './round-context.ts';
import { countVotes } from './tally.ts';

type Body = Readonly<Record<string, unknown>>;

function reasonsOf({ box, reasons }: RoundContext): RoundDecided['reasons'] {
  return Object.values(box.votes).map(({ voter, vote }) => ({ voter, vote: box.void.includes(voter) ? ('void' as const) : vote, why: reasons[voter]?.why ?? '' }));
}

export function roundDecided(context: RoundContext, outcome: Outcome): RoundDecided {
  const { order, box } = context;
  return { type: 'ROUND_DECIDED', round: order.id, outcome, actionHash: order.actionHash, tally: countVotes(order, box), reasons: reasonsOf(context) };
}

/** Answer to GET. */
export function roundReport(context: RoundContext) {
  const { order, box, reasons, openedAt, outcome, decidedBy, decidedAt, refused } = context;
  const { replyTo: _replyTo, deadlineMs: _deadlineMs, ...told } = order;
  const votes = Object.values(box.votes).map((vote) => ({ ...vote, void: box.void.includes(vote.voter), ...reasons[vote.voter] }));
  return { ...told, openedAt, deadlineAt: deadlineOf(context), outcome, decidedBy, decidedAt, tally: countVotes(order, box), votes, refused };
}

export type RoundReport = ReturnType<typeof roundReport>;

/** Body of `round.opened`: with the keys that are pinned, so that every vote can be checked later. */
export function openedFact(context: RoundContext): Body {
  return { ...context.order, openedAt: context.openedAt, deadlineAt: deadlineOf(context) };
}

/** Body of `round.vote`. */
export function voteFact({ vote: { round, ...vote }, why, evidence }: CastVote, receivedAt: number): Body {
  return { id: round, ...vote, why, evidence, receivedAt };
}

/** Body of `round.refused`; `voids` when the voter's earlier vote counts no more. */
export function refusedFact({ order }: RoundContext, { vote: { round, ...vote }, why }: CastVote, reason: VoteRefusal, receivedAt: number): Body {
  return { id: order.id, ...vote, claimedRound: round, why, reason, voids: reason === 'equivocation', receivedAt };
}

/** Body of `round.decided`. */
export function decidedFact(context: RoundContext): Body {
  const { order, box, outcome, decidedBy, decidedAt } = context;
  const { id, purpose, subject, actionHash } = order;
  return { id, purpose, subject, actionHash, outcome, by: decidedBy, at: decidedAt, tally: countVotes(order, box), reasons: reasonsOf(context) };
}
