// Guests in the whole tree, on simulated time: what they hold, when they count as gone, and whose word on a task counts.
import { afterEach, describe, expect, it } from 'vitest';
import type { AgentReport } from '../../../actors/agent/agent-report.ts';
import type { JoinAnswer } from '../../../actors/guest/guest.messages.ts';
import type { GuestContext } from '../../../actors/guest/guest-context.ts';
import type { TaskContext } from '../../../actors/task/task-context.ts';
import { type FleetNode, fleetNode, task } from '../../support/fleet-node.ts';
import { settle } from '../../support/settle.ts';

const LEASE_MS = 10_000;
const words = (id: string, more = {}) => task(id, { steps: [], text: `do ${id}`, ...more });

const running: FleetNode[] = [];
afterEach(async () => {
  for (const { system } of running.splice(0)) await system.stop();
});

async function withNode(...given: Parameters<typeof fleetNode>): Promise<FleetNode> {
  const node = await fleetNode(...given);
  running.push(node);
  return node;
}

async function join(node: FleetNode, name: string, { owner = name, capabilities = [] as string[], membership = null as number | null } = {}): Promise<JoinAnswer> {
  await node.system.startChild('agents', { template: 'guest', id: name, input: { name, owner } });
  const answer = await node.ask(`agents/${name}`, { type: 'JOIN', owner, membership, title: name, capabilities, leaseMs: LEASE_MS });
  await settle();
  return answer as JoinAnswer;
}

const contextOf = (node: FleetNode, name: string) => node.system.inspect(`agents/${name}`)?.context as GuestContext;
const heldBy = (node: FleetNode, name: string) => contextOf(node, name).held;
const heard = async (node: FleetNode, name: string) => {
  await node.system.ref(`agents/${name}`).tell({ type: 'HEARD', membership: contextOf(node, name).membership });
  await settle();
};
const report = async (node: FleetNode, agent: string, id: string, epoch: number, result: unknown = 'done') => {
  const answer = await node.ask(`tasks/${id}`, { type: 'REPORT', agent, epoch, outcome: { status: 'succeeded', result } });
  await settle();
  return answer;
};
const failure = async (node: FleetNode, agent: string, id: string, epoch: number) => {
  const answer = await node.ask(`tasks/${id}`, { type: 'REPORT', agent, epoch, outcome: { status: 'failed', why: 'no idea' } });
  await settle();
  return answer;
};
const statusOf = async (node: FleetNode, plan: string) => (await node.report(plan)).tasks.map(({ id, status, agent, answer }) => ({ id, status, agent, answer: answer?.result }));

