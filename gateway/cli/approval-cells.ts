// One approval as a row for people: what it is about, who may decide on it, and until when; and below them all what is offered as a rule.
import { clockTime } from './table.ts';

export interface ApprovalRow {
  readonly id: string;
  readonly risk: string;
  readonly agent: string;
  readonly state: string;
  readonly decidedBy: string | null;
  readonly expiresAt: number;
  readonly rung: string | null;
  readonly votes: ReadonlyArray<{ readonly by: string }>;
  readonly mayDecide: {
    readonly agents: readonly string[];
    readonly people: readonly string[] | null;
    readonly not: readonly string[];
    readonly count: number;
    readonly login: boolean;
  } | null;
  readonly action: { readonly payload?: unknown };
  readonly offer?: string;
}

export function approvalCells(row: ApprovalRow, now: number): readonly string[] {
  const { id, risk, agent, state, decidedBy, expiresAt, action } = row;
  const how = decidedBy === null ? state : `${state}, by ${decidedBy}`;
  return [
    id,
    risk,
    agent,
    state === 'open' ? waitText(row) : how,
    state === 'open' ? whoText(row) : '-',
    state === 'open' ? clockTime(expiresAt, now) : '-',
    JSON.stringify(action.payload),
  ];
}

/** A line each; nothing when none was approved often. */
export function offersText(rows: readonly ApprovalRow[]): string {
  const lines = rows.flatMap(({ id, offer }) => (offer === undefined ? [] : [`${id}: ${offer}`]));
  return lines.length === 0 ? '' : `\n\n${lines.join('\n')}`;
}

function waitText({ votes, mayDecide }: ApprovalRow): string {
  const needed = mayDecide?.count ?? 1;
  return needed === 1 ? 'waits' : `waits, ${votes.length} of ${needed}${votes.length === 0 ? '' : ` (${votes.map(({ by }) => by).join(', ')})`}`;
}

function whoText({ mayDecide, rung }: ApprovalRow): string {
  if (rung === 'round') return 'a round of agents';
  if (mayDecide === null) return '-';
  const { agents, people, not, login, count } = mayDecide;
  const person = people === null ? 'any person' : people.join(' or ');
  const except = count > 1 && not.length > 0 ? ` except ${not.join(', ')}` : '';
  return `${[...agents, person].join(' or ')}${except}${login ? ', logged in' : ''}`;
}
