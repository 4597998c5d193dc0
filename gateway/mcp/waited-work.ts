// Work that a call may wait for, by the address of its durable actor: `plans/<plan>`, `tasks/<plan>.<task>`.
import type { PlanReport, TaskReport, WorkStatus } from '../../actors/work/types.ts';
import { isCoded } from '../../runtime/index.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import type { Asking } from './offer.ts';

type Input = Readonly<Record<string, unknown>>;

/** Tools that wait for the end of work, and what of their input names it. */
const WAITING: Readonly<Record<string, (input: Input) => string | undefined>> = {
  plan_await: ({ plan }) => (typeof plan === 'string' ? `plans/${plan}` : undefined),
  task_await: ({ task }) => (typeof task === 'string' ? `tasks/${task}` : undefined),
};
const ENDED: readonly WorkStatus[] = ['succeeded', 'failed', 'cancelled', 'skipped'];
const MISSING = ['NoSuchPlan', 'NoSuchTask', 'AmbiguousTask', 'InvalidInput', 'NotPermitted'] as const;

export interface Work {
  readonly task: string;
  readonly kind: 'plan' | 'task';
  readonly name: string;
  readonly status: WorkStatus;
  readonly report: PlanReport | (TaskReport & { readonly plan: string });
  /** The plan that it is or belongs to, with no other task than those it is about. */
  readonly within: PlanReport;
}

/** Undefined for a tool that waits for no work, or whose input names none. */
export function waitedFor(tool: string, input: Input): string | undefined {
  return WAITING[tool]?.(input);
}

/** An interrupted one has not: somebody may still have it go on. */
export function hasEnded({ status }: Work): boolean {
  return ENDED.includes(status);
}

/** Undefined for what is not there, or not for the caller to see. */
export async function findWork(nodeNow: NodeNow, task: string, { caller, signal }: Asking): Promise<Work | undefined> {
  const ask = <T>(name: string, input: Input): Promise<T> => dispatch(nodeNow, { name, input, caller, signal }) as Promise<T>;
  const [, kind, name] = /^(plans|tasks)\/(.+)$/.exec(task) ?? [];
  if (name === undefined) return undefined;
  try {
    if (kind === 'plans') {
      const report = await ask<PlanReport>('plan.status', { plan: name });
      return { task, kind: 'plan', name, status: report.status, report, within: report };
    }
    const report = await ask<TaskReport & { readonly plan: string }>('task.status', { task: name });
    const plan = await ask<PlanReport>('plan.status', { plan: report.plan });
    const full = `${report.plan}.${report.id}`;
    return { task: `tasks/${full}`, kind: 'task', name: full, status: report.status, report, within: { ...plan, tasks: plan.tasks.filter(({ id }) => id === report.id) } };
  } catch (error) {
    if (MISSING.some((code) => isCoded(error, code))) return undefined;
    throw error;
  }
}
