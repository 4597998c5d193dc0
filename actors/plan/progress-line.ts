// A running plan in plain lines, one for each change that a person cares about, from the facts of the journal.
import type { Action, RiskVerdict, StepReport, TaskReport, WorkStatus } from '../work/types.ts';
import { delegationText, durationText, momentText, plainText, spanText, timesText, verdictText } from './report-words.ts';

export interface ProgressFact {
  readonly at: number;
  readonly kind: string;
  /** Parsed. */
  readonly body: unknown;
}

interface Recorded {
  readonly id: string;
  readonly action: Action;
  readonly verdict: RiskVerdict;
}

type Tell = (body: never, seen: Map<string, string>, at: number) => string | undefined;

const TELL = {
  'task.delegated': ({ taskId, delegatedBy, messageId }: { readonly taskId: string; readonly delegatedBy: string; readonly messageId: string }) =>
    line(taskId, `delegated by ${plainText(delegatedBy.replace(/^agents\//, ''))} (message ${plainText(messageId)})`),
  'task.changed': ({ taskId, report }: { readonly taskId: string; readonly report: TaskReport }, seen: Map<string, string>, at: number) => {
    const state = `${report.status} ${report.agent} ${report.attempts}`;
    const isNew = isNews(seen, `task ${taskId}`, state);
    const { retryAt = at } = report;
    if (retryAt - at >= LONG_REST_MS) {
      const rests = `tries again at ${momentText(retryAt)}  ${plainText(report.error?.message ?? '')}`.trimEnd();
      return isNews(seen, `rest ${taskId}`, rests) ? line(taskId, rests) : undefined;
    }
    return isNew ? taskLine(taskId, report) : undefined;
  },
  'request.recorded': ({ id, action, verdict }: Recorded) => line(stepName(id), `${actionText(action)}  [${verdict.level}]`),
  'approval.requested': ({ id, verdict }: Recorded) => {
    const why = verdict.findings.map((finding) => finding.why).join('; ');
    return line(stepName(id), `waits for a decision, ${verdict.level}: ${plainText(why)}: troupe approve ${plainText(id)}`);
  },
  'approval.decided': ({ id, decision, by, why }: { readonly id: string; readonly decision: string; readonly by: string; readonly why: string }) =>
    line(stepName(id), `${decision} by ${plainText(by)}${why === '' ? '' : `: ${plainText(why)}`}`),
  'request.changed': ({ id, report }: { readonly id: string; readonly report: StepReport }, seen: Map<string, string>) => {
    if (!isNews(seen, `step ${id}`, `${report.status} ${report.reruns ?? 0}`)) return undefined;
    return SETTLED.includes(report.status) || (report.reruns ?? 0) > 0 ? line(stepName(id), stepText(report)) : undefined;
  },
  'plan.changed': ({ planId, status, branch }: { readonly planId: string; readonly status: WorkStatus; readonly branch: string | null }, seen: Map<string, string>) =>
    isNews(seen, `plan ${planId}`, status) ? line(planId, branch === null ? status : `${status} · branch ${plainText(branch)}`) : undefined,
} as const satisfies Record<string, Tell>;

/** A shorter rest between two attempts is no news. */
const LONG_REST_MS = 5_000;

const SETTLED: readonly WorkStatus[] = ['succeeded', 'failed', 'cancelled', 'skipped', 'interrupted'];

/**
 * Feed it the facts in their order, each once; undefined when a fact is no news. Times are counted from the first fact.
 * Facts of other plans are passed over.
 */
export function progressLines(planId: string): (fact: ProgressFact) => string | undefined {
  const seen = new Map<string, string>();
  let start: number | undefined;
  return ({ at, kind, body }) => {
    if (!isKnown(kind) || planOf(body) !== planId) return undefined;
    start ??= at;
    const text = (TELL[kind] as Tell)(body as never, seen, at);
    return text === undefined ? undefined : `${durationText(at - start).padStart(8)}  ${text}`;
  };
}

function isKnown(kind: string): kind is keyof typeof TELL {
  return Object.hasOwn(TELL, kind);
}

/** Ids of requests begin with their plan's. */
function planOf(body: unknown): string | undefined {
  const { planId, id } = (body ?? {}) as { readonly planId?: unknown; readonly id?: unknown };
  if (typeof planId === 'string') return planId;
  return typeof id === 'string' ? id.split('.')[0] : undefined;
}

function isNews(seen: Map<string, string>, key: string, state: string): boolean {
  const known = seen.get(key) === state;
  seen.set(key, state);
  return !known;
}

function line(subject: string, text: string): string {
  return `${plainText(subject).padEnd(20)}  ${text}`;
}

/** `<plan>.<task>.<step>.<attempt>` as `task[step]`. */
function stepName(id: string): string {
  const [, task = id, step = '', attempt = '1', ...rest] = id.split('.');
  return `${task}[${step}]${attempt === '1' ? '' : ` #${attempt}`}${rest.includes('rollback') ? ' way back' : ''}`;
}

function taskLine(taskId: string, { status, agent, attempts, delegation, error, ...span }: TaskReport): string {
  const who = delegation === null ? (agent ?? '') : delegationText(delegation);
  const tries = attempts > 1 ? timesText(attempts, 'attempt') : '';
  const trouble = error === undefined || status === 'running' ? '' : plainText(error.message);
  return line(taskId, [status, plainText(who), tries, spanText(span), trouble].filter((part) => part !== '').join('  '));
}

function stepText(report: StepReport): string {
  const { status, exitCode, error, reruns = 0 } = report;
  const again = reruns > 0 ? `begun again ${timesText(reruns, 'time')} under the same key` : '';
  const code = status === 'failed' && exitCode !== undefined && exitCode !== 0 ? `exit code ${exitCode}` : '';
  return [status, verdictText(report), again, code, spanText(report), plainText(error?.message ?? '')].filter((part) => part !== '').join('  ');
}

function actionText({ type, payload }: Action): string {
  switch (type) {
    case 'BASH_COMMAND':
      return `$ ${plainText(payload.command)}`;
    case 'FILE_OPERATION':
      return plainText(`${payload.op} ${payload.path}`);
    case 'API_CALL':
      return plainText(`${payload.method} ${payload.url}`);
    case 'DATABASE_QUERY':
      return plainText(`${payload.database}: ${payload.sql}`);
    case 'DEPLOYMENT':
      return plainText(`deploy ${payload.version} to ${payload.environment}`);
  }
}
