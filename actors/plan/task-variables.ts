// What templates may take from a finished task: `{{task.stdout}}`, `{{task.result}}`, `{{task.steps.0.stdout}}`;
// of a task in words `{{task.result}}`.
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

/** The last step's values, and all steps by index; of a task in words what was answered. */
export function taskVariables(report: TaskReport): Readonly<Record<string, unknown>> {
  const { answer } = report;
  if (answer !== undefined) return { status: report.status, result: answer.result, agent: report.agent, attempts: report.attempts };
  const steps = report.steps.map(stepVariables);
  return { ...steps[steps.length - 1], agent: report.agent, attempts: report.attempts, steps };
}

/** One entry for each task that has succeeded. */
export function finishedVariables(tasks: PlanContext['tasks']): Readonly<Record<string, unknown>> {
  const finished = Object.values(tasks).flatMap(({ status, report }) => (status === 'succeeded' && report !== null ? [report] : []));
  return Object.fromEntries(finished.map((report) => [report.id, taskVariables(report)]));
}
