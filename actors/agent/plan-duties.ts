// What the supervisor agent sends for a plan: starts it, starts the tasks that it hands over, and delegates each by a message.
import { messageId } from '../../runtime/index.ts';
import type { Delegate } from '../plan/plan.messages.ts';
import type { PlanOrder } from '../plan/plan-context.ts';
import { formOf, type TaskOrder } from '../task/task-context.ts';
import type { SubmitPlan } from './agent.messages.ts';
import type { AgentContext } from './agent-context.ts';

export function planOrder({ agent }: AgentContext, { planId, plan, caller, approve, approvalMs }: SubmitPlan, at: number): PlanOrder {
  return { planId, plan, caller, approve, approvalMs, owner: `agents/${agent.name}`, submittedAt: at };
}

export function taskOrder({ agent }: AgentContext, { order }: Delegate, at: number): TaskOrder {
  return { ...order, delegatedBy: `agents/${agent.name}`, messageId: messageId(at), delegatedAt: at };
}

/** The message to the router; its id is the one that the report shows. */
export function routeOf({ planId, taskId, task, delegatedBy, messageId: id }: TaskOrder): { readonly type: 'ROUTE'; readonly [field: string]: unknown } {
  return { type: 'ROUTE', planId, taskId, agent: task.agent ?? null, capability: task.capability ?? null, ...formOf(task), delegatedBy, messageId: id };
}
