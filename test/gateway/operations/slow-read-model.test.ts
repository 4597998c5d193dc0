// What an acceptance is followed by when the read model is slow: reads wait a second for it, and those by id then ask the actor (K13).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addApiRoutes } from '../../../gateway/http/api-door.ts';
import { addRpcRoute } from '../../../gateway/http/rpc-door.ts';
import { planText } from '../../support/call-plan.ts';
import type { Answers } from '../../support/fleet-node.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { testDoor } from '../../support/test-door.ts';

/** The journal gives no facts until the returned call. */
function holdFacts({ system }: TestNode): () => void {
  const { journal } = system;
  const facts = journal.facts.bind(journal);
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  journal.facts = async (page) => {
    await gate;
    return facts(page);
  };
  return () => {
    journal.facts = facts;
    release();
  };
}

async function served(answers?: Answers) {
  const node = await runningNode(answers === undefined ? {} : { answers });
  await node.facts.read();
  const door = testDoor('api', addApiRoutes, () => node.node);
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const submit = (command = 'one') => door.post('/api/v1/plans', { text: planText(workspace, { commands: [command] }), baseDir: workspace });
  /** Whether the answer is there after that much time. */
  const passed = async <T>(ms: number, answer: Promise<T>): Promise<T | 'waiting'> => {
    await settle();
    node.services.clock.advance(ms);
    await settle();
    return Promise.race([answer, settle().then(() => 'waiting' as const)]);
  };
  return { ...door, node, submit, passed };
}

describe('a read behind a slow read model', () => {
  it('waits for it, and no longer than a second (K13)', async () => {
    const { node, get, submit, passed } = await served();
    holdFacts(node);
    await submit();
    const list = get('/api/v1/plans');
    expect(await passed(999, list)).toBe('waiting');
    expect(await passed(1, list)).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('has the answer as soon as the read model is there (K13)', async () => {
    const { node, get, submit, passed } = await served();
    const release = holdFacts(node);
    const { body } = await submit();
    const list = get('/api/v1/plans');
    expect(await passed(500, list)).toBe('waiting');
    release();
    expect((await list).body.items).toMatchObject([{ plan: body.plan }]);
  });

  it('of a task asks the actors, by either of its names (K13)', async () => {
    const { node, get, submit, passed } = await served();
    holdFacts(node);
    const { body } = await submit();
    await settle();
    for (const name of ['task-0', `${String(body.plan)}.task-0`]) {
      expect(await passed(1_000, get(`/api/v1/tasks/${name}`))).toMatchObject({ status: 200, body: { plan: body.plan, id: 'task-0' } });
    }
    expect(await passed(1_000, get('/api/v1/tasks/task-7'))).toMatchObject({ status: 404, body: { code: 'NoSuchTask' } });
  });

  it('of a request asks its actor, also when something older is recorded of it (K13)', async () => {
    const { node, get, post, submit, passed } = await served(() => undefined);
    await submit('risk MEDIUM');
    await settle();
    const [waiting] = (await get('/api/v1/approvals')).body.items ?? [];
    const id = String(waiting?.id);
    holdFacts(node);
    await post(`/api/v1/approvals/${id}/decision`, { decision: 'approve', reason: 'seen' });
    await settle();
    expect(await passed(1_000, get(`/api/v1/requests/${id}`))).toMatchObject({
      status: 200,
      body: { id, report: { status: 'running', verdict: { decision: 'approved', by: 'admin' } } },
    });
    expect(await passed(1_000, get('/api/v1/requests/nobody'))).toMatchObject({ status: 404, body: { code: 'NoSuchRequest' } });
  });

  it('is not held up by a journal that cannot be read (K13)', async () => {
    const { node, get, submit } = await served();
    node.system.journal.facts = () => Promise.reject(new Error('planned'));
    await submit();
    expect(await get('/api/v1/plans')).toMatchObject({ status: 200, body: { items: [] } });
  });
});

describe('Troupe-Position', () => {
  it('is carried by what accepts something, and is the position of its commit (K13)', async () => {
    const { node, post, submit } = await served();
    const before = node.system.position;
    const { headers } = await submit();
    expect(Number(headers['troupe-position'])).toBeGreaterThan(before);
    expect(Number(headers['troupe-position'])).toBeLessThanOrEqual(node.system.position);
    const sent = await post('/api/v1/messages', { to: 'testing', type: 'note' });
    expect(Number(sent.headers['troupe-position'])).toBeGreaterThanOrEqual(Number(headers['troupe-position']));
    const rpc = testDoor('rpc', addRpcRoute, () => node.node);
    const earlier = node.system.position;
    const paused = Number((await rpc.post('/rpc', { jsonrpc: '2.0', id: 1, method: 'fleet.pause' })).headers['troupe-position']);
    expect(paused).toBeGreaterThan(earlier);
    expect(paused).toBeLessThanOrEqual(node.system.position);
  });

  it('given back with a read is what it waits for, and nothing newer (K13)', async () => {
    const { node, get, submit, passed } = await served();
    const position = String(node.facts.position());
    holdFacts(node);
    const { headers } = await submit();
    expect(await get('/api/v1/plans', { 'troupe-position': position })).toMatchObject({ status: 200, headers: { 'troupe-position': position } });
    expect(await passed(999, get('/api/v1/plans', { 'troupe-position': String(headers['troupe-position']) }))).toBe('waiting');
  });

  it('of another journal is waited for no longer than all there is', async () => {
    const { get, submit } = await served();
    await submit();
    expect((await get('/api/v1/plans', { 'troupe-position': '999999999' })).body.items).toHaveLength(1);
  });

  it.each(['-1', 'soon', '1e9'])('that is none is refused: %s', async (position) => {
    const { get } = await served();
    expect(await get('/api/v1/plans', { 'troupe-position': position })).toMatchObject({ status: 400, body: { code: 'InvalidInput' } });
  });
});
