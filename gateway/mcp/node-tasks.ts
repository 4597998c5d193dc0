// MCP's tasks on a node: each is a plan or a task of one, named by the address of its durable actor, so nothing is kept here and a task
// outlives the node that told of it. Waiting for one is what a call is answered with; its result is what waiting would have answered.
import type { PlanReport, WorkStatus } from '../../actors/work/types.ts';
import { type FactRow, isCoded } from '../../runtime/index.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import { newsOf } from '../http/news.ts';
import type { Asking, TaskOffer, TaskSeen } from './offer.ts';
import { questionsAbout, takeAnswers } from './questions.ts';
import { answered } from './tool-result.ts';
import { findWork, hasEnded, type Work, waitedFor } from './waited-work.ts';

export function nodeTasks(nodeNow: NodeNow): TaskOffer {
  return {
    async begin(tool, input, asking) {
      const task = waitedFor(tool, input);
      const work = task === undefined ? undefined : await findWork(nodeNow, task, asking);
      // Work that has ended is told of at once, and what is wrong with the call is said by the tool.
      return work === undefined || hasEnded(work) ? undefined : work.task;
    },
    async see(task, asking) {
      const work = await findWork(nodeNow, task, asking);
      return work === undefined ? undefined : seen(nodeNow, work, asking);
    },
    async answer(task, responses, asking) {
      const work = await findWork(nodeNow, task, asking);
      if (work !== undefined) await takeAnswers(nodeNow, work.within, responses, asking);
    },
    async cancel(task, asking) {
      const work = await findWork(nodeNow, task, asking);
      if (work === undefined || hasEnded(work)) return;
      const { caller, signal } = asking;
      const named = work.kind === 'plan' ? { plan: work.name } : { task: work.name };
      await dispatch(nodeNow, { name: `${work.kind}.cancel`, input: named, caller, signal }).catch((error: unknown) => {
        // It ended meanwhile.
        if (!isCoded(error, 'NotDone')) throw error;
      });
    },
    watch(task, changed) {
      const plan = planOfTask(task);
      const listener = (fact: FactRow): void => {
        if (isAbout(fact, plan)) changed();
      };
      return nodeNow()?.facts.listen(listener) ?? (() => undefined);
    },
  };
}

/** Undefined where the name leaves it open. */
function planOfTask(task: string): string | undefined {
  const [, kind, plan, rest] = /^(plans|tasks)\/([^.]+)(\..+)?$/.exec(task) ?? [];
  return kind === 'plans' || rest !== undefined ? plan : undefined;
}

/** Ids of requests, and so of approvals, begin with their plan's. */
function isAbout(fact: FactRow, plan: string | undefined): boolean {
  if (!/^(plan|task|approval)\./.test(fact.kind)) return false;
  const { planId, id } = (newsOf(fact)?.params.body ?? {}) as { readonly planId?: unknown; readonly id?: unknown };
  return plan === undefined || planId === plan || (typeof id === 'string' && id.startsWith(`${plan}.`));
}

const WAITS: Partial<Record<WorkStatus, string>> = {
  awaiting_approval: 'waits for a decision: approval_list says which, approval_decide settles it',
  interrupted: 'was cut off and waits for a person: task_resolve',
};

async function seen(nodeNow: NodeNow, work: Work, asking: Asking): Promise<TaskSeen> {
  const { status, report, within } = work;
  const times = timesOf(within);
  if (status === 'cancelled') return { ...times, status };
  if (hasEnded(work)) return { ...times, status: 'completed', result: answered(report) };
  const inputRequests = await questionsAbout(nodeNow, within, asking);
  if (Object.keys(inputRequests).length > 0) return { ...times, status: 'input_required', inputRequests };
  return { ...times, status: 'working', ...(WAITS[status] === undefined ? {} : { statusMessage: WAITS[status] }) };
}

function timesOf({ startedAt, endedAt, tasks }: PlanReport): { readonly createdAt: number; readonly lastUpdatedAt: number } {
  const moments = tasks.flatMap((task) => [task, ...task.steps].flatMap((part) => [part.startedAt ?? 0, part.endedAt ?? 0]));
  return { createdAt: startedAt, lastUpdatedAt: Math.max(startedAt, endedAt ?? 0, ...moments) };
}
