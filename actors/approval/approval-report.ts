// What an approval says of itself: to its request, to those who ask, to projections and the audit.
import type { Message } from '../../runtime/index.ts';
import type { ApprovalDecided } from './approval.messages.ts';
import type { ApprovalContext } from './approval-context.ts';
import { type Decision, refuseDecision } from './decision.ts';
import { decidersOf, expiresAt, rungOf } from './ladder.ts';

type Body = Readonly<Record<string, unknown>>;

/** Body of `approval.requested`: everything a decider must see. */
export function requestedFact(context: ApprovalContext): Body {
  const { order, openedAt, votes } = context;
  const { id, requestId, planId, taskId, step, attempt, agent, action, idempotent, verdict, caller } = order;
  const asked = { caller, requestedAt: openedAt, expiresAt: expiresAt(context), votes };
  return { id, request: requestId, planId, taskId, step, attempt, agent, action, idempotent, verdict, ...asked, ...rungFact(context) };
}

/** Body of `approval.escalated`. */
export function rungFact(context: ApprovalContext): Body {
  return { id: context.order.id, rung: rungOf(context)?.who ?? null, mayDecide: decidersOf(context) };
}

/** Body of `approval.voted`: a yes that needs others. */
export function votedFact({ order, votes }: ApprovalContext): Body {
  return { id: order.id, votes };
}

/** Body of `approval.decided`. */
export function decidedFact({ order, decided, votes }: ApprovalContext): Body {
  return { id: order.id, request: order.requestId, ...decided, actionHash: order.verdict.actionHash, votes };
}

/** Body of `approval.ended`: what became of it besides a no. */
export function endedFact({ order, used }: ApprovalContext, state: 'withdrawn' | 'executed' | 'interrupted', why: string): Body {
  return { id: order.id, request: order.requestId, state, why, used };
}

/** Body of `approval.refused`: a decision that does not count, and whose. */
export function refusedFact(context: ApprovalContext, { by, as, login, decision, ...rest }: Decision): Body {
  return { id: context.order.id, by, as, login, decision, reason: refuseDecision(context, { by, as, login, decision, ...rest }) };
}

export function decidedMessage({ order, decided }: ApprovalContext): ApprovalDecided & Message {
  const { decision, by, why, at } = decided ?? { decision: 'expired' as const, by: 'deadline', why: '', at: 0 };
  return { type: 'APPROVAL_DECIDED', approval: order.id, decision, by, why, at, actionHash: order.verdict.actionHash };
}

/** Answer to GET. */
export function approvalReport(context: ApprovalContext): Body {
  const { decided, used } = context;
  return { ...requestedFact(context), decided, used };
}
