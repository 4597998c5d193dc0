// How an agent hears that it is asked to decide for people: as mail in its inbox, once for each rung that names it.

import type { Message } from '../../runtime/index.ts';
import { routeMail } from '../agent/agent-mail.ts';
import type { ApprovalContext } from './approval-context.ts';
import { expiresAt } from './ladder.ts';

export interface DelegateMail {
  readonly agent: string;
  readonly message: Message;
}

/** For the delegates of the rungs from `first` on to the present one. The agent that asks is never among them. */
export function delegateMail(context: ApprovalContext, first: number): readonly DelegateMail[] {
  const { order, rung } = context;
  const { id, requestId: request, agent: asker, action, verdict } = order;
  const asked = order.terms.rungs.slice(first, rung + 1).flatMap(({ who, names = [] }) => (who === 'delegate' ? names : []));
  const payload = { approval: id, request, agent: asker, action, risk: verdict.level, findings: verdict.findings, actionHash: verdict.actionHash, expiresAt: expiresAt(context) };
  return [...new Set(asked)]
    .filter((name) => name !== asker)
    .flatMap((name) => {
      const route = routeMail('gate', { id: `${id}.${name}`, to: name, kind: 'approval.requested', payload });
      return route.ok && 'address' in route ? [{ agent: name, message: route.message }] : [];
    });
}
