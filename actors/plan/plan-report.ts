// What a plan says of itself: to those who ask, to projections and the audit.
import type { PlannedTask, PlanReport, StepReport, TaskReport } from '../work/types.ts';
import type { PlanContext, TaskEntry } from './plan-context.ts';
import { planStatus } from './plan-progress.ts';

/** A task that never lived has the plan's word for it. */
function plannedReport(task: PlannedTask, { status }: TaskEntry): TaskReport {
  const steps = task.steps.map(({ kind }): StepReport => ({ type: kind, status: status === 'pending' ? 'pending' : 'skipped', attempts: 0 }));
  return { id: task.id, agent: task.agent ?? null, status, attempts: 0, startedAt: null, endedAt: null, delegation: null, steps };
}

export function planReport(context: PlanContext): PlanReport {
  const { order, tasks, branch, endedAt } = context;
  const status = planStatus(context);
  const reports = order.plan.tasks.map((task) => {
    const entry = tasks[task.id] ?? { status: 'skipped', delegated: false, report: null };
    return entry.report ?? plannedReport(task, entry);
  });
  // Not over before its worktrees are gone.
  const shown = endedAt === null && (status === 'succeeded' || status === 'failed' || status === 'cancelled') ? 'running' : status;
  return { plan: order.planId, name: order.plan.name, status: shown, startedAt: order.submittedAt, endedAt, branch, tasks: reports };
}

/** Body of `plan.changed`. */
export function planFact(context: PlanContext): Readonly<Record<string, unknown>> {
  const { plan, name, status, startedAt, endedAt, branch } = planReport(context);
  const { caller, approve, owner } = context.order;
  return { planId: plan, name, status, startedAt, endedAt, branch, caller, approve, owner, goal: context.order.plan.goal ?? null, closing: context.closing };
}
