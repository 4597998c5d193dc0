// Rules that people add, as rows: how each came, and how it went.
import { type Apply, json, whole, word } from './fact-body.ts';
import type { ReadDb } from './queries.ts';

const end =
  (by: string | undefined, why: string | undefined): Apply =>
  (db, _fact, body) =>
    db.run(
      'UPDATE rules SET ended_at = ?, ended_by = ?, ended_why = ? WHERE id = ? AND ended_at IS NULL',
      whole(body.at),
      by ?? word(body.by),
      why ?? word(body.why),
      word(body.id),
    );

export const APPLY_RULES: Readonly<Record<string, Apply>> = {
  'rule.added': (db, { seq }, body) =>
    db.run(
      'INSERT INTO rules (seq, id, owner, why, scope, does, added_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      seq,
      word(body.id),
      word(body.owner),
      word(body.why),
      json(body.scope),
      json(body.does),
      whole(body.addedAt),
      whole(body.expiresAt),
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
