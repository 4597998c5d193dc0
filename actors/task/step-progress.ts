// What a step's change means for its task.
import type { StepChanged } from '../request/request-report.ts';
import type { TaskContext } from './task-context.ts';

/** The part of the context that a change touches. Of an attempt that is over, nothing counts any more. */
export function applyStep(context: TaskContext, { step, attempt, report, outcome }: StepChanged): Pick<TaskContext, 'reports' | 'results'> {
  const { reports, results } = context;
  if (attempt !== context.attempt || step >= reports.length) return { reports, results };
  return {
    reports: reports.map((known, index) => (index === step ? report : known)),
    results: outcome?.status === 'succeeded' ? { ...results, [step]: outcome } : results,
  };
}

export function isPresent(context: TaskContext, change: StepChanged): boolean {
  return change.attempt === context.attempt;
}

/** Whether a person said no: then trying again would only ask again. */
export function wasDenied({ reports }: TaskContext): boolean {
  return reports.some((report) => report?.verdict?.decision === 'denied');
}
