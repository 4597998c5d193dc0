// Words that reports and progress lines share. Whatever came out of a command or a file is stripped of control characters:
// a terminal that shows it does not obey it.
import type { StepReport, TaskReport, WorkStatus } from '../work/types.ts';

export const MARKS: Readonly<Record<WorkStatus, string>> = {
  pending: '·',
  awaiting_approval: '?',
  running: '▸',
  succeeded: '✔',
  failed: '✘',
  cancelled: '–',
  skipped: '–',
  interrupted: '!',
};

const GREY = 90;
const COLOURS: Readonly<Record<WorkStatus, number>> = {
  pending: GREY,
  awaiting_approval: 33,
  running: 36,
  succeeded: 32,
  failed: 31,
  cancelled: GREY,
  skipped: GREY,
  interrupted: 35,
};

/** The mark of a status, in its colour when wanted. */
export function markOf(status: WorkStatus, colour: boolean): string {
  return colour ? `\u001b[${COLOURS[status]}m${MARKS[status]}\u001b[39m` : MARKS[status];
}

/** One line of plain text: blanks run together, control characters and those that turn the direction of text are dropped. */
export function plainText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .trim();
}

export function cutText(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-01-31 12:00:05 UTC`. */
export const momentText = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Empty unless both ends are known. */
export function spanText({ startedAt, endedAt }: { readonly startedAt?: number | null; readonly endedAt?: number | null }): string {
  return typeof startedAt === 'number' && typeof endedAt === 'number' ? durationText(Math.max(0, endedAt - startedAt)) : '';
}

/** `LOW auto`, `HIGH approved by ann`; empty before the gate has judged. */
export function verdictText({ risk, verdict }: Pick<StepReport, 'risk' | 'verdict'>): string {
  if (risk === undefined) return '';
  if (verdict === undefined) return risk;
  const by = verdict.by === undefined ? '' : ` by ${plainText(verdict.by)}`;
  const words = { auto: 'auto', approved: `approved${by}`, denied: `denied${by}`, pending: 'waits for a decision' }[verdict.decision];
  return `${risk} ${words}`;
}

/** `supervisor → testing`: names without the path that all agents share. */
export function delegationText({ from, to }: Pick<NonNullable<TaskReport['delegation']>, 'from' | 'to'>): string {
  const name = (address: string): string => plainText(address.replace(/^agents\//, ''));
  return `${name(from)} → ${name(to)}`;
}

export function timesText(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
