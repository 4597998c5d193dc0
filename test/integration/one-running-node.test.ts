// The command line and the doors against one node with all nine agents, started once for this file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { findOwned } from '../../actors/session/index.ts';
import { DOORS } from '../../gateway/ports.ts';
import type { Ended } from '../support/child-program.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, startTroupe, troupe, up } from '../support/node-process.ts';

const NINE = ['backend-api', 'database', 'deployment', 'frontend-ui', 'instagram', 'master', 'queue-manager', 'supervisor', 'testing'];
const PORTS: Readonly<Record<string, number>> = {
  master: 8088,
  supervisor: 8089,
  'backend-api': 8090,
  database: 8091,
  'frontend-ui': 8092,
  instagram: 8093,
  testing: 8094,
  'queue-manager': 8095,
  deployment: 8096,
};

let at: NodePlace;
let node: NodeProcess;
/** Id of a plan that has succeeded. */
let done = '';

beforeAll(async () => {
  at = await nodePlace();
  mkdirSync(join(at.folder, 'work'));
  node = await up(at);
});
afterAll(() => at.close());

interface Agent {
  readonly name: string;
  readonly state: string;
  readonly current: { readonly taskId: string } | null;
  readonly session: { readonly epoch: number; readonly pid: number } | null;
}
interface Items<T = Readonly<Record<string, unknown>>> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A verb with --json that must succeed: exactly one document on stdout. */
async function say<T = Readonly<Record<string, unknown>>>(...args: readonly string[]): Promise<T> {
  const ended = await troupe(at, [...args, '--json']);
  expect([args.join(' '), ended.code, ended.stderr]).toEqual([args.join(' '), 0, '']);
  return ended.json<T>();
}

async function refused(...args: readonly string[]): Promise<{ readonly code: number | null; readonly error: { readonly code: string; readonly message: string } }> {
  const ended = await troupe(at, [...args, '--json']);
  return { code: ended.code, ...ended.json<{ error: { code: string; message: string } }>() };
}

const agentNamed = async (name: string): Promise<Agent | undefined> => (await say<Items<Agent>>('agents')).items.find((agent) => agent.name === name);
const token = (): string => readFileSync(join(at.data, 'admin.token'), 'utf8').trim();
const authorized = (): { authorization: string } => ({ authorization: `Bearer ${token()}` });

function planFile(name: string, tasks: readonly object[]): string {
  const file = join(at.folder, 'work', `${name}.json`);
  writeFileSync(file, JSON.stringify({ name, workspace: '.', tasks }));
  return file;
}

const runPlan = (file: string, ...more: readonly string[]): Promise<Ended> => troupe(at, ['run', file, '--json', '--approve', 'HIGH', ...more]);

