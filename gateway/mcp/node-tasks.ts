// MCP's tasks on a node: each is a plan or a task of one, named by the address of its durable actor, so nothing is kept here and a task
// outlives the node that told of it. Waiting for one is what a call is answered with; its result is what waiting would have answered.
import type { PlanReport, TaskReport, WorkStatus } from '../../actors/work/types.ts';
import { isCoded } from '../../runtime/index.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import type { Asking, TaskOffer, TaskSeen } from './offer.ts';
import { questionsAbout, takeAnswer } from './questions.ts';
import { answered } from './tool-result.ts';

type Input = Readonly<Record<string, unknown>>;

/** Tools that wait for the end of work, and what of their input names it. */
const WAITING: Readonly<Record<string, (input: Input) => string>> = {
  plan_await: ({ plan }) => `plans/${String(plan)}`,
  task_await: ({ task }) => `tasks/${String(task)}`,
};
const ENDED: readonly WorkStatus[] = ['succeeded', 'failed', 'cancelled', 'skipped'];
const MISSING = ['NoSuchPlan', 'NoSuchTask', 'AmbiguousTask', 'InvalidInput', 'NotPermitted'] as const;

/** Work that was found: its own report, and the plan that it is or belongs to, cut down to it. */
interface Found {
  readonly name: string;
  readonly status: WorkStatus;
  readonly report: PlanReport | (TaskReport & { readonly plan: string });
  readonly within: PlanReport;
}

export function nodeTasks(nodeNow: NodeNow): TaskOffer {
  const ask = <T>(name: string, input: Input, { caller, signal }: Asking): Promise<T> => dispatch(nodeNow, { name, input, caller, signal }) as Promise<T>;

  const find = async (task: string, asking: Asking): Promise<Found | undefined> => {
    const [, kind, name] = /^(plans|tasks)\/(.+)$/.exec(task) ?? [];
    if (name === undefined) return undefined;
    try {
      if (kind === 'plans') {
        const report = await ask<PlanReport>('plan.status', { plan: name }, asking);
        return { name, status: report.status, report, within: report };
      }
      const report = await ask<TaskReport & { readonly plan: string }>('task.status', { task: name }, asking);
      const plan = await ask<PlanReport>('plan.status', { plan: report.plan }, asking);
      return { name: `${report.plan}.${report.id}`, status: report.status, report, within: { ...plan, tasks: plan.tasks.filter(({ id }) => id === report.id) } };
    } catch (error) {
      if (MISSING.some((code) => isCoded(error, code))) return undefined;
      throw error;
    }
  };

  const see = async ({ status, report, within }: Found, asking: Asking): Promise<TaskSeen> => {
    const times = timesOf(within);
    if (status === 'cancelled') return { ...times, status };
    if (ENDED.includes(status)) return { ...times, status: 'completed', result: answered(report) };
    const inputRequests = await questionsAbout(nodeNow, within, asking);
    if (Object.keys(inputRequests).length > 0) return { ...times, status: 'input_required', inputRequests };
    return { ...times, status: 'working', ...(WAITS[status] === undefined ? {} : { statusMessage: WAITS[status] }) };
  };

  return {
    async begin(tool, input, asking) {
      const task = WAITING[tool]?.(input);
      const found = task === undefined ? undefined : await find(task, asking);
      // Work that has ended is told of at once, and what is wrong with the call is said by the tool.
      if (found === undefined || ENDED.includes(found.status)) return undefined;
      return `${'id' in found.report ? 'tasks' : 'plans'}/${found.name}`;
    },
    async see(task, asking) {
      const found = await find(task, asking);
      return found === undefined ? undefined : see(found, asking);
    },
    async answer(task, responses, asking) {
      const found = await find(task, asking);
      const asked = found === undefined ? {} : await questionsAbout(nodeNow, found.within, asking);
      for (const [key, response] of Object.entries(responses)) if (Object.hasOwn(asked, key)) await takeAnswer(nodeNow, key, response, asking);
    },
    async cancel(task, asking) {
      const found = await find(task, asking);
      if (found === undefined || ENDED.includes(found.status)) return;
      const [operation, input] = 'id' in found.report ? ['task.cancel', { task: found.name }] : ['plan.cancel', { plan: found.name }];
      await ask(operation as string, input as Input, asking).catch((error: unknown) => {
        // It ended meanwhile.
        if (!isCoded(error, 'NotDone')) throw error;
      });
    },
  };
}

const WAITS: Partial<Record<WorkStatus, string>> = {
  awaiting_approval: 'waits for a decision: approval_list says which, approval_decide settles it',
  interrupted: 'was cut off and waits for a person: task_resolve',
};

function timesOf({ startedAt, endedAt, tasks }: PlanReport): { readonly createdAt: number; readonly lastUpdatedAt: number } {
  const moments = tasks.flatMap((task) => [task, ...task.steps].flatMap((part) => [part.startedAt ?? 0, part.endedAt ?? 0]));
  return { createdAt: startedAt, lastUpdatedAt: Math.max(startedAt, endedAt ?? 0, ...moments) };
}
