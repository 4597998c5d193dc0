import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDoors } from '../../../gateway/http/open-doors.ts';
import { planText } from '../../support/call-plan.ts';
import { freePort } from '../../support/free-port.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, recordingLog, TRUST } from '../../support/test-door.ts';

interface Event {
  readonly id: number;
  readonly event: string;
  readonly data: { readonly at: number; readonly kind: string; readonly body: Readonly<Record<string, unknown>> };
}

async function served() {
  const node = await runningNode();
  const port = await freePort();
  const doors = await openDoors({
    doors: [{ name: 'api', port, purpose: 'main routes' }],
    trust: TRUST,
    clock: node.services.clock,
    log: recordingLog(),
    nodeNow: () => node.node,
    identity: node.node.identity,
    acceptHost: () => undefined,
  });
  onTestFinished(() => doors.close());
  const get = (path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { ...HONEST, ...headers }, ...(signal === undefined ? {} : { signal }) });
  /** Reads events until `enough` says so, then hangs up. */
  const events = async (
    enough: (seen: readonly Event[]) => boolean,
    { path = '/api/v1/events', headers = {} }: { path?: string; headers?: Readonly<Record<string, string>> } = {},
  ) => {
    const hangUp = new AbortController();
    const response = await get(path, headers, hangUp.signal);
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([200, 'text/event-stream', 'no-store']);
    const seen: Event[] = [];
    let pending = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (pending + decoder.decode(chunk, { stream: true })).split('\n\n');
      pending = blocks.pop() ?? '';
      seen.push(...blocks.filter((block) => !block.startsWith(':')).map(read));
      if (enough(seen)) break;
    }
    hangUp.abort();
    return seen;
  };
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const plan = async (name: string): Promise<string> => {
    const { plan: id } = await node.run<{ plan: string }>('plan.run', { text: planText(workspace, { name, commands: ['one', 'two'] }), baseDir: workspace });
    await node.pass(1_000);
    return id;
  };
  return { node, get, events, plan };
}

function read(block: string): Event {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const));
  expect([...fields.keys()]).toEqual(['id', 'event', 'data']);
  return { id: Number(fields.get('id')), event: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? '') };
}

const last = (seen: readonly Event[]): Event | undefined => seen[seen.length - 1];
const ended = (plan: string) => (seen: readonly Event[]) =>
  seen.some(({ event, data }) => event === 'plan.changed' && data.body.planId === plan && data.body.status === 'succeeded');

describe('GET /api/v1/events', () => {
  it('tells what happens from the connection on, in the order of the facts', async () => {
    const { events, plan, node } = await served();
    const before = node.facts.position();
    const reading = events((seen) => seen.some(({ data }) => data.body.status === 'succeeded' && data.kind === 'plan.changed'));
    await settle();
    await plan('live');
    const seen = await reading;
    expect(seen[0]?.id).toBeGreaterThan(before);
    expect(seen.map(({ id }) => id)).toEqual([...seen.map(({ id }) => id)].sort((a, b) => a - b));
    expect(seen.every(({ event, data }) => event === data.kind)).toBe(true);
  });

  it('goes on after Last-Event-ID: nothing is told twice and nothing is left out, also beyond a page', async () => {
    const { events, plan } = await served();
    const plans: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) plans.push(await plan(name));
    const all = await events(ended(plans[5] ?? ''), { headers: { 'last-event-id': '0' } });
    expect(all.length).toBeGreaterThan(100);
    const middle = all[Math.floor(all.length / 2)]?.id ?? 0;
    const rest = await events(ended(plans[5] ?? ''), { headers: { 'last-event-id': String(middle) } });
    expect(rest).toEqual(all.filter(({ id }) => id > middle));
  });

  it('?after= does the same where a header cannot be given, and the header wins over it', async () => {
    const { events, plan } = await served();
    const id = await plan('a');
    const all = await events(ended(id), { path: '/api/v1/events?after=0' });
    expect(await events(ended(id), { path: '/api/v1/events?after=0', headers: { 'last-event-id': String(all[3]?.id) } })).toEqual(all.slice(4));
  });

  it('?plan= tells of that plan, and of agents and the fleet', async () => {
    const { events, plan } = await served();
    await plan('other');
    const mine = await plan('mine');
    const seen = await events(ended(mine), { path: `/api/v1/events?plan=${mine}`, headers: { 'last-event-id': '0' } });
    const abouts = new Set(seen.filter(({ event }) => !/^(agent|fleet)\./.test(event)).map(({ data }) => data.body.planId ?? String(data.body.id).split('.')[0]));
    expect(abouts).toEqual(new Set([mine]));
    expect(seen.map(({ event }) => event)).toEqual(expect.arrayContaining(['agent.changed', 'task.changed', 'request.changed', 'plan.changed']));
    expect(last(seen)?.data.body.planId).toBe(mine);
  });

  it.each(['x', '-1', '1.5', '9999999999999999999'])("the Last-Event-ID '%s' is refused", async (value) => {
    const { get } = await served();
    const response = await get('/api/v1/events', { 'last-event-id': value });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'InvalidInput' }]);
  });

  it('without a token nobody listens', async () => {
    const { get } = await served();
    expect((await get('/api/v1/events', { authorization: '' })).status).toBe(401);
  });

  it('a reader that hangs up leaves no listener and no timer', async () => {
    const { events, plan, node } = await served();
    const id = await plan('a');
    await events(ended(id), { headers: { 'last-event-id': '0' } });
    await settle(200);
    const timers = node.services.clock.pending;
    for (let reader = 0; reader < 5; reader += 1) await events(ended(id), { headers: { 'last-event-id': '0' } });
    await settle(200);
    expect(node.services.clock.pending).toBe(timers);
  });
});