describe('a plan', () => {
  it('runs on the node that is there, and its report is the one document on stdout', async () => {
    const file = planFile('greet', [
      { id: 'hello', agent: 'testing', steps: [{ bash: 'echo hello from $PWD', idempotent: true }] },
      { id: 'after', agent: 'database', needs: ['hello'], steps: [{ message: { to: 'master', type: 'note', payload: { text: 'greeted' } } }] },
    ]);
    const ended = await runPlan(file);
    const report = ended.json<{ plan: string; status: string; tasks: ReadonlyArray<{ id: string; status: string; agent: string; steps: ReadonlyArray<{ stdout?: string }> }> }>();
    expect([ended.code, report.status, report.tasks.map(({ id, agent, status }) => `${id} ${agent} ${status}`)]).toEqual([
      0,
      'succeeded',
      ['hello testing succeeded', 'after database succeeded'],
    ]);
    expect(report.tasks[0]?.steps[0]?.stdout).toContain('hello from');
    expect(ended.stderr).toMatch(/hello +.*delegated by supervisor/);
    done = report.plan;
  });

  it('that fails exits 1, with the report all the same', async () => {
    const ended = await runPlan(planFile('fails', [{ id: 'no', agent: 'testing', steps: [{ bash: 'exit 7' }] }]));
    expect([ended.code, ended.json()]).toMatchObject([1, { status: 'failed', tasks: [{ id: 'no', status: 'failed', steps: [{ exitCode: 7 }] }] }]);
  });

  it('that is wrong is refused whole with line, field and what was meant, and is not in the list', async () => {
    const file = join(at.folder, 'work', 'wrong.yaml');
    writeFileSync(file, 'name: wrong\nworkspace: .\ntasks:\n  - id: a\n    agent: testng\n    steps: [{ bash: ls }]\n');
    expect(await refused('run', file)).toMatchObject({ code: 2, error: { code: 'InvalidPlan', message: expect.stringMatching(/wrong\.yaml:5.*testng.*testing/s) } });
    expect((await say<Items>('plans')).items.map(({ name }) => name)).not.toContain('wrong');
  });

  it('a bare sentence is refused, since nobody here thinks, with the fix', async () => {
    expect(await refused('submit', 'find out why the tests are slow')).toMatchObject({
      code: 2,
      error: { code: 'NoThinkingDriver', message: expect.stringMatching(/'find out why the tests are slow'.*`troupe run PLAN`/) },
    });
    expect(await refused('submit', 'x', '--agent', 'testin')).toMatchObject({
      code: 1,
      error: { code: 'NoSuchAgent', message: expect.stringContaining("did you mean 'testing'?") },
    });
  });

  it('waits for a decision, which `approvals` shows and `approve` and `deny` take', async () => {
    const file = planFile('asks', [
      { id: 'yes', agent: 'testing', steps: [{ bash: 'echo $((1 + 1)); curl -s http://127.0.0.1:9/ | sh' }] },
      { id: 'no', agent: 'database', steps: [{ bash: 'curl -s http://127.0.0.1:9/ | sh' }] },
    ]);
    const running = startTroupe(at, ['run', file, '--json']);
    const waiting = await eventually('two wait', async () => {
      const { items } = await say<Items<{ id: string; risk: string; decision: null }>>('approvals');
      return items.length >= 2 ? items : undefined;
    });
    const idOf = (task: string): string => waiting.find(({ id }) => id.includes(`.${task}.`))?.id ?? '';
    expect((await refused('deny', idOf('no'))).error.message).toContain('--why');
    expect(await say('deny', idOf('no'), '--why', 'not today')).toMatchObject({ decision: 'deny' });
    expect(await say('approve', idOf('yes'), '--why', 'it is a test')).toMatchObject({ request: idOf('yes'), decision: 'approve' });
    const ended = await running.ended(30_000);
    expect([ended.code, ended.json()]).toMatchObject([
      1,
      {
        status: 'failed',
        tasks: [
          { id: 'yes', steps: [{ verdict: { decision: 'approved' } }] },
          { id: 'no', status: 'failed', steps: [{ verdict: { decision: 'denied' } }] },
        ],
      },
    ]);
    expect(await refused('approve', idOf('no'))).toMatchObject({ code: 1, error: { code: 'NoSuchRequest', message: expect.stringContaining('that can be decided') } });
    expect((await say<Items>('approvals', '--all')).items.length).toBeGreaterThanOrEqual(2);
    expect((await say<Items>('approvals')).items).toEqual([]);
  });

  it('is cancelled: what runs is cut off', async () => {
    const running = startTroupe(at, [
      'run',
      planFile('long', [{ id: 'sleeps', agent: 'testing', steps: [{ bash: 'sleep 300', idempotent: true }] }]),
      '--json',
      '--approve',
      'HIGH',
    ]);
    const plan = await eventually(
      'it runs',
      async () => (await say<Items<{ plan: string; name: string }>>('plans', '--status', 'running')).items.find(({ name }) => name === 'long')?.plan,
    );
    await eventually('the agent works', async () => (await agentNamed('testing'))?.state === 'working');
    expect(await say('cancel', plan, '--why', 'enough')).toEqual({ cancelled: plan });
    expect([(await running.ended(20_000)).code, running.stdout()]).toEqual([1, expect.stringContaining('"cancelled"')]);
    await eventually('it is over', async () => (await agentNamed('testing'))?.state === 'ready');
  });
});

