// What a webhook says of an approval that waits: enough to judge how urgent it is and where to look. The action itself stays here: a command may
// hold a secret.
import type { ApprovalContext } from '../approval/approval-context.ts';
import { decidersOf, expiresAt, rungOf } from '../approval/ladder.ts';

/** Plain JSON. `id` names it to the receiver: the same again is the same notice. */
export interface Notice {
  readonly id: string;
  readonly approval: string;
  /** Nobody needs it any more by then. */
  readonly expiresAt: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function noticeOf(context: ApprovalContext): Notice {
  const { order, openedAt } = context;
  const { id: approval, requestId: request, planId: plan, taskId: task, agent, caller, action, verdict } = order;
  const { agents, people, count, login } = decidersOf(context);
  const asked = { rung: rungOf(context)?.who ?? null, mayDecide: { agents, people, count, login } };
  const about = { approval, request, plan, task, agent, caller, risk: verdict.level, why: verdict.findings.map(({ why }) => why), actionType: action.type };
  const expires = expiresAt(context);
  return { id: `${approval}.waiting`, approval, expiresAt: expires, body: { type: 'approval.waiting', ...about, ...asked, requestedAt: openedAt, expiresAt: expires } };
}
