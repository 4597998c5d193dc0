// The tasks extension on a node: a task is a plan or one of its tasks, under the name of its durable actor.
import { describe, expect, it } from 'vitest';
import { nodeTasks } from '../../../gateway/mcp/node-tasks.ts';
import type { Permission } from '../../../gateway/operations/index.ts';
import { fleetNode, task } from '../../support/fleet-node.ts';
import { modernRequest } from '../../support/modern-request.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { openRpcDoor } from '../../support/test-door.ts';

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const ASKABLE = { ...TASKS, elicitation: {} };

const risky = (id: string, level = 'HIGH', agent = 'testing') => task(id, { agent, steps: [{ kind: 'bash', payload: { command: `risk ${level} ${id}` }, idempotent: false }] });

async function served() {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const ask = (method: string, params: object, capabilities: object = TASKS) => modernRequest(port, method, params as Record<string, unknown>, capabilities);
  return { node, port, ask, wait: (plan: string, capabilities?: object) => ask('tools/call', { name: 'plan_await', arguments: { plan } }, capabilities) };
}

const requestsOf = (result: unknown): Record<string, { readonly method: string; readonly params: { readonly message: string } }> =>
  (result as { inputRequests?: Record<string, never> }).inputRequests ?? {};

async function ran(node: TestNode, count: number): Promise<void> {
  await expect.poll(() => node.ran.length, { timeout: 5_000 }).toBe(count);
  await settle();
}

describe('a call that waits for work', () => {
  it('is answered with a task that is the plan itself, and with its report once it has ended', async () => {
    const { node, ask, wait } = await served();
    await node.submit('p', [risky('one')]);
    const { result } = await wait('p');
    expect(result).toMatchObject({
      resultType: 'task',
      taskId: 'plans/p',
      status: 'working',
      ttlMs: null,
      createdAt: expect.stringMatching(/Z$/),
      lastUpdatedAt: expect.stringMatching(/Z$/),
    });
    expect((await ask('tasks/get', { taskId: 'plans/p' })).result).toMatchObject({ status: 'working', statusMessage: expect.stringContaining('approval_decide') });
    await node.run('approval.decide', { request: 'p.one.0.1', decision: 'approve' });
    await ran(node, 1);
    const seen = (await ask('tasks/get', { taskId: 'plans/p' })).result;
    expect(seen).toMatchObject({ resultType: 'complete', status: 'completed', result: { structuredContent: await node.run('plan.status', { plan: 'p' }) } });
    expect((await wait('p')).result).toMatchObject({ structuredContent: { status: 'succeeded' } });
  });

  it('of one task is answered with that task, and another one of the plan says nothing about it', async () => {
    const { node, ask } = await served();
    await node.submit('p', [task('quick', { agent: 'database' }), risky('slow')]);
    await ran(node, 1);
    expect((await ask('tools/call', { name: 'task_await', arguments: { task: 'p.slow' } })).result).toMatchObject({
      resultType: 'task',
      taskId: 'tasks/p.slow',
      status: 'working',
    });
    expect((await ask('tools/call', { name: 'task_await', arguments: { task: 'p.quick' } })).result).toMatchObject({
      structuredContent: { plan: 'p', id: 'quick', status: 'succeeded' },
    });
    expect((await ask('tasks/get', { taskId: 'tasks/p.quick' }, ASKABLE)).result).toMatchObject({ status: 'completed', result: { structuredContent: { id: 'quick' } } });
    expect(Object.keys(requestsOf((await ask('tasks/get', { taskId: 'tasks/p.slow' }, ASKABLE)).result))).toHaveLength(1);
  });

  it('is a plain wait for a client that does not say that it knows tasks', async () => {
    const { node, ask, wait } = await served();
    await node.submit('p', [task('one')]);
    await ran(node, 1);
    expect((await wait('p', {})).result).toMatchObject({ structuredContent: { status: 'succeeded' } });
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel'])
      expect(await ask(method, { taskId: 'plans/p' }, {})).toMatchObject({ status: 400, error: { code: -32_021, data: { requiredCapabilities: TASKS } } });
  });

  it('about what is not there is told so by the tool, and a task that is not there is an invalid parameter', async () => {
    const { ask, wait } = await served();
    expect((await wait('none')).result).toMatchObject({ isError: true });
    for (const taskId of ['plans/none', 'tasks/none.one', 'agents/testing', 'plans/', '../x']) expect((await ask('tasks/get', { taskId })).error).toMatchObject({ code: -32_602 });
  });
});