describe('a guest that has joined', () => {
  it('is an agent like the others, marked ungated, and is handed work in words', async () => {
    const node = await withNode();
    expect(await join(node, 'guest.ada')).toEqual({ ok: true, membership: 1 });
    await node.submit('p', [words('think')]);
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.think', epoch: 1, text: 'do think', from: 'ann', workspace: '/repo' });
    expect((await node.ask('agents/guest.ada', { type: 'GET' })) as AgentReport).toMatchObject({ state: 'working', ungated: true, driver: 'guest', current: { taskId: 'think' } });
    expect((await node.ask('agents/testing', { type: 'GET' })) as AgentReport).toMatchObject({ ungated: false });
  });

  it('ends the task with its report, and is free for the next', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a'), words('b', { needs: ['a'] })]);
    expect(await report(node, 'guest.ada', 'p.a', 1, { found: 3 })).toEqual({ ok: true, repeated: false });
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.b', epoch: 1 });
    await report(node, 'guest.ada', 'p.b', 1);
    expect(await statusOf(node, 'p')).toEqual([
      { id: 'a', status: 'succeeded', agent: 'guest.ada', answer: { found: 3 } },
      { id: 'b', status: 'succeeded', agent: 'guest.ada', answer: 'done' },
    ]);
    expect(heldBy(node, 'guest.ada')).toBeNull();
    expect((await node.report('p')).status).toBe('succeeded');
  });

  it('is handed words with what earlier tasks gave in them, and what it answers is there for the tasks behind it', async () => {
    const looked = { status: 'succeeded', exitCode: 0, stdout: '3 files {{x.y}}\n', stderr: '' } as const;
    const node = await withNode((command) => (command === 'act' ? undefined : looked));
    await join(node, 'guest.ada');
    const think = words('think', { needs: ['look'], text: 'judge {{look.stdout}}, {{{{literally}}' });
    await node.submit('p', [task('look', { agent: 'testing' }), think, task('act', { agent: 'testing', needs: ['think'] })]);
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.think', text: 'judge 3 files {{x.y}}, {{literally}}' });
    await report(node, 'guest.ada', 'p.think', 1, { verdict: 'good' });
    const context = node.system.inspect('tasks/p.act')?.context as TaskContext | undefined;
    expect(context?.order.variables).toMatchObject({ think: { status: 'succeeded', result: { verdict: 'good' }, agent: 'guest.ada' } });
  });

  it('gets no steps, and no host gets words', async () => {
    const node = await withNode();
    await join(node, 'guest.ada', { capabilities: ['code'] });
    await node.submit('p', [task('build', { capability: ['code'] }), words('think', { capability: ['sql'] })]);
    expect(heldBy(node, 'guest.ada')).toBeNull();
    expect(await statusOf(node, 'p')).toMatchObject([
      { id: 'build', status: 'succeeded', agent: 'backend-api' },
      { id: 'think', status: 'pending', agent: null },
    ]);
  });

  it('holds one task at a time: the next waits until somebody is free', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a'), words('b')]);
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a' });
    await join(node, 'guest.bob');
    expect(heldBy(node, 'guest.bob')).toMatchObject({ task: 'p.b' });
  });

  it('says how far it is', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    expect(await node.ask('tasks/p.a', { type: 'NOTE', agent: 'guest.ada', epoch: 1, note: 'half way' })).toEqual({ ok: true, repeated: false });
    expect(await node.ask('tasks/p.a', { type: 'NOTE', agent: 'guest.bob', epoch: 1, note: 'mine' })).toEqual({ ok: false, reason: 'not_yours' });
    expect((await node.report('p')).tasks[0]?.note).toBe('half way');
  });

  it('fails its task by its word, and with attempts left somebody tries again after the pause', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a', { retry: { max: 2, backoff: 'fixed', baseMs: 1_000 } })]);
    expect(await failure(node, 'guest.ada', 'p.a', 1)).toEqual({ ok: true, repeated: false });
    expect(heldBy(node, 'guest.ada')).toBeNull();
    await node.pass(1_000);
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a', epoch: 2 });
    await failure(node, 'guest.ada', 'p.a', 2);
    expect((await node.report('p')).tasks[0]).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'ReportedFailed', message: 'no idea' } });
  });

  it('loses the task that is cancelled', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    const { news } = contextOf(node, 'guest.ada');
    await node.ask('plans/p', { type: 'CANCEL', by: 'ann', why: 'no' });
    await settle();
    expect(heldBy(node, 'guest.ada')).toBeNull();
    expect(contextOf(node, 'guest.ada').news).toBe(news + 1);
  });

  it('gets no other task while the fleet is paused', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.ask('agents/master', { type: 'PAUSE_FLEET', by: 'ann' });
    await settle();
    await node.submit('p', [words('a')]);
    expect(heldBy(node, 'guest.ada')).toBeNull();
    await node.ask('agents/master', { type: 'RESUME_FLEET', by: 'ann' });
    await settle();
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a' });
  });
});

