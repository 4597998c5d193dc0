// Rules that people add, as rows: how each came, and how it went.
import { maskSecrets } from '../../runtime/index.ts';
import type { Fact, FactDb } from './apply-fact.ts';
import type { ReadDb } from './queries.ts';

type Body = Readonly<Record<string, unknown>>;
type Apply = (db: FactDb, fact: Fact, body: Body) => void;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const moment = (value: unknown): number => (typeof value === 'number' ? value : 0);
const json = (value: unknown): string => JSON.stringify(maskSecrets(value ?? null));

const end =
  (by: string | undefined, why: string | undefined): Apply =>
  (db, _fact, body) =>
    db.run(
      'UPDATE rules SET ended_at = ?, ended_by = ?, ended_why = ? WHERE id = ? AND ended_at IS NULL',
      moment(body.at),
      by ?? text(body.by),
      why ?? text(body.why),
      text(body.id),
    );

export const APPLY_RULES: Readonly<Record<string, Apply>> = {
  'rule.added': (db, { seq }, body) =>
    db.run(
      'INSERT INTO rules (seq, id, owner, why, scope, does, added_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      seq,
      text(body.id),
      text(body.owner),
      text(body.why),
      json(body.scope),
      json(body.does),
      moment(body.addedAt),
      moment(body.expiresAt),
    ),
  'rule.removed': end(undefined, undefined),
  'rule.expired': end('deadline', 'its time was over'),
};

/** How often people have approved this action for this agent. */
export function timesApproved(db: ReadDb, agent: string, action: unknown): number {
  const [row] = db.query<{ readonly times: number }>(
    `SELECT count(*) AS times FROM approvals WHERE agent = ? AND decision = 'approved' AND action = ? AND votes <> '[]'`,
    agent,
    json(action),
  );
  return row?.times ?? 0;
}

/** Where a plan works; undefined when there is none. */
export function planWorkspace(db: ReadDb, plan: string): string | undefined {
  const [row] = db.query<{ readonly workspace: string | null }>("SELECT json_extract(plan, '$.workspace') AS workspace FROM plans WHERE plan_id = ?", plan);
  return row?.workspace ?? undefined;
}
