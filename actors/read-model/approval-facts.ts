// Facts of approvals as rows: what waits, for whom, with the votes so far; what was decided, and what became of the grant.
import { type Apply, json, number, part, whole, word } from './fact-body.ts';

export const APPROVAL_FACTS: Readonly<Record<string, Apply>> = {
  'approval.requested': (db, { seq }, body) => {
    const verdict = part(body.verdict);
    const request = word(body.request ?? body.id);
    db.run(
      `INSERT INTO approvals (seq, id, request, plan_id, task_id, agent, risk, action, findings, action_hash, requested_at, expires_at, rung, may_decide, votes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      seq,
      word(body.id),
      request,
      word(body.planId),
      word(body.taskId),
      word(body.agent),
      word(verdict.level),
      json(body.action),
      json(verdict.findings),
      word(verdict.actionHash),
      number(body.requestedAt) ?? 0,
      number(body.expiresAt) ?? 0,
      word(body.rung),
      json(body.mayDecide),
      json(body.votes ?? []),
    );
    db.run(`UPDATE requests SET status = 'awaiting_approval' WHERE id = ?`, request);
  },
  'approval.escalated': (db, _fact, body) => db.run('UPDATE approvals SET rung = ?, may_decide = ? WHERE id = ?', word(body.rung), json(body.mayDecide), word(body.id)),
  /** The first person to see it. */
  'approval.seen': (db, { at }, body) => {
    for (const id of Array.isArray(body.ids) ? body.ids : []) db.run('UPDATE approvals SET seen_at = ?, seen_by = ? WHERE id = ? AND seen_at IS NULL', at, word(body.by), word(id));
  },
  'approval.voted': (db, _fact, body) => db.run('UPDATE approvals SET votes = ? WHERE id = ?', json(body.votes), word(body.id)),
  /** A confirmation beforehand had no request for approval: the decision stands in activity and in the request's verdict. */
  'approval.decided': (db, { at }, body) => {
    const decision = word(body.decision);
    db.run(
      'UPDATE approvals SET decision = ?, decided_by = ?, why = ?, decided_at = ?, votes = ?, state = ?, ended_at = ? WHERE id = ?',
      decision,
      word(body.by),
      word(body.why),
      number(body.at),
      json(body.votes ?? []),
      decision === 'approved' ? 'granted' : decision,
      decision === 'approved' ? null : whole(at),
      word(body.id),
    );
  },
  'approval.used': (db, _fact, body) => db.run(`UPDATE approvals SET state = 'in_use' WHERE id = ?`, word(body.id)),
  'approval.ended': (db, { at }, body) => {
    const state = word(body.state);
    db.run('UPDATE approvals SET state = ?, ended_at = ?, decision = coalesce(decision, ?) WHERE id = ?', state, whole(at), state, word(body.id));
  },
};