describe('a guest of which nothing is heard', () => {
  it('loses its task to another when its lease is over, and its late report is refused', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    await join(node, 'guest.bob');
    await node.pass(LEASE_MS - 1_000);
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a', epoch: 1 });
    await heard(node, 'guest.bob');
    await node.pass(1_000);
    expect(heldBy(node, 'guest.ada')).toBeNull();
    expect(heldBy(node, 'guest.bob')).toMatchObject({ task: 'p.a', epoch: 2 });
    expect(await report(node, 'guest.ada', 'p.a', 1, 'late')).toEqual({ ok: false, reason: 'stale_epoch' });
    expect(await report(node, 'guest.bob', 'p.a', 2, 'mine')).toEqual({ ok: true, repeated: false });
    expect(await statusOf(node, 'p')).toEqual([{ id: 'a', status: 'succeeded', agent: 'guest.bob', answer: 'mine' }]);
  });

  it('keeps its task as long as it is heard of', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    for (let n = 0; n < 5; n += 1) {
      await node.pass(LEASE_MS - 1_000);
      await heard(node, 'guest.ada');
    }
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a', epoch: 1 });
  });

  it('leaves its task waiting when nobody else is there, and takes it up again under a new epoch when it joins anew', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    await node.pass(LEASE_MS);
    expect((await node.ask('agents/guest.ada', { type: 'GET' })) as AgentReport).toMatchObject({ state: 'silent', current: null });
    expect(await statusOf(node, 'p')).toMatchObject([{ status: 'pending', agent: null }]);
    // A sign of life alone does not bring it back: it must know what it has lost.
    await heard(node, 'guest.ada').catch(() => undefined);
    expect(heldBy(node, 'guest.ada')).toBeNull();
    expect(await join(node, 'guest.ada')).toEqual({ ok: true, membership: 2 });
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a', epoch: 2 });
  });

  it('is noticed by a node that came back in between', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    await node.pass(LEASE_MS / 2);
    await node.system.stop();
    running.length = 0;
    const next = await withNode(undefined, node);
    await join(next, 'guest.bob');
    await next.pass(LEASE_MS / 2);
    expect(heldBy(next, 'guest.ada')).toBeNull();
    expect(heldBy(next, 'guest.bob')).toMatchObject({ task: 'p.a', epoch: 2 });
  });
});

describe('leaving and joining', () => {
  it('leaving gives the task to another at once', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    await join(node, 'guest.bob');
    expect(await node.ask('agents/guest.ada', { type: 'LEAVE', why: 'home' })).toEqual({ ok: true });
    await settle();
    expect(heldBy(node, 'guest.bob')).toMatchObject({ task: 'p.a', epoch: 2 });
  });

  it('joining again with the membership it has changes nothing', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    await node.pass(LEASE_MS - 1_000);
    expect(await join(node, 'guest.ada', { membership: 1 })).toEqual({ ok: true, membership: 1 });
    await node.pass(LEASE_MS - 1_000);
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a', epoch: 1 });
  });

  it('a second client under the same name replaces the first: what that one held is handed out anew, and its signs of life count no more', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a')]);
    expect(await join(node, 'guest.ada')).toEqual({ ok: true, membership: 2 });
    expect(heldBy(node, 'guest.ada')).toMatchObject({ task: 'p.a', epoch: 2 });
    expect(await report(node, 'guest.ada', 'p.a', 1)).toEqual({ ok: false, reason: 'stale_epoch' });
    await node.pass(LEASE_MS - 1_000);
    await node.system.ref('agents/guest.ada').tell({ type: 'HEARD', membership: 1 });
    await node.pass(1_000);
    expect(contextOf(node, 'guest.ada').presence).toBe('silent');
  });

  it("nobody joins as somebody else's guest", async () => {
    const node = await withNode();
    await join(node, 'guest.ada', { owner: 'ada' });
    expect(await join(node, 'guest.ada', { owner: 'eve' })).toEqual({ ok: false, reason: 'not_yours' });
    expect(contextOf(node, 'guest.ada')).toMatchObject({ owner: 'ada', membership: 1 });
  });

  it('one that has left is forgotten after a day', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.ask('agents/guest.ada', { type: 'LEAVE', why: 'home' });
    for (let hour = 0; hour < 25; hour += 1) {
      node.services.clock.advance(3_600_000);
      await settle(20);
    }
    expect(node.system.inspect('agents/guest.ada')).toBeUndefined();
  });
});

describe('a report', () => {
  it('counts once, however often it is sent', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a'), words('b', { needs: ['a'] })]);
    await report(node, 'guest.ada', 'p.a', 1, 'first');
    expect(await report(node, 'guest.ada', 'p.a', 1, 'second')).toEqual({ ok: true, repeated: true });
    expect(await statusOf(node, 'p')).toMatchObject([{ answer: 'first' }, {}]);
  });

  it('of a task that was cancelled is refused', async () => {
    const node = await withNode();
    await join(node, 'guest.ada');
    await node.submit('p', [words('a'), words('b')]);
    await node.ask('tasks/p.a', { type: 'CANCEL', by: 'ann', why: 'no' });
    await settle();
    expect(await report(node, 'guest.ada', 'p.a', 1)).toEqual({ ok: false, reason: 'ended' });
  });
});
