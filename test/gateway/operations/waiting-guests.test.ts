// Guests whose client waits for a person to permit what it is about to do: they are not silent, and no other guest of their token lives by it.
import { describe, expect, it } from 'vitest';
import { type Caller, newConnection } from '../../../gateway/operations/index.ts';
import { ADA, BOB, joined, LEASE_MS, passing, submitted, wait } from '../../support/guest-calls.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const PROMPT = { tool_name: 'Bash', input: { command: 'risk HIGH 1' }, tool_use_id: 'toolu_1' };

describe('a wait for a person', () => {
  it('is a sign of life, over many leases', async () => {
    const node = await joined(ADA);
    const task = await submitted(node);
    const asked = node.run<{ behavior: string }>('permission.prompt', PROMPT, { caller: { ...ADA, workspace: '/repo' } });
    for (let passed = 0; passed < LEASE_MS * 5; passed += 1_000) await node.pass(1_000);
    await node.facts.read();
    const { items } = await node.run<{ items: ReadonlyArray<{ request: string }> }>('approval.list');
    await node.run('approval.decide', { request: items[0]?.request, decision: 'approve' });
    expect(await passing(node, asked)).toMatchObject({ behavior: 'allow' });
    expect((await wait(node, ADA)).task).toMatchObject({ task, epoch: 1 });
  });

  it('ends with who waits: the guest is silent a lease later', async () => {
    const node = await joined(ADA);
    const gone = new AbortController();
    const asked = node.run('permission.prompt', PROMPT, { caller: { ...ADA, workspace: '/repo' }, signal: gone.signal });
    for (let passed = 0; passed < LEASE_MS * 2; passed += 1_000) await node.pass(1_000);
    gone.abort();
    await passing(node, asked);
    for (let passed = 0; passed <= LEASE_MS; passed += 1_000) await node.pass(1_000);
    await expect(wait(node, ADA)).rejects.toMatchObject({ code: 'NotJoined' });
  });
});

describe('of two guests of one token a call for a person keeps one alive, by', () => {
  const NAMES = ['one', 'two'] as const;
  async function two(callers: readonly Caller[]) {
    const node = await runningNode();
    for (const [index, caller] of callers.entries()) await node.run('agent.join', { name: NAMES[index], leaseMs: LEASE_MS }, { caller });
    await settle();
    return node;
  }
  async function states(node: TestNode) {
    for (let passed = 0; passed < LEASE_MS * 3; passed += 1_000) await node.pass(1_000);
    const { items } = await node.run<{ items: ReadonlyArray<{ name: string; state: string }> }>('agent.list');
    return NAMES.map((name) => items.find((agent) => agent.name === `guest.${name}`)?.state);
  }
  const over = (caller: Caller): Caller => ({ ...caller, connection: newConnection(), workspace: '/repo' });

  it('the use of a tool that a guest has said to be its own', async () => {
    const node = await two([ADA, ADA]);
    await node.run('agent.heartbeat', { agent: 'guest.one', toolUse: 'toolu_0' }, { caller: ADA });
    await node.run('agent.heartbeat', { agent: 'guest.two', toolUse: 'toolu_1' }, { caller: ADA });
    void node.run('permission.prompt', PROMPT, { caller: over(ADA) });
    expect(await states(node)).toEqual(['silent', 'ready']);
  });

  it('the connection that it has called over', async () => {
    const connections = [over(ADA), over(ADA)] as const;
    const node = await two(connections);
    void node.run('permission.prompt', PROMPT, { caller: connections[0] });
    expect(await states(node)).toEqual(['ready', 'silent']);
  });

  it('the name that the call gives', async () => {
    const node = await two([ADA, ADA]);
    void node.run('permission.prompt', { ...PROMPT, agent: 'guest.two' }, { caller: over(ADA) });
    expect(await states(node)).toEqual(['silent', 'ready']);
  });

  it('nothing: neither', async () => {
    const node = await two([ADA, ADA]);
    void node.run('permission.prompt', PROMPT, { caller: over(ADA) });
    expect(await states(node)).toEqual(['silent', 'silent']);
  });

  it('what its owner has said, whatever somebody else says of the same use', async () => {
    const node = await two([ADA, ADA]);
    await node.run('agent.join', { leaseMs: LEASE_MS }, { caller: BOB });
    await node.run('agent.heartbeat', { agent: 'guest.two', toolUse: 'toolu_1' }, { caller: ADA });
    await node.run('agent.heartbeat', { toolUse: 'toolu_1' }, { caller: BOB });
    void node.run('permission.prompt', PROMPT, { caller: over(ADA) });
    expect(await states(node)).toEqual(['silent', 'ready']);
    expect(await node.run('agent.status', { agent: 'guest.bob' })).toMatchObject({ state: 'silent' });
  });

  it('a membership that is not over: not by that of a client that was replaced', async () => {
    const node = await two([ADA, ADA]);
    await node.run('agent.heartbeat', { agent: 'guest.one', toolUse: 'toolu_1' }, { caller: ADA });
    await node.run('agent.join', { name: 'one', leaseMs: LEASE_MS }, { caller: ADA });
    void node.run('permission.prompt', PROMPT, { caller: over(ADA) });
    expect(await states(node)).toEqual(['silent', 'silent']);
  });
});
