// What templates may take from a finished task: `{{task.stdout}}`, `{{task.result}}`, `{{task.steps.0.stdout}}`.
import type { StepReport, TaskReport } from '../work/types.ts';
import type { PlanContext } from './plan-context.ts';

const withoutNewline = (text: string): string => text.replace(/\n+$/, '');

function stepVariables({ status, stdout, stderr, exitCode, result }: StepReport): Readonly<Record<string, unknown>> {
  return {
    status,
    ...(stdout === undefined ? {} : { stdout: withoutNewline(stdout) }),
    ...(stderr === undefined ? {} : { stderr: withoutNewline(stderr) }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(result === undefined ? {} : { result }),
  };
}

/** The last step's values, and all steps by index. */
export function taskVariables(report: TaskReport): Readonly<Record<string, unknown>> {
  const steps = report.steps.map(stepVariables);
  return { ...steps[steps.length - 1], agent: report.agent, attempts: report.attempts, steps };
}

/** One entry for each task that has succeeded. */
export function finishedVariables(tasks: PlanContext['tasks']): Readonly<Record<string, unknown>> {
  const finished = Object.values(tasks).flatMap(({ status, report }) => (status === 'succeeded' && report !== null ? [report] : []));
  return Object.fromEntries(finished.map((report) => [report.id, taskVariables(report)]));
}
