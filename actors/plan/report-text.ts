// The report of a plan for a terminal: every task with who did it and how it was delegated, every step with its risk, verdict and end.
import type { PlanReport, StepReport, TaskReport } from '../work/types.ts';
import { cutText, delegationText, markOf, momentText, plainText, spanText, timesText, verdictText } from './report-words.ts';

export interface ReportLook {
  /** Longer lines are cut. */
  readonly width: number;
  readonly colour: boolean;
}

interface Line {
  /** Before the mark. */
  readonly lead?: string;
  readonly status?: PlanReport['status'];
  readonly text: string;
}

/** Lines end with a newline each. */
export function reportText(report: PlanReport, look: ReportLook): string {
  const lines = [...headLines(report), ...report.tasks.flatMap((task) => [{ text: '' }, ...taskLines(report, task)])];
  return lines.map((line) => `${shown(line, look)}\n`).join('');
}

/** One task of a plan, in the same words. */
export function taskText(plan: string, task: TaskReport, look: ReportLook): string {
  const lines = [{ text: `a task of ${plainText(plan)}` }, { text: '' }, ...taskLines({ plan }, task)];
  return lines.map((line) => `${shown(line, look)}\n`).join('');
}

function shown({ lead = '', status, text }: Line, { width, colour }: ReportLook): string {
  if (status === undefined) return cutText(`${lead}${text}`.trimEnd(), width);
  const rest = cutText(text.trimEnd(), width - [...lead].length - 2);
  return `${lead}${markOf(status, colour)} ${rest}`;
}

function headLines({ plan, status, startedAt, endedAt, branch, tasks }: PlanReport): Line[] {
  const facts = [timesText(tasks.length, 'task'), timesText(agentsOf(tasks).length, 'agent'), spanText({ startedAt, endedAt })];
  const head: Line = { status, text: `${plainText(plan)} ${status} · ${facts.filter((fact) => fact !== '').join(' · ')}` };
  return branch === null ? [head] : [head, { lead: '  ', text: `work on branch ${plainText(branch)}` }];
}

function agentsOf(tasks: readonly TaskReport[]): string[] {
  return [...new Set(tasks.flatMap(({ agent }) => agent ?? []))];
}

function taskLines(report: Pick<PlanReport, 'plan'>, task: TaskReport): Line[] {
  const { id, agent, status, attempts, delegation, error, retryAt } = task;
  const tries = attempts > 1 ? timesText(attempts, 'attempt') : '';
  const facts = [agent === null ? 'nobody yet' : plainText(agent), status, tries, spanText(task)];
  const stem = task.steps.length === 0 ? '  ' : '│ ';
  const notes = [
    delegation === null ? '' : `${delegationText(delegation)} (message ${plainText(delegation.messageId)})`,
    error === undefined ? '' : `${plainText(error.code)}: ${plainText(error.message)}`,
    retryAt === undefined ? '' : `tries again at ${momentText(retryAt)}`,
    status === 'interrupted' ? `to go on: troupe resolve ${plainText(report.plan)}.${plainText(id)} rerun|done|skip|fail --why "…"` : '',
  ];
  return [
    { status, text: [plainText(id).padEnd(18), ...facts.filter((fact) => fact !== '')].join('  ') },
    ...notes.filter((note) => note !== '').map((text) => ({ lead: stem, text })),
    ...task.steps.flatMap((step, index) => stepLines(report, task, step, index)),
  ];
}

function stepLines({ plan }: Pick<PlanReport, 'plan'>, task: TaskReport, step: StepReport, index: number): Line[] {
  const last = index === task.steps.length - 1;
  const { type, status, exitCode, reruns = 0, attempts } = step;
  const facts = [
    verdictText(step),
    status === 'failed' && exitCode !== undefined && exitCode !== 0 ? `exit code ${exitCode}` : '',
    reruns > 0 ? `begun again ${timesText(reruns, 'time')} under the same key` : '',
    spanText(step),
  ];
  const line: Line = {
    lead: last ? '└─' : '├─',
    status,
    text: [String(index), type.padEnd(7), status.padEnd(9), ...facts.filter((fact) => fact !== '')].join('  '),
  };
  const waits = status === 'awaiting_approval' ? `to decide: troupe approve ${plainText(`${plan}.${task.id}.${index}.${attempts}`)}` : '';
  const why = step.verdict?.decision === 'denied' || step.verdict?.decision === 'pending' ? plainText(step.verdict.why ?? '') : '';
  const notes = [why, waits, ...troubles(task, step)].filter((note) => note !== '');
  return [line, ...notes.map((text) => ({ lead: last ? '      ' : '│     ', text }))];
}

const STDERR_LINES = 3;

/** What a step that went wrong said, unless its task says it already. */
function troubles(task: TaskReport, { status, error, stderr = '' }: StepReport): string[] {
  if (status !== 'failed' && status !== 'interrupted') return [];
  const known = error === undefined || error.message === task.error?.message ? [] : [`${plainText(error.code)}: ${plainText(error.message)}`];
  const said = stderr.trimEnd().split('\n').slice(-STDERR_LINES).map(plainText);
  return [...known, ...said.filter((line) => line !== '').map((line) => `stderr: ${line}`)];
}
