import { afterEach, describe, expect, it } from 'vitest';
import type { AgentReport } from '../../../actors/agent/agent-report.ts';
import { startAgent } from '../../../actors/fleet/root.ts';
import { startSession } from '../../../actors/fleet/sessions.ts';
import { type Answers, FLEET, type FleetNode, fleetNode, task } from '../../support/fleet-node.ts';
import { settle } from '../../support/settle.ts';
import { FAILED, OK } from '../../support/turn-script.ts';

const running: FleetNode[] = [];
afterEach(async () => {
  for (const node of running.splice(0)) await node.system.stop();
});
async function started(answers?: Answers, from?: FleetNode) {
  const node = await fleetNode(answers, from);
  running.push(node);
  return node;
}
const stateOf = async (node: FleetNode, name: string) => ((await node.ask(`agents/${name}`, { type: 'GET' })) as AgentReport).state;

describe('a fleet', () => {
  it('has every agent ready and nothing undeliverable after its start', async () => {
    const node = await started();
    for (const { name } of FLEET) expect(await stateOf(node, name)).toBe('ready');
    expect(node.system.deadLetters()).toEqual([]);
    expect(node.system.groupMembers('agents')).toHaveLength(FLEET.length);
  });

  it('runs a diamond: delegated by the supervisor agent, each task once its needs have succeeded, beside each other where it can be', async () => {
    const held = new Set(['left', 'right']);
    const node = await started((command) => (held.has(command) ? undefined : OK));
    const answer = await node.submit('p-1', [
      task('top', { agent: 'testing' }),
      task('left', { agent: 'backend-api', needs: ['top'] }),
      task('right', { agent: 'database', needs: ['top'] }),
      task('bottom', { capability: ['ui'], needs: ['left', 'right'] }),
    ]);
    expect(answer).toEqual({ ok: true, planId: 'p-1' });
    await settle();
    expect(node.ran).toEqual(['top', 'left', 'right']);
    const done = node.ask('plans/p-1', { type: 'AWAIT' });
    for (const call of node.services.hosts.of('request.execute')) call.answer(OK);
    expect(await done).toMatchObject({ plan: 'p-1', status: 'succeeded', branch: 'troupe/p-1' });
    const report = await node.report('p-1');
    expect(report.tasks.map(({ agent }) => agent)).toEqual(['testing', 'backend-api', 'database', 'frontend-ui']);
    for (const { agent, delegation } of report.tasks)
      expect(delegation).toMatchObject({ from: 'agents/supervisor', to: `agents/${agent}`, messageId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(node.services.workspaces.log.at(-1)).toBe('close p-1');
    await settle();
    expect(node.system.whichChildren('tasks')).toEqual([]);
    expect(node.system.whichChildren('requests')).toEqual([]);
    expect(node.system.deadLetters()).toEqual([]);
    expect(await stateOf(node, 'testing')).toBe('ready');
  });

  it('gives an agent one task at a time, in the order they came', async () => {
    const node = await started(() => undefined);
    await node.submit(
      'p-1',
      ['a', 'b', 'c'].map((id) => task(id, { agent: 'testing' })),
    );
    for (const ran of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      expect(node.ran).toEqual(ran);
      node.services.hosts.of('request.execute').at(-1)?.answer(OK);
      await settle();
    }
    expect(await node.report('p-1')).toMatchObject({ status: 'succeeded' });
  });

  it('does not free an agent for the end of a task that it only had in its queue', async () => {
    const node = await started(() => undefined);
    await node.submit(
      'p-1',
      ['a', 'b', 'c'].map((id) => task(id, { agent: 'testing' })),
    );
    expect(await node.ask('tasks/p-1.b', { type: 'CANCEL', by: 'ann', why: 'not needed' })).toEqual({ ok: true });
    await settle();
    expect(node.ran).toEqual(['a']);
    expect(await node.ask('agents/testing', { type: 'GET' })).toMatchObject({ state: 'working', current: { taskId: 'a' }, queued: 1 });
    node.services.hosts.of('request.execute')[0]?.answer(OK);
    await settle();
    expect(node.ran).toEqual(['a', 'c']);
  });

  it('does not free an agent for the end of a task that had been interrupted and was queued again', async () => {
    const node = await started(() => undefined);
    await node.submit(
      'p-1',
      ['a', 'b', 'c'].map((id) => task(id, { agent: 'testing' })),
    );
    await node.ask('agents/testing', { type: 'INTERRUPT', by: 'ann' });
    await settle();
    await node.ask('tasks/p-1.a', { type: 'RESOLVE', action: 'rerun', by: 'ann', why: 'again' });
    await settle();
    await node.ask('tasks/p-1.a', { type: 'CANCEL', by: 'ann', why: 'after all not' });
    await settle();
    expect(await node.ask('agents/testing', { type: 'GET' })).toMatchObject({ state: 'working', current: { taskId: 'b' }, queued: 1 });
    expect(node.ran).toEqual(['a', 'b']);
  });

  it('spreads tasks of a capability over the agents that have it', async () => {
    const node = await started(() => undefined);
    await node.submit(
      'p-1',
      ['a', 'b'].map((id) => task(id, { capability: ['code'] })),
    );
    const { tasks } = await node.report('p-1');
    expect(tasks.map(({ agent }) => agent).sort()).toEqual(['backend-api', 'frontend-ui']);
  });

  it('skips what needs a failed task, and says that the plan failed', async () => {
    const node = await started((command) => (command === 'a' ? FAILED : OK));
    await node.submit('p-1', [task('a'), task('b', { needs: ['a'] }), task('c', { needs: ['b'] }), task('d')]);
    await settle();
    const report = await node.report('p-1');
    expect(report.status).toBe('failed');
    expect(report.tasks.map(({ status }) => status)).toEqual(['failed', 'skipped', 'skipped', 'succeeded']);
  });

  it('hands on what finished tasks have printed', async () => {
    const node = await started();
    const turns: unknown[] = [];
    const { script } = node.services.hosts;
    node.services.hosts.script = (call) => {
      if (call.method === 'turn.start') turns.push((call.params as { variables: unknown }).variables);
      return script(call);
    };
    await node.submit('p-1', [task('a'), task('b', { needs: ['a'] })]);
    expect(turns).toMatchObject([{ plan: { id: 'p-1' } }, { plan: { id: 'p-1' }, a: { stdout: 'ok', steps: [{ stdout: 'ok', exitCode: 0 }] } }]);
  });

  it('begins nothing while it is paused, and goes on when it is resumed', async () => {
    const node = await started();
    expect(await node.ask('agents/master', { type: 'PAUSE_FLEET', by: 'ann' })).toEqual({ ok: true });
    await settle();
    expect(await stateOf(node, 'testing')).toBe('paused');
    await node.submit('p-1', [task('a')]);
    expect(node.ran).toEqual([]);
    await node.ask('agents/master', { type: 'RESUME_FLEET', by: 'ann' });
    await settle();
    expect(node.ran).toEqual(['a']);
    await expect(node.ask('agents/testing', { type: 'PAUSE_FLEET', by: 'eve' })).rejects.toMatchObject({ code: 'MessageUnhandled' });
  });

  it('reaches everybody with a broadcast, each once, also when it is repeated or a session is away', async () => {
    const node = await started();
    const delivered: string[] = [];
    const { script } = node.services.hosts;
    let away = true;
    node.services.hosts.script = (call) => {
      if (call.method !== 'message.deliver') return script(call);
      if (call.agent === 'database' && away) return Promise.reject(Object.assign(new Error('away'), { code: 'NoSession' }));
      delivered.push(call.agent);
      return Promise.resolve({ ok: true });
    };
    const message = { type: 'MESSAGE', id: 'm-1', from: 'ann', kind: 'note', payload: { text: 'hello' } };
    await node.system.broadcast('agents', message);
    await node.system.broadcast('agents', message);
    await settle();
    expect(delivered.sort()).toEqual(
      FLEET.map(({ name }) => name)
        .filter((name) => name !== 'database')
        .sort(),
    );
    away = false;
    await node.pass(6_000);
    expect(delivered).toContain('database');
    expect(delivered).toHaveLength(FLEET.length);
    expect(await node.ask('agents/database', { type: 'INBOX' })).toMatchObject([{ id: 'm-1', from: 'ann', kind: 'note', state: 'delivered' }]);
  });

  it('goes on by itself after the death of the node, and leaves only what may not run twice as interrupted', async () => {
    const node = await started((command, runs) => ((command === 'safe' || command === 'unsafe') && runs === 1 ? undefined : OK));
    const bash = (command: string, idempotent: boolean) => [{ kind: 'bash' as const, payload: { command }, idempotent }];
    await node.submit('p-1', [
      task('one', { agent: 'testing', steps: bash('safe', true) }),
      task('two', { agent: 'database', steps: bash('unsafe', false) }),
      task('three', { needs: ['one'] }),
      task('four', { needs: ['two'] }),
    ]);
    expect(node.ran).toEqual(['safe', 'unsafe']);
    const again = await started(() => OK, node);
    await again.pass(2_000);
    const report = await again.report('p-1');
    expect(report.tasks.map(({ status }) => status)).toEqual(['succeeded', 'interrupted', 'succeeded', 'pending']);
    expect(report.status).toBe('interrupted');
    expect(again.ran).toEqual(['safe', 'unsafe', 'safe', 'three']);
    expect(await stateOf(again, 'database')).toBe('ready');
    await again.ask('tasks/p-1.two', { type: 'RESOLVE', action: 'rerun', why: 'it had not', by: 'ann' });
    await again.pass(1_000);
    expect(await again.report('p-1')).toMatchObject({ status: 'succeeded' });
    expect(again.ran).toEqual(['safe', 'unsafe', 'safe', 'three', 'unsafe', 'four']);
  });

  it('survives the kill of any one actor of a running plan', async () => {
    for (const address of ['router', 'agents/testing', 'agents/supervisor', 'plans/p-1', 'tasks/p-1.a', 'requests/p-1.a.0.1']) {
      const node = await started((command, runs) => (command === 'a' && runs === 1 ? undefined : OK));
      const steps = [{ kind: 'bash' as const, payload: { command: 'a' }, idempotent: true }];
      await node.submit('p-1', [task('a', { agent: 'testing', steps }), task('b', { needs: ['a'] })]);
      await node.system.kill(address);
      await settle();
      node.services.hosts.of('request.execute')[0]?.answer(OK);
      await node.pass(2_000);
      expect(await node.report('p-1'), address).toMatchObject({ status: 'succeeded' });
    }
  });

  it('cancels a plan: what runs is cut off, what waits never begins', async () => {
    const node = await started(() => undefined);
    await node.submit('p-1', [task('a', { agent: 'testing' }), task('b', { agent: 'testing' }), task('c', { needs: ['a'] })]);
    expect(await node.ask('plans/p-1', { type: 'CANCEL', by: 'ann', why: 'enough' })).toEqual({ ok: true });
    await settle();
    const report = await node.report('p-1');
    expect(report.status).toBe('cancelled');
    expect(report.tasks.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(node.services.hosts.of('request.execute')[0]?.signal.aborted).toBe(true);
    expect(await stateOf(node, 'testing')).toBe('ready');
    expect(await node.ask('router', { type: 'GET' })).toMatchObject({ waiting: [] });
  });

  it('ends a turn on interrupt while the agent lives, and takes the work of a stopped agent back', async () => {
    const node = await started(() => undefined);
    await node.submit('p-1', [task('a', { agent: 'testing' }), task('b', { agent: 'testing' }), task('c', { agent: 'testing' })]);
    expect(await node.ask('agents/testing', { type: 'INTERRUPT', by: 'ann' })).toEqual({ ok: true });
    await settle();
    expect((await node.report('p-1')).tasks.map(({ status }) => status)).toEqual(['interrupted', 'running', 'pending']);
    expect(await node.ask('agents/testing', { type: 'STOP', by: 'ann' })).toEqual({ ok: true });
    await settle();
    expect(await stateOf(node, 'testing')).toBe('stopped');
    expect(await node.ask('router', { type: 'GET' })).toMatchObject({ waiting: [{ route: { taskId: 'c' }, reason: 'agent_unavailable' }] });
    expect((await node.report('p-1')).tasks.map(({ status }) => status)).toEqual(['interrupted', 'interrupted', 'pending']);
    await node.ask('agents/testing', { type: 'START', by: 'ann' });
    await settle();
    expect(node.ran).toEqual(['a', 'b', 'c']);
  });

  it('replaces a session that died, and calls the agent failed when it dies again and again', async () => {
    const node = await started();
    await node.system.ref('sessions/testing/terminal').tell({ type: 'DIE' });
    await settle();
    // In its own words, not in those of whoever only saw it end.
    expect(await node.ask('agents/testing', { type: 'GET' })).toMatchObject({ state: 'lost', why: 'killed' });
    await node.pass(1_000);
    expect(await stateOf(node, 'testing')).toBe('ready');
    for (let i = 0; i < 6; i += 1) {
      await node.system
        .ref('sessions/testing/terminal')
        .tell({ type: 'DIE' })
        .catch(() => undefined);
      await node.pass(6_000);
    }
    expect(await stateOf(node, 'testing')).toBe('failed');
    expect(await stateOf(node, 'database')).toBe('ready');
    const [testing] = FLEET.filter(({ name }) => name === 'testing');
    if (testing !== undefined) expect(await startSession(node.system, testing)).toMatchObject({ ok: true });
    await settle();
    expect(await stateOf(node, 'testing')).toBe('ready');
  });

  it.each(['sessions/testing/terminal', 'sessions/testing', 'sessions'])('starts a session again that was killed by way of %s, and says lost until it is there', async (killed) => {
    const node = await started();
    await node.system.kill(killed);
    await settle();
    expect(await stateOf(node, 'testing')).toBe('lost');
    await node.pass(2_000);
    for (const { name } of FLEET) expect([name, await stateOf(node, name)]).toEqual([name, 'ready']);
    expect(node.system.whichChildren('sessions').map(({ state }) => state)).toEqual(FLEET.map(() => 'running'));
  });

  it('starts no session for an agent that was stopped meanwhile', async () => {
    const node = await started();
    await node.system.kill('sessions/testing');
    await node.ask('agents/testing', { type: 'STOP', by: 'ann' });
    await node.pass(2_000);
    expect([await stateOf(node, 'testing'), node.system.inspect('sessions/testing')]).toEqual(['stopped', undefined]);
  });

  it('follows its fleet file: an agent that lives learns at the next start what it can do now', async () => {
    const node = await started();
    await startAgent(node.system, { name: 'database', role: 'worker', title: 'database', capabilities: ['sql', 'poetry'], driver: 'playbook', port: null });
    await node.submit('p-1', [task('a', { capability: ['poetry'] })]);
    expect((await node.report('p-1')).tasks).toMatchObject([{ agent: 'database', status: 'succeeded' }]);
  });
});
