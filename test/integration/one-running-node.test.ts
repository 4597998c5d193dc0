// The command line against one node with all nine agents, started once for this file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type NodePlace, type NodeProcess, nodePlace, startTroupe, troupe, up } from '../support/node-process.ts';
import { ROOT_CHILDREN } from '../support/root-children.ts';
import { type Agent, type Items, NINE, verbsOf } from './verbs.ts';

let at: NodePlace;
let node: NodeProcess;
/** Id of a plan that has succeeded. */
let done = '';
const { say, refused, agentNamed, token, ownerToken, planFile, runPlan } = verbsOf(() => at);

beforeAll(async () => {
  at = await nodePlace();
  mkdirSync(join(at.folder, 'work'));
  node = await up(at);
});
afterAll(() => at.close());

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
    expect(await say('status')).toMatchObject({ status: 'ok', pid: node.pid, instance: node.instance, urls: at.urls, agents: { ready: 9 }, approvalsWaiting: 0, alertsOpen: 0 });
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
    expect(tree.map(({ id }) => id)).toEqual(ROOT_CHILDREN);
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
    expect(await shown('agents')).toMatch(/^AGENT +ROLE +GATE +STATE[\s\S]*\ntesting +worker +gated +ready/);
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

it('at its end says what it stopped and leaves nothing, not even in its log a token', async () => {
  const down = await say<{ stopped: { pid: number }; agents: readonly string[] }>('down');
  expect([down.stopped.pid, down.agents]).toEqual([node.pid, NINE]);
  expect(at.left()).toEqual([]);
  const log = readFileSync(join(at.data, 'logs', 'node.log'), 'utf8');
  expect(log).not.toContain(token());
  expect(log).not.toContain(ownerToken());
  expect(node.child.stderr()).toMatch(/^SIGTERM: stopping\n$/);
});
