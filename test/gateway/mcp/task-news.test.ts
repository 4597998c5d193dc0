// `notifications/tasks`: who follows a task hears how it stands whenever that changes, over each way in, and nobody else does.
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { task } from '../../support/fleet-node.ts';
import { mcpClient } from '../../support/mcp-client.ts';
import { modernMessage, modernMeta, modernRequest, postModern } from '../../support/modern-request.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, openRpcDoor } from '../../support/test-door.ts';

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const ASKABLE = { ...TASKS, elicitation: {} };
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

interface Said {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>> & { readonly notifications?: unknown; readonly _meta?: Readonly<Record<string, unknown>> };
  readonly error?: { readonly code: number; readonly data?: unknown };
  readonly result?: unknown;
}

const risky = (id: string, agent = 'testing') => task(id, { agent, steps: [{ kind: 'bash', payload: { command: `risk MEDIUM ${id}` }, idempotent: false }] });

async function served() {
  const node = await runningNode();
  let listeners = 0;
  const facts: typeof node.facts = {
    ...node.facts,
    listen(listener) {
      listeners += 1;
      const forget = node.facts.listen(listener);
      return () => {
        listeners -= 1;
        forget();
      };
    },
  };
  const watched = { ...node.node, facts };
  const { port } = await openRpcDoor(() => watched);
  return { node, port, listeners: () => listeners, approve: (request = 'p.one.0.1') => node.run('approval.decide', { request, decision: 'approve' }) };
}

const LISTEN = 'subscriptions/listen';
/** As over HTTP. */
const LISTEN_ID = 1;
const listen = (notifications: object, capabilities: object) => modernMessage(LISTEN_ID, LISTEN, { notifications }, capabilities);

/** A subscription stream over HTTP: what it says, in order. */
async function streamed(port: number, notifications: object, capabilities: object = TASKS) {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const response = await postModern(port, LISTEN, { notifications }, capabilities, { signal: leaving.signal });
  const said: Said[] = [];
  let over = false;
  const read = async (): Promise<void> => {
    let pending = '';
    for await (const chunk of response.body ?? []) {
      const events = (pending + Buffer.from(chunk).toString()).split('\n\n');
      pending = events.pop() ?? '';
      for (const event of events) if (event.includes('data: ')) said.push(JSON.parse(event.slice(event.indexOf('data: ') + 6)) as Said);
    }
    over = true;
  };
  void read().catch(() => undefined);
  return { status: response.status, said, isOver: () => over, leave: () => leaving.abort() };
}

/** The same over a WebSocket. */
async function spoken(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, 'mcp', { headers: HONEST });
  onTestFinished(() => socket.terminate());
  const said: Said[] = [];
  socket.on('message', (text) => said.push(JSON.parse(String(text)) as Said));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { said, socket, say: (message: object) => socket.send(JSON.stringify(message)) };
}

