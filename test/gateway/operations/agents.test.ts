import { describe, expect, it } from 'vitest';
import type { AgentReport } from '../../../actors/agent/agent-report.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';

/** Simulated time passes until the answer is there. */
async function passing<T>(node: TestNode, answer: Promise<T>): Promise<T> {
  let over = false;
  const settled = answer.finally(() => {
    over = true;
  });
  settled.catch(() => undefined);
  while (!over) await node.pass(250);
  return settled;
}

const act = async <T = AgentReport>(node: TestNode, operation: string, input: object): Promise<T> => passing(node, node.run<T>(operation, input));

describe('agents', () => {
  it('one that is stopped has no session in the answer already, and its tasks go to nobody', async () => {
    const node = await runningNode();
    expect(await act(node, 'agent.stop', { agent: 'testing' })).toMatchObject({ name: 'testing', state: 'stopped', session: null });
    expect(node.system.inspect('sessions/testing')).toBeUndefined();
  });

  it('a restart answers with the new session, never with the one before', async () => {
    const node = await runningNode();
    const seen: string[] = [];
    node.facts.listen(({ kind, body }) => {
      const { name, state, session } = JSON.parse(body) as AgentReport;
      if (kind === 'agent.changed' && name === 'testing') seen.push(`${state} ${session === null ? 'without' : 'with'}`);
    });
    expect(await act(node, 'agent.restart', { agent: 'testing' })).toMatchObject({ state: 'ready', session: { epoch: 1 } });
    await node.facts.read();
    expect(seen.filter((state, index) => state !== seen[index - 1]).slice(-2)).toEqual(['lost without', 'ready with']);
  });

  it('one that was stopped or has failed is started again', async () => {
    const node = await runningNode();
    await act(node, 'agent.stop', { agent: 'testing' });
    expect(await act(node, 'agent.restart', { agent: 'testing' })).toMatchObject({ state: 'ready' });
    await node.system.ref('agents/testing').tell({ type: 'SESSION_FAILED', why: 'gone' });
    expect(await act(node, 'agent.restart', { agent: 'testing' })).toMatchObject({ state: 'ready', why: null });
  });

  it('a namesake gets what its model can do and a number; another word becomes what it can do', async () => {
    const node = await runningNode();
    expect(await act(node, 'agent.spawn', { role: 'testing' })).toMatchObject({ name: 'testing-2', role: 'worker', capabilities: ['test'], state: 'ready', port: null });
    expect(await act(node, 'agent.spawn', { role: 'testing' })).toMatchObject({ name: 'testing-3' });
    expect(await act(node, 'agent.spawn', { role: 'gardening' })).toMatchObject({ name: 'gardening', capabilities: ['gardening'] });
  });

  it.each([
    ['a name that is taken', { role: 'testing', name: 'database' }, 'NotDone'],
    ['a name that is none', { role: 'testing', name: 'a/b' }, 'InvalidInput'],
    ['a driver that is not here', { role: 'testing', driver: 'claude' }, 'InvalidInput'],
  ])('%s is refused', async (_what, input, code) => {
    const node = await runningNode();
    await expect(act(node, 'agent.spawn', input)).rejects.toMatchObject({ code });
  });

  it.each(['agent.status', 'agent.stop', 'agent.restart', 'agent.interrupt'])('%s of nobody says who was meant', async (operation) => {
    const node = await runningNode();
    await expect(act(node, operation, { agent: 'testin' })).rejects.toMatchObject({ code: 'NoSuchAgent', message: "no agent 'testin'; did you mean 'testing'?" });
  });

  it('an idle one cannot be interrupted', async () => {
    const node = await runningNode();
    await expect(act(node, 'agent.interrupt', { agent: 'testing' })).rejects.toMatchObject({ code: 'NotDone' });
  });
});

describe('the fleet', () => {
  it('is paused and resumed by its master, every agent of it', async () => {
    const node = await runningNode();
    const states = async () => new Set((await act<{ items: readonly AgentReport[] }>(node, 'agent.list', {})).items.map(({ state }) => state));
    await act(node, 'fleet.pause', {});
    await node.pass(250);
    expect(await states()).toEqual(new Set(['paused']));
    await act(node, 'fleet.resume', {});
    await node.pass(250);
    expect(await states()).toEqual(new Set(['ready']));
  });
});

describe('the node', () => {
  it('is not killed by the way of its root', async () => {
    const node = await runningNode();
    for (const address of ['/', 'root', ''])
      await expect(act(node, 'actor.kill', { address })).rejects.toMatchObject({ code: expect.stringMatching(/NotDone|NoSuchActor|Invalid/) });
    expect(node.system.ready).toBe(true);
  });

  it('an actor takes from outside only what its schema knows, and never what is reserved', async () => {
    const node = await runningNode();
    for (const type of ['xstate.done.actor.w', 'troupe.shutdown', '*', 'SESSION_READY', 'NONSENSE'])
      await expect(act(node, 'actor.send', { address: 'agents/testing', type, payload: {} })).rejects.toMatchObject({ code: expect.stringMatching(/InvalidInput|InvalidMessage/) });
    await expect(act(node, 'actor.send', { address: 'sessions/testing/terminal', type: 'GET' })).rejects.toMatchObject({ code: 'NoSuchActor' });
  });
});
