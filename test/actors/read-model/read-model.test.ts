import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import {
  applyFact,
  findRequest,
  findTasks,
  listActivity,
  listAgents,
  listAlerts,
  listApprovals,
  listPlans,
  listRequests,
  listTasks,
  listTransitions,
  READ_MODEL_MIGRATIONS,
  TRANSITIONS_KEPT,
} from '../../../actors/read-model/index.ts';
import { decide } from '../../support/decide.ts';
import { type FleetNode, fleetNode, task } from '../../support/fleet-node.ts';
import { FAILED, OK } from '../../support/turn-script.ts';

const running: FleetNode[] = [];
afterEach(async () => {
  for (const node of running.splice(0)) await node.system.stop();
});

function openDb() {
  const file = new Database(':memory:');
  // What every projection has before its own tables.
  file.exec('CREATE TABLE projection_position (position INTEGER NOT NULL)');
  for (const sql of READ_MODEL_MIGRATIONS) file.exec(sql);
  return {
    run: (sql: string, ...params: ReadonlyArray<string | number | null>) => file.prepare(sql).run(...params),
    query: <T>(sql: string, ...params: ReadonlyArray<string | number | null>) => file.prepare(sql).all(...params) as T[],
  };
}

async function projected(node: FleetNode) {
  const db = openDb();
  for (const fact of await node.system.journal.facts({ after: 0, limit: 100_000 })) applyFact(db, fact);
  return db;
}

describe('the read model', () => {
  async function afterWork() {
    const node = await fleetNode((command) => (command === 'bad' ? FAILED : OK));
    running.push(node);
    const bash = (command: string) => [{ kind: 'bash' as const, payload: { command }, idempotent: false }];
    await node.submit('p-1', [task('a'), task('b', { needs: ['a'] })]);
    await node.submit('p-2', [task('bad', { agent: 'testing' }), task('c', { steps: bash('risk HIGH now'), agent: 'database' })]);
    return { node, db: await projected(node) };
  }

  it('shows plans, tasks and requests as their actors last said', async () => {
    const { db } = await afterWork();
    expect(listPlans(db).items).toMatchObject([
      { plan: 'p-2', status: 'awaiting_approval', endedAt: null },
      { plan: 'p-1', status: 'succeeded', branch: 'troupe/p-1', caller: 'ann' },
    ]);
    expect(listTasks(db, { plan: 'p-1' }).items).toMatchObject([
      { id: 'b', status: 'succeeded', attempts: 1, delegatedBy: 'agents/supervisor' },
      { id: 'a', status: 'succeeded' },
    ]);
    expect(findTasks(db, 'bad')).toMatchObject([{ plan: 'p-2', agent: 'testing', status: 'failed' }]);
    expect(findTasks(db, 'p-2.bad')).toHaveLength(1);
    expect(listRequests(db, { plan: 'p-2', task: 'bad' }).items).toMatchObject([{ id: 'p-2.bad.0.1', status: 'failed', risk: 'LOW', type: 'BASH_COMMAND' }]);
    expect(findRequest(db, 'p-1.a.0.1')).toMatchObject({ status: 'succeeded', verdict: { level: 'LOW' }, report: { exitCode: 0 } });
    expect(JSON.stringify(findRequest(db, 'p-1.a.0.1')?.report)).not.toContain('stdout');
    expect(listAgents(db)).toHaveLength(6);
    expect(listAgents(db)).toContainEqual(expect.objectContaining({ name: 'database', state: 'working' }));
  });

  it('lists what waits for a decision, and keeps the decision once it is made', async () => {
    const { node, db } = await afterWork();
    expect(listApprovals(db).items).toMatchObject([
      { id: 'p-2.c.0.1', agent: 'database', risk: 'HIGH', decision: null, state: 'open', rung: 'operator', votes: [], action: { payload: { command: 'risk HIGH now' } } },
    ]);
    await node.ask('approvals/p-2.c.0.1', decide('deny', { reason: 'not today' }));
    await node.pass(500);
    const later = await projected(node);
    expect(listApprovals(later).items).toEqual([]);
    expect(listApprovals(later, { all: true }).items).toMatchObject([{ decision: 'denied', state: 'denied', decidedBy: 'bob', why: 'not today' }]);
    expect(listActivity(later, { kind: 'approval.decided' }).items).toMatchObject([{ body: { id: 'p-2.c.0.1', by: 'bob' } }]);
    expect(listPlans(later, { status: 'failed' }).items).toMatchObject([{ plan: 'p-2' }]);
  });

  it('tells each step of an actor, in order', async () => {
    const { db } = await afterWork();
    const steps = listTransitions(db, 'plans/p-1').items;
    expect(steps.at(-1)).toMatchObject({ step: 1, type: 'troupe.init', from: null, to: 'running' });
    expect(steps[0]).toMatchObject({ from: 'closing', to: 'ended' });
  });

  it('pages without losing or repeating a row', async () => {
    const { db } = await afterWork();
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = listTasks(db, { limit: 1, cursor });
      seen.push(...items.map(({ id }) => id));
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect([...seen].sort()).toEqual(['a', 'b', 'bad', 'c']);
  });

  it('keeps about the last two hundred steps of an actor', () => {
    const db = openDb();
    for (let step = 1; step <= 1_000; step += 1)
      applyFact(db, { seq: step, at: step, kind: 'steps', body: [{ address: 'x', step, at: step, epoch: 1, type: 'T', from: null, to: null, effects: [] }] });
    const [{ n } = { n: 0 }] = db.query<{ n: number }>('SELECT count(*) AS n FROM transitions');
    expect(n).toBe(TRANSITIONS_KEPT);
  });

  it('masks what is named a secret, and takes an unknown fact as an activity', () => {
    const db = openDb();
    applyFact(db, { seq: 1, at: 1, kind: 'something.new', body: '{"id":"x","token":"abc"}' });
    expect(listActivity(db).items).toMatchObject([{ kind: 'something.new', subject: 'x', body: { id: 'x', token: '***' } }]);
  });
});

describe('alerts in the read model', () => {
  const alert = { id: 'quarantine:a', kind: 'quarantine', severity: 'critical', address: 'a', text: 'old', raisedAt: 5.5 };
  const fact = (seq: number, kind: string, body: object) => ({ seq, at: 10 * seq, kind, body });

  it('are one row as long as their reason lasts, whatever is said of it, and another when it comes again', () => {
    const db = openDb();
    const facts = [
      fact(1, 'alert.raised', alert),
      fact(2, 'alert.raised', { ...alert, text: 'new' }),
      fact(3, 'alert.raised', { ...alert, id: 'journal', address: null }),
      fact(4, 'alert.cleared', { id: 'quarantine:a' }),
      fact(5, 'alert.raised', alert),
    ];
    for (const each of facts) applyFact(db, each);
    expect(listAlerts(db).items).toMatchObject([{ id: 'quarantine:a', text: 'old' }, { id: 'journal' }]);
    expect(listAlerts(db, { all: true }).items).toMatchObject([
      { id: 'quarantine:a', clearedAt: null },
      { id: 'journal', address: null },
      { id: 'quarantine:a', text: 'new', raisedAt: 5, clearedAt: 40 },
    ]);
  });
});