/** Of one task, each only where it differs from the one before: with it comes what the task says besides. */
function statuses(said: readonly Said[], taskId = 'plans/p'): unknown[] {
  const told = said.filter(({ method, params }) => method === 'notifications/tasks' && params?.taskId === taskId).map(({ params }) => params?.status);
  return told.filter((status, at) => status !== told[at - 1]);
}
const untilSaid = (said: readonly Said[], count: number) => expect.poll(() => said.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(count);
const untilStatuses = (said: readonly Said[], expected: readonly string[], taskId?: string) => expect.poll(() => statuses(said, taskId), { timeout: 15_000 }).toEqual(expected);

/** What lies between may be passed over: how a task stands is told, not each step of it. */
const untilLast = (said: readonly Said[], status: string, taskId?: string) => expect.poll(() => statuses(said, taskId).at(-1), { timeout: 15_000 }).toBe(status);

describe('a subscription to a task', () => {
  it('is acknowledged, tells how the task stands, what it asks, and how it has ended, each as tasks/get says it', async () => {
    const { node, port, approve } = await served();
    await node.submit('p', [risky('one')]);
    await settle();
    const { said } = await streamed(port, { taskIds: ['plans/p', 'tasks/p.one'] }, ASKABLE);
    await untilSaid(said, 3);
    expect(said[0]).toMatchObject({ method: ACKNOWLEDGED, params: { notifications: { taskIds: ['plans/p', 'tasks/p.one'] }, _meta: { [SUBSCRIPTION]: LISTEN_ID } } });
    expect(said[0]?.params?.notifications).not.toHaveProperty('resourceSubscriptions');
    await approve();
    for (const taskId of ['plans/p', 'tasks/p.one']) {
      await untilLast(said, 'completed', taskId);
      expect(statuses(said, taskId)[0]).toBe('input_required');
      const { resultType: _, _meta: __, ...got } = (await modernRequest(port, 'tasks/get', { taskId }, ASKABLE)).result as Readonly<Record<string, unknown>>;
      const told = said.findLast(({ params }) => params?.taskId === taskId);
      expect(told?.params).toEqual({ ...got, _meta: { [SUBSCRIPTION]: LISTEN_ID } });
    }
    for (const { params } of said) expect(params?._meta).toEqual({ [SUBSCRIPTION]: LISTEN_ID });
  });

  it('says nothing more than the SDK would where no task is asked for, and serves what is asked for besides', async () => {
    const { node, port, approve } = await served();
    await node.submit('p', [risky('one')]);
    await settle();
    const uri = 'troupe://tasks/p.one';
    const both = await streamed(port, { taskIds: ['tasks/p.one'], resourceSubscriptions: [uri], toolsListChanged: true });
    const resources = await streamed(port, { resourceSubscriptions: [uri] }, {});
    await untilSaid(both.said, 2);
    await untilSaid(resources.said, 1);
    expect(both.said[0]?.params?.notifications).toEqual({ taskIds: ['tasks/p.one'], resourceSubscriptions: [uri], toolsListChanged: true });
    expect(resources.said[0]?.params?.notifications).toEqual({ resourceSubscriptions: [uri] });
    await approve();
    await untilStatuses(both.said, ['working', 'completed'], 'tasks/p.one');
    await untilSaid(resources.said, 2);
    expect(both.said.some(({ method }) => method === 'notifications/resources/updated')).toBe(true);
    expect(resources.said.slice(1).every(({ method }) => method === 'notifications/resources/updated')).toBe(true);
  });

  it('is refused to a client that does not say that it knows tasks, whatever else it asks for', async () => {
    const { port } = await served();
    for (const notifications of [{ taskIds: ['plans/p'] }, { taskIds: ['plans/p'], toolsListChanged: true }])
      expect(await modernRequest(port, 'subscriptions/listen', { notifications }, {})).toMatchObject({
        status: 400,
        error: { code: -32_021, data: { requiredCapabilities: TASKS } },
      });
  });

  it('is refused when it names too many tasks, or what is no name', async () => {
    const { port } = await served();
    for (const taskIds of [Array.from({ length: 101 }, (_, at) => `plans/p${at}`), [1], 'plans/p', ['']])
      expect((await modernRequest(port, 'subscriptions/listen', { notifications: { taskIds } }, TASKS)).error).toMatchObject({ code: -32_602 });
  });

  it('agrees to none that is not there, and is over where that was all', async () => {
    const { node, port } = await served();
    await node.submit('p', [risky('one')]);
    const some = await streamed(port, { taskIds: ['plans/none', 'plans/p', 'plans/p'] });
    const none = await streamed(port, { taskIds: ['plans/none'] });
    await untilSaid(some.said, 2);
    expect(some.said[0]?.params?.notifications).toEqual({ taskIds: ['plans/p'] });
    await expect.poll(() => none.isOver(), { timeout: 15_000 }).toBe(true);
    expect(none.said[0]?.params?.notifications).toEqual({});
  });

  it('of one that has ended tells of its end at once', async () => {
    const { node, port, approve } = await served();
    await node.submit('p', [risky('one')]);
    await settle();
    await approve();
    await expect.poll(() => node.ran.length, { timeout: 15_000 }).toBe(1);
    await settle();
    const { said } = await streamed(port, { taskIds: ['plans/p'] });
    await untilStatuses(said, ['completed']);
  });

  it('hears of a cancelled task, and of no other plan', async () => {
    const { node, port } = await served();
    await node.submit('p', [risky('one')]);
    await node.submit('q', [risky('one')]);
    await settle();
    const { said } = await streamed(port, { taskIds: ['plans/p'] });
    await untilStatuses(said, ['working']);
    await node.run('plan.cancel', { plan: 'q' });
    await node.run('plan.cancel', { plan: 'p' });
    await untilStatuses(said, ['working', 'cancelled']);
    expect(said.filter(({ params }) => params?.taskId === 'plans/q')).toEqual([]);
  });

  it('is followed only while the stream is open', async () => {
    const { node, port, listeners } = await served();
    await node.submit('p', [risky('one')]);
    const { said, leave } = await streamed(port, { taskIds: ['plans/p'] });
    await untilSaid(said, 2);
    expect(listeners()).toBeGreaterThan(0);
    leave();
    await expect.poll(listeners, { timeout: 15_000 }).toBe(0);
  });
});

describe('over a WebSocket in the revision without sessions', () => {
  it('a subscription tells of tasks, until it is cancelled', async () => {
    const { node, port, approve } = await served();
    await node.submit('p', [risky('one'), risky('two', 'database')]);
    await settle();
    const { said, say } = await spoken(port);
    say(listen({ taskIds: ['tasks/p.one', 'tasks/p.two'] }, TASKS));
    await untilStatuses(said, ['working'], 'tasks/p.one');
    await untilStatuses(said, ['working'], 'tasks/p.two');
    expect(said[0]).toMatchObject({ method: ACKNOWLEDGED, params: { notifications: { taskIds: ['tasks/p.one', 'tasks/p.two'] }, _meta: { [SUBSCRIPTION]: LISTEN_ID } } });
    await approve();
    await untilStatuses(said, ['working', 'completed'], 'tasks/p.one');
    say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: LISTEN_ID, _meta: modernMeta(TASKS) } });
    say(modernMessage(8, 'tasks/get', { taskId: 'tasks/p.two' }, TASKS));
    await expect.poll(() => said.some(({ id }) => id === 8), { timeout: 15_000 }).toBe(true);
    await approve('p.two.0.1');
    await expect.poll(() => node.ran.length, { timeout: 15_000 }).toBe(2);
    await settle();
    expect(statuses(said, 'tasks/p.two')).toEqual(['working']);
  });

  it('is refused without the capability', async () => {
    const { port } = await served();
    const { said, say } = await spoken(port);
    say(listen({ taskIds: ['plans/p'] }, {}));
    await untilSaid(said, 1);
    expect(said[0]).toMatchObject({ id: LISTEN_ID, error: { code: -32_021, data: { requiredCapabilities: TASKS } } });
  });
});

describe.each(['http', 'ws'] as const)('in a session over %s', (way) => {
  it('a client hears of the tasks that its calls were answered with, as they change', async () => {
    const { node, port, approve } = await served();
    await node.submit('p', [risky('one')]);
    await node.submit('q', [risky('one', 'database')]);
    await settle();
    const client = await mcpClient(port, { era: 'legacy', way, capabilities: TASKS });
    const told: Said[] = [];
    client.fallbackNotificationHandler = async (message) => void told.push(message as Said);
    await client.request({ method: 'tools/call', params: { name: 'plan_await', arguments: { plan: 'p' } } }, z.looseObject({}));
    await approve();
    await approve('q.one.0.1');
    await untilLast(told, 'completed');
    expect(statuses(told, 'plans/q')).toEqual([]);
    expect(told.findLast(({ method }) => method === 'notifications/tasks')?.params).toMatchObject({ result: { structuredContent: { status: 'succeeded' } } });
  });
});
