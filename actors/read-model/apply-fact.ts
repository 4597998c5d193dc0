// Facts of the journal become rows, each exactly once: the projection calls this in one transaction with its position.
// A fact of an unknown kind is an activity and nothing else; one of another shape than its kind has is an error of the code.
import { readSteps } from '../../runtime/index.ts';
import { APPROVAL_FACTS } from './approval-facts.ts';
import { BACKUP_FACTS } from './backup-facts.ts';
import { DEPLOYMENT_FACTS } from './deployment-facts.ts';
import { type Apply, type Body, type Fact, type FactDb, json, number, part, text, whole, word } from './fact-body.ts';
import { ROUND_FACTS } from './round-facts.ts';
import { APPLY_RULES } from './rule-rows.ts';
import { PRUNE_EVERY, TRANSITIONS_KEPT } from './schema.ts';

export type { Fact, FactDb } from './fact-body.ts';

const APPLY: Readonly<Record<string, Apply>> = {
  ...APPLY_RULES,
  'alert.raised': (db, { seq }, body) =>
    db.run(
      `INSERT INTO alerts (seq, id, kind, severity, address, text, raised_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) WHERE cleared_at IS NULL DO UPDATE SET severity = excluded.severity, text = excluded.text`,
      seq,
      word(body.id),
      word(body.kind),
      word(body.severity),
      text(body.address),
      word(body.text),
      whole(body.raisedAt),
    ),
  'alert.cleared': (db, { at }, body) => db.run('UPDATE alerts SET cleared_at = ? WHERE id = ? AND cleared_at IS NULL', whole(at), word(body.id)),
  'agent.changed': (db, { at }, body) =>
    db.run(
      `INSERT INTO agents (name, state, role, current, report, updated_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET state = excluded.state, role = excluded.role, current = excluded.current, report = excluded.report, updated_at = excluded.updated_at`,
      word(body.name),
      word(body.state),
      word(body.role),
      body.current === null ? null : `${word(part(body.current).planId)}.${word(part(body.current).taskId)}`,
      json(body),
      at,
    ),
  'plan.submitted': (db, { seq }, body) =>
    db.run(
      `INSERT INTO plans (seq, plan_id, name, status, caller, plan, started_at) VALUES (?, ?, ?, 'running', ?, ?, ?) ON CONFLICT (plan_id) DO NOTHING`,
      seq,
      word(body.planId),
      word(part(body.plan).name),
      text(body.caller),
      json(body.plan),
      number(body.submittedAt),
    ),
  'plan.changed': (db, { seq }, body) =>
    db.run(
      `INSERT INTO plans (seq, plan_id, name, status, caller, branch, started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (plan_id) DO UPDATE SET status = excluded.status, branch = excluded.branch, ended_at = excluded.ended_at`,
      seq,
      word(body.planId),
      word(body.name),
      word(body.status),
      text(body.caller),
      text(body.branch),
      number(body.startedAt),
      number(body.endedAt),
    ),
  'task.delegated': (db, { seq }, body) =>
    db.run(
      `INSERT INTO tasks (seq, plan_id, task_id, status, attempts, delegated_by, message_id, report) VALUES (?, ?, ?, 'pending', 0, ?, ?, 'null')
       ON CONFLICT (plan_id, task_id) DO UPDATE SET delegated_by = excluded.delegated_by, message_id = excluded.message_id`,
      seq,
      word(body.planId),
      word(body.taskId),
      text(body.delegatedBy),
      text(body.messageId),
    ),
  'task.changed': (db, { seq }, body) => {
    const report = part(body.report);
    db.run(
      `INSERT INTO tasks (seq, plan_id, task_id, agent, status, attempts, started_at, ended_at, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (plan_id, task_id) DO UPDATE SET agent = excluded.agent, status = excluded.status, attempts = excluded.attempts,
         started_at = excluded.started_at, ended_at = excluded.ended_at, report = excluded.report`,
      seq,
      word(body.planId),
      word(body.taskId),
      text(report.agent),
      word(report.status),
      number(report.attempts) ?? 0,
      number(report.startedAt),
      number(report.endedAt),
      json(report),
    );
  },
  'request.recorded': (db, { seq, at }, body) => {
    const { action, verdict } = { action: part(body.action), verdict: part(body.verdict) };
    db.run(
      `INSERT INTO requests (seq, id, plan_id, task_id, step, attempt, agent, type, action, idempotent, risk, verdict, status, recorded_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?) ON CONFLICT (id) DO NOTHING`,
      seq,
      word(body.id),
      word(body.planId),
      word(body.taskId),
      number(body.step) ?? 0,
      number(body.attempt) ?? 0,
      word(body.agent),
      word(action.type),
      json(action),
      body.idempotent === true ? 1 : 0,
      word(verdict.level),
      json(verdict),
      at,
      at,
    );
  },
  'request.changed': (db, { at }, body) =>
    db.run(
      'UPDATE requests SET status = ?, report = ?, agent = ?, updated_at = ? WHERE id = ?',
      word(part(body.report).status),
      json(body.report),
      word(body.agent),
      at,
      word(body.id),
    ),
  ...APPROVAL_FACTS,
  ...ROUND_FACTS,
  ...BACKUP_FACTS,
  ...DEPLOYMENT_FACTS,
};

const SUBJECT_MEMBERS = ['planId', 'name', 'agent', 'id'] as const;

function subjectOf(body: Body): string | null {
  const member = SUBJECT_MEMBERS.find((name) => typeof body[name] === 'string');
  return member === undefined ? null : word(body[member]);
}

/** Facts that say again what a row says now are no activity of their own. */
const SILENT: readonly string[] = ['agent.changed', 'request.changed', 'task.changed', 'plan.changed', 'actor.ended'];

export function applyFact(db: FactDb, fact: Fact): void {
  const content: unknown = typeof fact.body === 'string' ? JSON.parse(fact.body) : fact.body;
  if (fact.kind === 'steps') {
    for (const step of readSteps(content as readonly unknown[])) applyStep(db, step as unknown as Body);
    return;
  }
  const body = part(content);
  APPLY[fact.kind]?.(db, fact, body);
  if (!SILENT.includes(fact.kind)) {
    db.run('INSERT INTO activity (seq, at, kind, address, subject, body) VALUES (?, ?, ?, ?, ?, ?)', fact.seq, fact.at, fact.kind, text(body.address), subjectOf(body), json(body));
  }
}

function applyStep(db: FactDb, { address, step, at, epoch, messageId, type, from, to, cause, effects }: Body): void {
  db.run(
    'INSERT INTO transitions (address, step, at, epoch, message_id, type, from_state, to_state, cause, effects) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    word(address),
    number(step) ?? 0,
    number(at) ?? 0,
    number(epoch) ?? 0,
    text(messageId),
    word(type),
    JSON.stringify(from ?? null),
    JSON.stringify(to ?? null),
    text(cause),
    JSON.stringify(effects ?? []),
  );
  if ((number(step) ?? 0) % PRUNE_EVERY === 0) {
    db.run(
      'DELETE FROM transitions WHERE address = ? AND id <= (SELECT id FROM transitions WHERE address = ? ORDER BY id DESC LIMIT 1 OFFSET ?)',
      word(address),
      word(address),
      TRANSITIONS_KEPT,
    );
  }
}
