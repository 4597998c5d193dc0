// What a task says of itself: to its plan, to those who ask, to projections and the audit.
import type { StepReport, TaskReport, WorkStatus } from '../work/types.ts';
import type { TaskContext } from './task-context.ts';

/** Told to the plan at every change. */
export interface TaskChanged {
  readonly type: 'TASK_CHANGED';
  readonly taskId: string;
  readonly report: TaskReport;
  /** The plan's branch, once the task's work is on it. */
  readonly branch: string | null;
}

const ENDED: readonly WorkStatus[] = ['succeeded', 'failed', 'cancelled', 'skipped'];

export function isEnded(status: WorkStatus): boolean {
  return ENDED.includes(status);
}

/** Steps without a report of their own: messages that were sent, and what was not reached. */
function stepsOf(context: TaskContext): StepReport[] {
  const { order, reports, status, results } = context;
  return order.task.steps.map((step, index) => {
    const known = reports[index];
    if (known !== null && known !== undefined) return known;
    const done = status === 'succeeded' || results[index] !== undefined;
    return { type: step.kind, status: done ? 'succeeded' : isEnded(status) ? 'skipped' : 'pending', attempts: done ? 1 : 0 };
  });
}

export function taskReport(context: TaskContext): TaskReport {
  const { order, agent, status, attempt, startedAt, endedAt, delegation, error, note = null, answer = null, retryAt = null } = context;
  const said = { ...(retryAt === null ? {} : { retryAt }), ...(note === null ? {} : { note }), ...(answer === null ? {} : { answer }) };
  return { id: order.taskId, agent, status, attempts: attempt, startedAt, endedAt, delegation, ...(error === null ? {} : { error }), steps: stepsOf(context), ...said };
}

/** Body of `task.changed`: without the outputs, which the report keeps. */
export function taskFact(context: TaskContext): Readonly<Record<string, unknown>> {
  const { planId, taskId } = context.order;
  const report = taskReport(context);
  const steps = report.steps.map(({ stdout: _stdout, stderr: _stderr, result: _result, ...step }) => step);
  return { planId, taskId, report: { ...report, steps } };
}
