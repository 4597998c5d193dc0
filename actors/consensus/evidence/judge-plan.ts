// The supervisor agent's look at a request: it belongs to a plan that runs, what it needs is done, and it is what the round is about.
import { hashAction } from '../../gate/action-hash.ts';
import type { PlanFacts, RequestFacts } from '../../work/ports.ts';
import type { Finding } from '../ballot-context.ts';

const RUNS: readonly string[] = ['running', 'awaiting_approval'];

const no = (why: string, evidence: unknown): Finding => ({ vote: 'no', why, evidence });

export function judgePlan(actionHash: string, request: RequestFacts, plan: PlanFacts | undefined): Finding {
  const { id, planId, taskId, status } = request;
  if (hashAction(request.action, request.surroundings, request.factsHash ?? undefined) !== actionHash)
    return no('the request asks for something else than this round is about', { request: id });
  if (!RUNS.includes(status)) return no(`the request is ${status} and waits for nothing`, { request: id, status });
  const task = plan?.tasks.find((one) => one.id === taskId);
  if (plan === undefined || task === undefined) return no(`no plan ${planId} has the task ${taskId}`, { plan: planId, task: taskId });
  const seen = { plan: planId, status: plan.status, task: taskId, needs: task.needs };
  if (!RUNS.includes(plan.status)) return no(`the plan ${planId} is ${plan.status}`, seen);
  const undone = task.needs.filter((need) => plan.tasks.find((one) => one.id === need)?.status !== 'succeeded');
  if (undone.length > 0) return no(`${taskId} needs ${undone.join(', ')}, which is not done`, { ...seen, undone });
  return { vote: 'yes', why: `${taskId} is due in the running plan ${planId}, and the request is what this round is about`, evidence: seen };
}