describe('what is read', () => {
  it('status', async () => {
    expect(await say('status')).toMatchObject({ status: 'ok', pid: node.pid, instance: node.instance, urls: at.urls, agents: { ready: 9 }, approvalsWaiting: 0 });
  });

  it('agents, all nine', async () => {
    expect((await say<Items<Agent>>('agents')).items.map(({ name }) => name)).toEqual(NINE);
  });

  it('plans and tasks, page by page', async () => {
    const first = await say<Items>('plans', '--limit', '1');
    expect([first.items.length, first.nextCursor]).toEqual([1, expect.any(String)]);
    const second = await say<Items>('plans', '--limit', '1', '--cursor', first.nextCursor ?? '');
    expect(second.items[0]?.plan).not.toBe(first.items[0]?.plan);
    expect((await say<Items>('tasks', '--plan', done, '--status', 'succeeded')).items.map(({ id }) => id).sort()).toEqual(['after', 'hello']);
  });

  it('task, by its name alone when it is clear, and with what was meant when it is not', async () => {
    expect(await say('task', 'hello')).toMatchObject({ plan: done, id: 'hello', agent: 'testing', delegation: { from: expect.stringContaining('supervisor') } });
    expect(await say('task', `${done}.after`)).toMatchObject({ id: 'after' });
    expect(await refused('task', 'nowhere')).toMatchObject({ code: 1, error: { code: 'NoSuchTask' } });
  });

  it('actors and inspect', async () => {
    const { tree } = await say<{ tree: ReadonlyArray<{ id: string; children: readonly unknown[] }> }>('actors');
    expect(tree.map(({ id }) => id)).toEqual(['router', 'requests', 'tasks', 'plans', 'agents', 'sessions']);
    expect(tree.find(({ id }) => id === 'sessions')?.children).toHaveLength(9);
    expect(await say('inspect', 'agents/testing')).toMatchObject({ address: 'agents/testing', durable: true });
    expect(await refused('inspect', 'agents/nobody')).toMatchObject({ code: 1, error: { code: 'NoSuchActor' } });
    expect(await refused('inspect', 'agents//nobody')).toMatchObject({ code: 2, error: { code: 'InvalidAddress' } });
  });

  it('no secret is in any of it', async () => {
    const secrets = [token(), JSON.parse(readFileSync(join(at.data, 'instance.json'), 'utf8')).ownerToken as string];
    for (const args of [['status'], ['agents'], ['actors'], ['inspect', 'sessions/testing/terminal'], ['inspect', 'agents/testing']]) {
      const text = JSON.stringify(await say(...args));
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it('without --json, for people: tables and trees on stdout, nothing on stderr', async () => {
    const shown = async (...args: readonly string[]): Promise<string> => {
      const ended = await troupe(at, args);
      expect([ended.code, ended.stderr]).toEqual([0, '']);
      return ended.stdout;
    };
    expect(await shown('agents')).toMatch(/^AGENT +ROLE +STATE[\s\S]*\ntesting +worker +ready/);
    expect(await shown('status')).toMatch(/^node +ok, version/);
    expect(await shown('actors')).toMatch(/└─ sessions {2}supervisor/);
    expect(await shown('task', 'hello')).toMatch(/hello +testing +succeeded[\s\S]*supervisor → testing/);
    expect(await shown('logs', 'testing')).toContain('hello from');
  });
});

describe('messages', () => {
  it('send reaches one agent, by its name', async () => {
    const { id } = await say<{ id: string }>('send', 'database', 'note', '{"text":"done"}');
    const { items } = await say<Items>('messages', '--agent', 'database');
    expect(items).toContainEqual(expect.objectContaining({ id, agent: 'database', kind: 'note', payload: { text: 'done' } }));
  });

  it('send to an address asks the actor and prints what it says', async () => {
    expect(await say('send', `plans/${done}`, 'GET')).toMatchObject({ reply: { plan: done, status: 'succeeded' } });
    expect(await refused('send', 'agents/nobody', 'GET')).toMatchObject({ code: 1, error: { code: 'NoSuchActor' } });
    expect(await refused('send', 'agents/testing', 'xstate.done.actor.w')).toMatchObject({ code: 2 });
  });

  it('a broadcast reaches all nine', async () => {
    const { id, agents } = await say<{ id: string; agents: readonly string[] }>('broadcast', 'lunch', '{"at":"12:30"}');
    expect(agents).toEqual(NINE);
    const received = await eventually('nine have it', async () => {
      const { items } = await say<Items<{ id: string; agent: string }>>('messages', '--limit', '500');
      const theirs = items.filter((message) => message.id === id).map(({ agent }) => agent);
      return theirs.length === 9 ? theirs : undefined;
    });
    expect([...received].sort()).toEqual(NINE);
  });

  it('what nobody could take is a dead letter with its reason', async () => {
    await refused('send', 'router', 'NONSENSE');
    expect(await say<Items>('dead-letters')).toMatchObject({ items: expect.any(Array), nextCursor: null });
  });
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

  it('each agent answers for its health on its own port, with its name and nothing secret', async () => {
    for (const [agent, port] of Object.entries(PORTS)) {
      const response = await fetch(`http://127.0.0.1:${port + at.offset}/health`);
      expect([response.status, await response.json()]).toMatchObject([200, { agent, status: 'ok', state: 'ready' }]);
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
    expect(after.state).toBe('ready');
    expect(await refused('kill', 'agents/nobody')).toMatchObject({ code: 1, error: { code: 'NoSuchActor' } });
  });
});

function ownerToken(): string {
  return JSON.parse(readFileSync(join(at.data, 'instance.json'), 'utf8')).ownerToken as string;
}

describe('doctor', () => {
  it('finds all well with the node running, and says so in one document', async () => {
    const found = await say<{ ok: boolean; first: null; checks: ReadonlyArray<{ name: string; status: string; detail: string }> }>('doctor');
    expect(found).toMatchObject({ ok: true, first: null });
    expect(found.checks.find(({ name }) => name === 'running node')).toMatchObject({ status: 'ok', detail: 'runs and is well' });
    expect(found.checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['node', 'git', 'tmux', 'fleet', 'data directory', 'ports', 'running node']));
  });

  it('names the first failed thing and its fix, and exits 1', async () => {
    const ended = await troupe(at, ['doctor', '--json'], { env: { PATH: join(at.folder, 'nothing') } });
    expect([ended.code, ended.json()]).toMatchObject([
      1,
      { ok: false, first: { name: 'git', status: 'failed', detail: 'not in PATH', fix: expect.stringContaining('install git') } },
    ]);
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
    const ours = [...Object.values(DOORS).map(({ port }) => port), ...Object.values(PORTS)].map((port) => port + at.offset);
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

it('at its end says what it stopped and leaves nothing, not even in its log a token', async () => {
  const down = await say<{ stopped: { pid: number }; agents: readonly string[] }>('down');
  expect([down.stopped.pid, down.agents]).toEqual([node.pid, NINE]);
  expect(at.left()).toEqual([]);
  const log = readFileSync(join(at.data, 'logs', 'node.log'), 'utf8');
  expect(log).not.toContain(token());
  expect(log).not.toContain(ownerToken());
  expect(node.child.stderr()).toMatch(/^SIGTERM: stopping\n$/);
});
