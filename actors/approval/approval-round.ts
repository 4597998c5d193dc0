// The round of agents on a critical action: opened with the policy's electorate, about exactly the approval's hash.
import type { RoundDecided } from '../consensus/round.messages.ts';
import type { RoundOrder } from '../consensus/round-order.ts';
import type { ApprovalContext } from './approval-context.ts';

export const roundId = ({ order }: Pick<ApprovalContext, 'order'>): string => `${order.id}.round`;

const MOST_SUMMARY = 2_000;

/** Throws for an approval without a round in its terms. */
export function roundOrder(context: ApprovalContext): RoundOrder {
  const { id, requestId, agent, verdict, terms } = context.order;
  if (terms.round === null) throw new Error(`approval ${id} has no round`);
  const { electorate, quorum, threshold, veto, deadlineMs } = terms.round;
  const summary = `${agent} asks, ${verdict.level}: ${verdict.findings.map(({ why }) => why).join('; ')}`;
  return {
    id: roundId(context),
    purpose: 'request',
    subject: requestId,
    actionHash: verdict.actionHash,
    summary: summary.slice(0, MOST_SUMMARY),
    electorate: electorate.map((voter) => ({ voter })),
    quorum,
    threshold,
    veto: [...veto],
    deadlineMs,
    replyTo: `approvals/${id}`,
    openedBy: agent,
  };
}

/** Whether the word of a round is about this approval. */
export function isOurRound(context: ApprovalContext, { round, actionHash }: RoundDecided): boolean {
  return round === roundId(context) && actionHash === context.order.verdict.actionHash;
}

export function reasonsText({ reasons }: RoundDecided): string {
  return reasons.map(({ voter, vote, why }) => `${voter} ${vote}: ${why}`).join('; ');
}
