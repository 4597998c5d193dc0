// Facts of deployments as rows: what was to be deployed where, under which grant; how far it came, and what it came to.
import { type Apply, json, number, text, whole, word } from './fact-body.ts';

export const DEPLOYMENT_FACTS: Readonly<Record<string, Apply>> = {
  'deployment.opened': (db, { seq }, body) =>
    db.run(
      `INSERT INTO deployments (seq, id, plan_id, task_id, agent, caller, kind, environment, version, rollback_to, place, within, state, payload, workspace, level, approval,
         granted_by, action_hash, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'claiming', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      seq,
      word(body.id),
      word(body.planId),
      word(body.taskId),
      word(body.agent),
      word(body.caller),
      word(body.kind),
      word(body.environment),
      word(body.version),
      text(body.rollbackTo),
      word(body.place),
      text(body.within),
      json(body.payload),
      word(body.workspace),
      word(body.level),
      text(body.approval),
      text(body.grantedBy),
      word(body.actionHash),
      whole(body.openedAt),
    ),
  'deployment.changed': (db, _fact, body) =>
    db.run(
      'UPDATE deployments SET state = ?, last_good = ?, commit_id = ?, backup = ?, digest = ?, files = ?, problem = ?, stuck = ?, ended_at = ? WHERE id = ?',
      word(body.state),
      text(body.lastGood),
      text(body.commit),
      text(body.backup),
      text(body.digest),
      number(body.files),
      json(body.problem),
      json(body.stuck),
      body.endedAt === null ? null : whole(body.endedAt),
      word(body.id),
    ),
};