describe('a task that waits for a person', () => {
  it('asks a client that can ask one, takes the answers one by one, and binds each to the action that was shown', async () => {
    const { node, ask } = await served();
    await node.submit('p', [risky('one', 'MEDIUM'), risky('two', 'MEDIUM', 'database')]);
    await settle();
    const asked = requestsOf((await ask('tasks/get', { taskId: 'plans/p' }, ASKABLE)).result);
    const keys = Object.keys(asked);
    expect(keys.map((key) => key.split(' ').slice(0, 2).join(' ')).sort()).toEqual(['allow p.one.0.1', 'allow p.two.0.1']);
    expect(Object.values(asked)[0]).toMatchObject({ method: 'elicitation/create', params: { message: expect.stringMatching(/MEDIUM: says MEDIUM\..*risk MEDIUM/s) } });
    const [first = '', second = ''] = keys;
    const update = (inputResponses: object) => ask('tasks/update', { taskId: 'plans/p', inputResponses }, ASKABLE);
    const forged = first.replace(/[0-9a-f]{64}$/, '0'.repeat(64));
    expect((await update({ [forged]: { action: 'accept', content: { confirm: true } }, other: { action: 'accept' } })).result).toEqual(
      expect.objectContaining({ resultType: 'complete' }),
    );
    expect(node.ran).toEqual([]);
    await update({ [first]: { action: 'accept', content: { confirm: true, reason: 'seen' } } });
    expect(Object.keys(requestsOf((await ask('tasks/get', { taskId: 'plans/p' }, ASKABLE)).result))).toEqual([second]);
    await update({ [second]: { action: 'cancel' } });
    expect(Object.keys(requestsOf((await ask('tasks/get', { taskId: 'plans/p' }, ASKABLE)).result))).toEqual([second]);
    await update({ [second]: { action: 'decline' } });
    await ran(node, 1);
    const { items } = await node.run<{ items: ReadonlyArray<{ request: string; decision: string; decidedBy: string; why: string }> }>('approval.list', { all: true });
    const decided = Object.fromEntries(items.map(({ request, decision, decidedBy }) => [request, `${decision} by ${decidedBy}`]));
    expect(decided).toEqual({ [first.split(' ')[1] ?? '']: 'approved by admin', [second.split(' ')[1] ?? '']: 'denied by admin' });
  });

  it('asks what became of what was cut off', async () => {
    const { node, ask } = await served();
    await node.submit('p', [risky('one')]);
    await node.run('agent.interrupt', { agent: 'testing' });
    await settle();
    const { result } = await ask('tasks/get', { taskId: 'tasks/p.one' }, ASKABLE);
    expect(requestsOf(result)).toMatchObject({ 'resolve p.one': { params: { message: expect.stringContaining('interrupted') } } });
    await ask('tasks/update', { taskId: 'tasks/p.one', inputResponses: { 'resolve p.one': { action: 'accept', content: { action: 'skip', reason: 'not needed' } } } }, ASKABLE);
    expect((await ask('tasks/get', { taskId: 'tasks/p.one' }, ASKABLE)).result).toMatchObject({ status: 'completed', result: { structuredContent: { status: 'skipped' } } });
  });
});

describe('a task', () => {
  it('is cancelled by its name, and once more without an error', async () => {
    const { node, ask } = await served();
    await node.submit('p', [risky('one'), risky('two', 'HIGH', 'database')]);
    expect((await ask('tasks/cancel', { taskId: 'tasks/p.one' })).result).toMatchObject({ resultType: 'complete' });
    expect((await ask('tasks/get', { taskId: 'tasks/p.one' })).result).toMatchObject({ status: 'cancelled' });
    for (let time = 0; time < 2; time += 1) expect((await ask('tasks/cancel', { taskId: 'plans/p' })).error).toBeUndefined();
    await settle();
    expect((await ask('tasks/get', { taskId: 'plans/p' })).result).toMatchObject({ status: 'cancelled' });
  });

  it('outlives the node that told of it', async () => {
    const before = await fleetNode();
    await before.submit('p', [risky('one')]);
    await before.system.stop();
    const node = await runningNode({ from: before });
    const { port } = await openRpcDoor(() => node.node);
    expect((await modernRequest(port, 'tasks/get', { taskId: 'plans/p' }, TASKS)).result).toMatchObject({ status: 'working', taskId: 'plans/p' });
  });

  it('is there only for who may read, and asks only who may decide', async () => {
    const { node } = await served();
    await node.submit('p', [risky('one')]);
    const tasks = nodeTasks(() => node.node);
    const seenWith = (...permissions: Permission[]) =>
      tasks.see('plans/p', { caller: { name: 'eve', permissions }, signal: new AbortController().signal, capabilities: { elicitation: {} } });
    expect(await seenWith()).toBeUndefined();
    expect(await seenWith('read')).toMatchObject({ status: 'working' });
    expect(await seenWith('read', 'approve')).toMatchObject({ status: 'input_required' });
  });
});
