// What people ask of the read model. Lists are pages, the newest first; a cursor is the place after the last item of its page.

/** As much of a projection as queries need. */
export interface ReadDb {
  query<T>(sql: string, ...params: ReadonlyArray<string | number | null>): T[];
}

export interface PageWish {
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export type Row = Readonly<Record<string, string | number | null>>;
type Filter = Readonly<Record<string, string | undefined>>;

const DEFAULT_LIMIT = 50;
const MOST = 500;

/** Columns come from the code only; values are always parameters. */
export function page<T>(db: ReadDb, table: string, key: 'seq' | 'id', filter: Filter, wish: PageWish, read: (row: Row) => T, where: readonly string[] = []): ListPage<T> {
  const limit = Math.max(1, Math.min(MOST, Math.trunc(wish.limit ?? DEFAULT_LIMIT)));
  const before = Number(wish.cursor ?? Number.MAX_SAFE_INTEGER);
  const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const conditions = [`${key} < ?`, ...given.map(([column]) => `${column} = ?`), ...where];
  const params = [Number.isSafeInteger(before) ? before : Number.MAX_SAFE_INTEGER, ...given.map(([, value]) => value), limit + 1];
  const rows = db.query<Row>(`SELECT * FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ${key} DESC LIMIT ?`, ...params);
  const shown = rows.slice(0, limit);
  return { items: shown.map(read), nextCursor: rows.length > limit ? String(shown[shown.length - 1]?.[key]) : null };
}

export const parsed = (value: string | number | null | undefined): unknown => (typeof value === 'string' ? JSON.parse(value) : null);

const readPlan = (row: Row) => ({
  plan: row.plan_id,
  name: row.name,
  status: row.status,
  caller: row.caller,
  branch: row.branch,
  startedAt: row.started_at,
  endedAt: row.ended_at,
});

/** The task's report as it last changed, without outputs: those are in the plan's report. */
const readTask = (row: Row) => ({
  id: row.task_id,
  plan: row.plan_id,
  agent: row.agent,
  status: row.status,
  attempts: row.attempts,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  delegatedBy: row.delegated_by,
  messageId: row.message_id,
  report: parsed(row.report),
});

const readRequest = (row: Row) => ({
  id: row.id,
  plan: row.plan_id,
  task: row.task_id,
  step: row.step,
  attempt: row.attempt,
  agent: row.agent,
  type: row.type,
  action: parsed(row.action),
  idempotent: row.idempotent === 1,
  risk: row.risk,
  verdict: parsed(row.verdict),
  status: row.status,
  report: parsed(row.report),
  recordedAt: row.recorded_at,
  updatedAt: row.updated_at,
});

const readApproval = (row: Row) => ({
  id: row.id,
  plan: row.plan_id,
  task: row.task_id,
  agent: row.agent,
  risk: row.risk,
  action: parsed(row.action),
  findings: parsed(row.findings),
  actionHash: row.action_hash,
  requestedAt: row.requested_at,
  expiresAt: row.expires_at,
  decision: row.decision,
  decidedBy: row.decided_by,
  why: row.why,
  decidedAt: row.decided_at,
  request: row.request ?? row.id,
  state: row.state,
  rung: row.rung,
  mayDecide: parsed(row.may_decide),
  votes: parsed(row.votes),
  seenAt: row.seen_at,
  seenBy: row.seen_by,
  endedAt: row.ended_at,
});

const readActivity = (row: Row) => ({ seq: row.seq, at: row.at, kind: row.kind, address: row.address, subject: row.subject, body: parsed(row.body) });

const readTransition = (row: Row) => ({
  step: row.step,
  at: row.at,
  epoch: row.epoch,
  messageId: row.message_id,
  type: row.type,
  from: parsed(row.from_state),
  to: parsed(row.to_state),
  cause: row.cause,
  effects: parsed(row.effects),
});

export function listPlans(db: ReadDb, wish: PageWish & { readonly status?: string | undefined } = {}): ListPage<ReturnType<typeof readPlan>> {
  return page(db, 'plans', 'seq', { status: wish.status }, wish, readPlan);
}

export interface TaskFilter extends PageWish {
  readonly plan?: string | undefined;
  readonly agent?: string | undefined;
  readonly status?: string | undefined;
}

export function listTasks(db: ReadDb, wish: TaskFilter = {}): ListPage<ReturnType<typeof readTask>> {
  return page(db, 'tasks', 'seq', { plan_id: wish.plan, agent: wish.agent, status: wish.status }, wish, readTask);
}

/** Tasks of any plan under that id, the newest first: a task is named by its plan and id, people say only the id. */
export function findTasks(db: ReadDb, taskId: string): ReadonlyArray<ReturnType<typeof readTask>> {
  return db.query<Row>(`SELECT * FROM tasks WHERE task_id = ? OR plan_id || '.' || task_id = ? ORDER BY seq DESC LIMIT 50`, taskId, taskId).map(readTask);
}

export function listRequests(db: ReadDb, wish: TaskFilter & { readonly task?: string | undefined } = {}): ListPage<ReturnType<typeof readRequest>> {
  return page(db, 'requests', 'seq', { plan_id: wish.plan, task_id: wish.task, agent: wish.agent, status: wish.status }, wish, readRequest);
}

export function findRequest(db: ReadDb, id: string): ReturnType<typeof readRequest> | undefined {
  return db.query<Row>('SELECT * FROM requests WHERE id = ?', id).map(readRequest)[0];
}

/** Those that wait, or with `all` every one. */
export function listApprovals(
  db: ReadDb,
  wish: PageWish & { readonly plan?: string | undefined; readonly all?: boolean | undefined } = {},
): ListPage<ReturnType<typeof readApproval>> {
  return page(db, 'approvals', 'seq', { plan_id: wish.plan }, wish, readApproval, wish.all === true ? [] : ['decision IS NULL']);
}

/** Those that wait and that no person has seen, asked for at that moment or before; the oldest first. */
export function unseenApprovals(db: ReadDb, requestedBy: number, limit: number): ReadonlyArray<{ readonly id: string; readonly risk: string; readonly agent: string }> {
  return db.query('SELECT id, risk, agent FROM approvals WHERE decision IS NULL AND seen_at IS NULL AND requested_at <= ? ORDER BY seq LIMIT ?', requestedBy, limit);
}

const readRule = (row: Row) => ({
  id: row.id,
  owner: row.owner,
  why: row.why,
  scope: parsed(row.scope),
  does: parsed(row.does),
  addedAt: row.added_at,
  expiresAt: row.expires_at,
  endedAt: row.ended_at,
  endedBy: row.ended_by,
  endedWhy: row.ended_why,
});

/** Those that hold, or with `all` every one that ever did. */
export function listRules(db: ReadDb, wish: PageWish & { readonly all?: boolean | undefined } = {}): ListPage<ReturnType<typeof readRule>> {
  return page(db, 'rules', 'seq', {}, wish, readRule, wish.all === true ? [] : ['ended_at IS NULL']);
}

const readAlert = (row: Row) => ({
  id: row.id,
  kind: row.kind,
  severity: row.severity,
  address: row.address,
  text: row.text,
  raisedAt: row.raised_at,
  clearedAt: row.cleared_at,
});

const readBackup = (row: Row) => ({
  id: String(row.id),
  status: String(row.status),
  by: String(row.caller),
  why: String(row.why),
  begunAt: Number(row.begun_at),
  endedAt: row.ended_at as number | null,
  takenAt: row.taken_at as number | null,
  fact: row.fact as number | null,
  bytes: row.bytes as number | null,
  problem: row.problem as string | null,
});

export type BackupRow = ReturnType<typeof readBackup>;

/** The newest 1,000, newest first. */
export function listBackupRows(db: ReadDb): readonly BackupRow[] {
  return db.query<Row>('SELECT * FROM backups ORDER BY seq DESC LIMIT 1000').map(readBackup);
}

/** Those whose reason lasts, or with `all` every one. */
export function listAlerts(db: ReadDb, wish: PageWish & { readonly all?: boolean | undefined } = {}): ListPage<ReturnType<typeof readAlert>> {
  return page(db, 'alerts', 'seq', {}, wish, readAlert, wish.all === true ? [] : ['cleared_at IS NULL']);
}

export function openAlertIds(db: ReadDb): ReadonlySet<string> {
  return new Set(db.query<{ id: string }>('SELECT id FROM alerts WHERE cleared_at IS NULL').map(({ id }) => id));
}

export function listActivity(
  db: ReadDb,
  wish: PageWish & { readonly subject?: string | undefined; readonly kind?: string | undefined } = {},
): ListPage<ReturnType<typeof readActivity>> {
  return page(db, 'activity', 'seq', { subject: wish.subject, kind: wish.kind }, wish, readActivity);
}

export function listTransitions(db: ReadDb, address: string, wish: PageWish = {}): ListPage<ReturnType<typeof readTransition>> {
  return page(db, 'transitions', 'id', { address }, wish, readTransition);
}

/** Every agent's report as it last changed, by name. */
export function listAgents(db: ReadDb): readonly unknown[] {
  return db.query<Row>('SELECT report FROM agents ORDER BY name').map((row) => parsed(row.report as string));
}
