// Agents and doors of one node with all nine agents, started once for this file.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Task, TaskState } from '@a2a-js/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { findOwned } from '../../actors/session/index.ts';
import { DOORS } from '../../gateway/ports.ts';
import { a2aClient, request, saying } from '../support/a2a-client.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, startTroupe, up } from '../support/node-process.ts';
import { AGENT_PORTS, type Agent, type Items, verbsOf } from './verbs.ts';

let at: NodePlace;
let node: NodeProcess;
/** Id of a plan that has succeeded. */
let done = '';
const { say, refused, agentNamed, authorized, ownerToken, planFile, runPlan } = verbsOf(() => at);

beforeAll(async () => {
  at = await nodePlace();
  mkdirSync(join(at.folder, 'work'));
  node = await up(at);
  done = (await runPlan(planFile('well', [{ id: 'well', agent: 'testing', steps: [{ bash: 'echo well', idempotent: true }] }]))).json<{ plan: string }>().plan;
});
afterAll(async () => {
  const ended = await node.stop();
  const left = at.left();
  await at.close();
  expect([ended.code, left]).toEqual([0, []]);
});

describe('the fleet', () => {
  it('is paused by the master: nobody takes another task until it goes on', async () => {
    await say('pause');
    await eventually('all are paused', async () => (await say<Items<Agent>>('agents')).items.every(({ state }) => state === 'paused'));
    const running = startTroupe(at, ['run', planFile('held', [{ id: 'held', agent: 'testing', steps: [{ bash: 'echo now', idempotent: true }] }]), '--json', '--approve', 'HIGH']);
    await eventually('it is there', async () => (await say<Items<{ id: string }>>('tasks')).items.some(({ id }) => id === 'held'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await say<Items<{ id: string; status: string }>>('tasks')).items.find(({ id }) => id === 'held')?.status).toBe('pending');
    await say('resume');
    expect([(await running.ended(20_000)).code, (await say('task', 'held')).status]).toEqual([0, 'succeeded']);
  });

  it('says of each agent the port on which it answers', async () => {
    const { items } = await say<Items<{ name: string; port: number }>>('agents');
    expect(new Map(items.map(({ name, port }) => [name, port - at.offset]))).toEqual(new Map(AGENT_PORTS));
  });

  it('each agent answers for its health on its own port, with its name and nothing secret', async () => {
    for (const [agent, port] of AGENT_PORTS) {
      const response = await fetch(`http://127.0.0.1:${port + at.offset}/health`);
      expect([response.status, await response.json()]).toMatchObject([200, { agent, status: 'ok', state: 'ready' }]);
    }
  });

  it('each agent shows its card, and the A2A client of the SDK gives it a task, which is done and reported', async () => {
    const token = readFileSync(join(at.data, 'admin.token'), 'utf8').trim();
    const workspace = join(at.folder, 'work');
    for (const [agent, port] of [...AGENT_PORTS].slice(0, 3)) {
      const origin = `http://127.0.0.1:${port + at.offset}`;
      expect((await fetch(origin, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status).toBe(401);
      const client = await a2aClient(origin, token);
      expect(await client.getAgentCard()).toMatchObject({ name: agent, supportedInterfaces: [{ url: `${origin}/` }, {}] });
      const answer = (await client.sendMessage(request(saying({ $case: 'data', value: { workspace, steps: [{ bash: `echo ${agent}`, idempotent: true }] } })))) as Task;
      expect([answer.status?.state, answer.artifacts[0]?.parts[0]?.content?.value]).toMatchObject([TaskState.TASK_STATE_COMPLETED, { agent, steps: [{ stdout: `${agent}\n` }] }]);
      expect((await say('task', answer.id)).status).toBe('succeeded');
    }
  });

  it('spawn, interrupt, stop and restart of an agent', async () => {
    expect(await say('spawn', 'testing', '--name', 'testing-2')).toMatchObject({ name: 'testing-2', state: 'ready', capabilities: expect.arrayContaining(['test']) });
    expect(await refused('spawn', 'testing', '--name', 'testing-2')).toMatchObject({ code: 1, error: { code: 'NotDone' } });
    expect(await refused('spawn', 'testing', '--driver', 'claude')).toMatchObject({ code: 2, error: { message: expect.stringContaining("no driver 'claude'") } });
    expect(await refused('interrupt', 'testing-2')).toMatchObject({ code: 1, error: { message: expect.stringContaining('has no task now') } });
    const before = (await agentNamed('testing-2'))?.session;
    expect(await say('stop', 'testing-2')).toMatchObject({ state: 'stopped', session: null });
    await eventually('its process is gone', () => !findOwned(ownerToken()).some(({ pid }) => pid === before?.pid));
    const restarted = await say<Agent>('restart', 'testing-2');
    expect([restarted.state, (restarted.session?.epoch ?? 0) > (before?.epoch ?? 0)]).toEqual(['ready', true]);
    // It was told to end: nothing was lost.
    expect(restarted.sessionsLost).toBe(0);
    await say('stop', 'testing-2');
  });

  it('interrupt ends the turn of an agent, which lives on', async () => {
    const running = startTroupe(at, [
      'run',
      planFile('turn', [{ id: 'turn', agent: 'instagram', steps: [{ bash: 'sleep 300', idempotent: true }] }]),
      '--json',
      '--approve',
      'HIGH',
    ]);
    await eventually('it works', async () => (await agentNamed('instagram'))?.state === 'working');
    const session = (await agentNamed('instagram'))?.session;
    expect(await say('interrupt', 'instagram')).toEqual({ interrupted: 'instagram' });
    const after = await eventually('it is free', async () => {
      const agent = await agentNamed('instagram');
      return agent?.state === 'ready' ? agent : undefined;
    });
    expect(after.session).toEqual(session);
    const plan = (await say<Items<{ plan: string; name: string; status: string }>>('plans')).items.find(({ name }) => name === 'turn');
    if (plan?.status === 'running') await say('cancel', plan.plan);
    await running.ended(20_000);
  });

  it('kill of an actor is a crash: its supervisor starts it again', async () => {
    const before = (await agentNamed('frontend-ui'))?.session?.epoch ?? 0;
    expect(await say('kill', 'sessions/frontend-ui/terminal')).toEqual({ killed: 'sessions/frontend-ui/terminal' });
    const after = await eventually('it has a new session', async () => {
      const agent = await agentNamed('frontend-ui');
      return agent?.state === 'ready' && (agent.session?.epoch ?? 0) > before ? agent : undefined;
    });
    expect(after).toMatchObject({ state: 'ready', sessionsLost: 1 });
    expect(await refused('kill', 'agents/nobody')).toMatchObject({ code: 1, error: { code: 'NoSuchActor' } });
  });
});

describe('the doors', () => {
  it('every one but health wants the token, and no foreign page or name gets in', async () => {
    const status = async (url: string, headers: Readonly<Record<string, string>>): Promise<number> => (await fetch(url, { headers })).status;
    const api = `${at.urls.api}/api/v1/status`;
    expect(await status(api, {})).toBe(401);
    expect(await status(api, { authorization: 'Bearer nobody' })).toBe(401);
    expect(await status(api, authorized())).toBe(200);
    expect(await status(api, { ...authorized(), origin: 'https://example.com' })).toBe(403);
    expect(await status(`${at.urls.health}/health`, {})).toBe(200);
    expect(await status(`${at.urls.rpc}/rpc`, {})).toBe(401);
  });

  it('are on loopback alone', async () => {
    const listening = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A')
      .map((fields) => (fields[1] ?? '').split(':'));
    const ours = [...Object.values(DOORS).map(({ port }) => port), ...AGENT_PORTS.values()].map((port) => port + at.offset);
    const addresses = listening.filter(([, port]) => ours.includes(Number.parseInt(port ?? '', 16))).map(([address]) => address);
    expect(addresses).toEqual(ours.map(() => '0100007F'));
  });

  it('health has its parts and metrics are Prometheus text', async () => {
    expect(await (await fetch(`${at.urls.health}/health/ready`)).json()).toEqual({ status: 'ok' });
    const metrics = await (await fetch(`${at.urls.health}/metrics`)).text();
    expect(metrics).toContain('troupe_up 1\n');
    expect(metrics).toContain('troupe_agent_state{agent="testing",state="ready"} 1\n');
  });

  it('events go on from where a reader left off', async () => {
    const hangUp = new AbortController();
    const response = await fetch(`${at.urls.api}/api/v1/events?plan=${done}`, { headers: { ...authorized(), 'last-event-id': '0' }, signal: hangUp.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) text += new TextDecoder().decode(chunk);
    })().catch(() => undefined);
    await eventually('the end of the plan is told', () => /event: plan\.changed\ndata: .*"status":"succeeded"/.test(text));
    hangUp.abort();
    await reading;
    expect(text).toMatch(/^: troupe\n\nid: \d+\nevent: /);
  });

  it('a WebSocket client with the token calls and hears news', async () => {
    const socket = new WebSocket(`${at.urls.rpc.replace('http', 'ws')}/ws`, ['jsonrpc'], { headers: authorized() });
    const heard: Array<Readonly<Record<string, unknown>>> = [];
    socket.on('message', (text) => heard.push(JSON.parse(String(text))));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'message.send', params: { to: 'testing', type: 'hello' } }));
    await eventually('the answer', () => heard.some(({ id, result }) => id === 1 && result !== undefined));
    await eventually('the news', () => heard.some(({ method }) => method === 'notifications/troupe/message'));
    socket.terminate();
  });

  it('many calls over one connection leave no listener behind', async () => {
    for (let call = 0; call < 40; call += 1) await (await fetch(`${at.urls.api}/api/v1/agents`, { headers: authorized() })).json();
    expect(node.child.stderr()).not.toContain('MaxListenersExceededWarning');
  });
});
