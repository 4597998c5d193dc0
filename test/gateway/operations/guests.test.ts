// Guests as their clients call them: joining, waiting, reporting, voting, leaving, and whose calls are refused.
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../gateway/operations/index.ts';
import { ADA, BOB, joined, LEASE_MS, passing, submitted, wait } from '../../support/guest-calls.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

describe('a client that joins', () => {
  it('is an agent that everybody sees, marked ungated, under the name of its token', async () => {
    const node = await joined(ADA);
    expect(await node.run('agent.status', { agent: 'guest.ada' })).toMatchObject({ ungated: true, state: 'ready', capabilities: ['review'], session: null });
    const { items } = await node.run<{ items: ReadonlyArray<{ name: string; ungated: boolean }> }>('agent.list');
    expect(items.filter(({ ungated }) => ungated).map(({ name }) => name)).toEqual(['guest.ada']);
  });

  it('may choose its name, and is told what it holds', async () => {
    const node = await runningNode();
    expect(await node.run('agent.join', { name: 'laptop', title: 'The laptop', leaseMs: LEASE_MS }, { caller: ADA })).toEqual({
      agent: 'guest.laptop',
      ungated: true,
      membership: 1,
      leaseMs: LEASE_MS,
      task: null,
      unread: 0,
    });
  });

  it('holds nothing that lets it decide: a token with more is refused', async () => {
    const node = await runningNode();
    await expect(node.run('agent.join')).rejects.toMatchObject({ code: 'TooMightyForGuest', message: expect.stringContaining("'approve'") });
    expect(node.system.inspect('agents/guest.ann')).toBeUndefined();
  });

  it("does not take another's name", async () => {
    const node = await joined(ADA);
    await expect(node.run('agent.join', { name: 'ada' }, { caller: BOB })).rejects.toMatchObject({ code: 'NotYourGuest' });
  });

  it('is recorded with whose token it came', async () => {
    const node = await joined(ADA);
    await node.run('agent.leave', {}, { caller: ADA });
    await settle();
    const { items } = await node.run<{ items: ReadonlyArray<{ kind: string; body: unknown }> }>('audit.query', { kind: 'agent.joined' });
    expect(items).toMatchObject([{ body: { agent: 'guest.ada', owner: 'ada', membership: 1 } }]);
    expect(await node.run('audit.query', { kind: 'agent.left' })).toMatchObject({ items: [{ body: { agent: 'guest.ada' } }] });
  });
});

describe('a sentence', () => {
  it('goes to a guest that can do it, and its report ends the task', async () => {
    const node = await joined(ADA);
    const task = await submitted(node, { capability: ['review'], workspace: '/repo' });
    const seen = await wait(node, ADA);
    expect(seen).toMatchObject({ agent: 'guest.ada', task: { task, epoch: 1, text: 'look at the diff', workspace: '/repo', from: 'ann' } });
    await node.run('task.progress', { task, epoch: 1, note: 'reading' }, { caller: ADA });
    expect(await node.run('task.status', { task })).toMatchObject({ status: 'running', agent: 'guest.ada', note: 'reading' });
    expect(await node.run('task.complete', { task, epoch: 1, result: { bugs: 2 } }, { caller: ADA })).toEqual({ task, epoch: 1, repeated: false });
    await settle();
    expect(await node.run('task.status', { task })).toMatchObject({ status: 'succeeded', answer: { by: 'guest.ada', epoch: 1, result: { bugs: 2 } } });
    expect(await node.run('plan.status', { plan: task.replace(/\.words$/, '') })).toMatchObject({ status: 'succeeded' });
  });

  it('reported again after its plan is over is the same report, and one of somebody else is refused', async () => {
    const node = await joined(ADA, BOB);
    const task = await submitted(node, { agent: 'guest.ada' });
    await node.run('task.complete', { task, epoch: 1 }, { caller: ADA });
    await settle();
    expect(await node.run('task.complete', { task, epoch: 1 }, { caller: ADA })).toEqual({ task, epoch: 1, repeated: true });
    await expect(node.run('task.complete', { task, epoch: 1 }, { caller: BOB })).rejects.toMatchObject({ code: 'NotYourTask', message: expect.stringContaining('has ended') });
    await expect(node.run('task.complete', { task: 'no.such', epoch: 1 }, { caller: ADA })).rejects.toMatchObject({ code: 'NoSuchTask' });
  });

  it('is refused while nobody is known who could do it', async () => {
    const node = await joined(ADA);
    await expect(submitted(node, { capability: ['sql'] })).rejects.toMatchObject({ code: 'NoThinkingDriver' });
    await expect(submitted(node, { agent: 'testing' })).rejects.toMatchObject({ code: 'NoThinkingDriver' });
    await expect(submitted(node, { agent: 'guest.adda' })).rejects.toMatchObject({ code: 'NoSuchAgent', message: expect.stringContaining("'guest.ada'") });
  });

  it('of high priority is handed over first', async () => {
    const node = await joined(ADA);
    await submitted(node, { text: 'first' });
    await submitted(node, { text: 'second', priority: 'low' });
    await submitted(node, { text: 'third', priority: 'high' });
    const texts: (string | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { task } = await wait(node, ADA);
      texts.push(task?.text);
      await node.run('task.complete', { task: task?.task, epoch: task?.epoch }, { caller: ADA });
      await settle();
    }
    expect(texts).toEqual(['first', 'third', 'second']);
  });

  it('that its guest cannot do fails with what it says', async () => {
    const node = await joined(ADA);
    const task = await submitted(node);
    await node.run('task.fail', { task, epoch: 1, why: 'there is no diff' }, { caller: ADA });
    await settle();
    expect(await node.run('task.status', { task })).toMatchObject({ status: 'failed', error: { code: 'ReportedFailed', message: 'there is no diff' } });
  });

  it('that waits is taken by the guest that claims it, once', async () => {
    const node = await joined(ADA);
    await node.run('fleet.pause');
    await settle();
    const task = await submitted(node, { capability: ['review'] });
    await node.run('fleet.resume');
    await node.run('agent.join', { leaseMs: LEASE_MS }, { caller: BOB });
    await settle();
    expect((await wait(node, ADA)).task?.task).toBe(task);
    await expect(passing(node, node.run('task.claim', { task }, { caller: BOB }))).rejects.toMatchObject({ code: 'NotDone' });
    await node.run('agent.leave', {}, { caller: ADA });
    await settle();
    expect(await passing(node, node.run('task.claim', { task }, { caller: BOB }))).toMatchObject({ task, epoch: 2 });
  });
});

describe('waiting', () => {
  it('ends when something comes: a task, then mail, each told once to who says what it has seen', async () => {
    const node = await joined(ADA);
    const first = passing(node, wait(node, ADA, { timeoutMs: 60_000 }));
    await settle();
    const task = await submitted(node);
    const seen = await first;
    expect(seen).toMatchObject({ task: { task }, messages: [] });
    const second = passing(node, wait(node, ADA, { after: seen.news, timeoutMs: 60_000 }));
    await settle();
    await node.run('message.send', { to: 'guest.ada', type: 'note', payload: { text: 'hurry' } });
    expect(await second).toMatchObject({ messages: [{ from: 'ann', kind: 'note', payload: { text: 'hurry' } }], task: { task } });
  });

  it('is answered empty when its time is over', async () => {
    const node = await joined(ADA);
    expect(await passing(node, wait(node, ADA, { timeoutMs: 30_000 }))).toMatchObject({ task: null, messages: [] });
  });

  it('is a sign of life as long as it lasts, over many leases', async () => {
    const node = await joined(ADA);
    const task = await submitted(node);
    const { news } = await wait(node, ADA);
    await passing(node, wait(node, ADA, { after: news, timeoutMs: LEASE_MS * 5 }));
    expect((await wait(node, ADA)).task).toMatchObject({ task, epoch: 1 });
  });

  it('shows mail until it is acknowledged', async () => {
    const node = await joined(ADA);
    await node.run('message.send', { to: 'guest.ada', type: 'note' });
    await settle();
    const { messages } = await wait(node, ADA);
    expect(await node.run('inbox.ack', { ids: messages.map(({ id }) => id) }, { caller: ADA })).toEqual({ agent: 'guest.ada', unread: 0 });
    expect((await wait(node, ADA)).messages).toEqual([]);
    expect(await node.run('inbox.read', { agent: 'guest.ada' })).toMatchObject({ items: [{ state: 'delivered' }] });
  });

  it('that its client has given up is no sign of life', async () => {
    const node = await joined(ADA);
    const gone = new AbortController();
    const waiting = node.run('inbox.wait', { timeoutMs: 600_000 }, { caller: ADA, signal: gone.signal });
    await settle();
    gone.abort();
    await waiting;
    await node.pass(LEASE_MS);
    expect(await node.run('agent.status', { agent: 'guest.ada' })).toMatchObject({ state: 'silent' });
  });
});

describe('a guest of which nothing is heard', () => {
  it('loses its task to another; its late report is refused, and it is told to join again', async () => {
    const node = await joined(ADA);
    const task = await submitted(node);
    await node.pass(LEASE_MS);
    await node.run('agent.join', { leaseMs: LEASE_MS }, { caller: BOB });
    await settle();
    expect((await wait(node, BOB)).task).toMatchObject({ task, epoch: 2 });
    await expect(node.run('task.complete', { task, epoch: 1 }, { caller: ADA })).rejects.toMatchObject({
      code: 'NotYourTask',
      message: expect.stringContaining('handed out anew'),
    });
    await expect(wait(node, ADA)).rejects.toMatchObject({ code: 'NotJoined', message: expect.stringContaining('agent_join') });
    await node.run('task.complete', { task, epoch: 2, result: 'by bob' }, { caller: BOB });
    await settle();
    expect(await node.run('task.status', { task })).toMatchObject({ answer: { by: 'guest.bob', result: 'by bob' } });
  });

  it('lives on by its heartbeats', async () => {
    const node = await joined(ADA);
    for (let beat = 0; beat < 4; beat += 1) {
      await node.pass(LEASE_MS - 1_000);
      expect(await node.run('agent.heartbeat', {}, { caller: ADA })).toMatchObject({ agent: 'guest.ada', membership: 1 });
    }
  });
});

describe('who speaks for a guest', () => {
  it('is the token that it joined with: every call of another is refused', async () => {
    const node = await joined(ADA, BOB);
    const task = await submitted(node, { agent: 'guest.ada' });
    const as = { agent: 'guest.ada' };
    const calls = [
      ['agent.heartbeat', as],
      ['agent.leave', as],
      ['inbox.wait', { ...as, timeoutMs: 0 }],
      ['inbox.ack', { ...as, ids: ['x'] }],
      ['task.complete', { ...as, task, epoch: 1 }],
      ['task.progress', { ...as, task, epoch: 1, note: 'n' }],
      ['task.fail', { ...as, task, epoch: 1, why: 'w' }],
      ['task.claim', { ...as, task }],
    ] as const;
    for (const [operation, input] of calls) await expect(node.run(operation, input, { caller: BOB })).rejects.toMatchObject({ code: 'NotYourGuest' });
    expect((await wait(node, ADA)).task).toMatchObject({ task, epoch: 1 });
  });

  it('is the client that joined last: one that was replaced is told, and loses nothing to it that it reports', async () => {
    const node = await joined(ADA);
    expect(await node.run('agent.join', { leaseMs: LEASE_MS }, { caller: ADA })).toMatchObject({ membership: 2 });
    await expect(wait(node, ADA, { membership: 1 })).rejects.toMatchObject({ code: 'NotJoined', message: expect.stringContaining('another client') });
    expect(await wait(node, ADA, { membership: 2 })).toMatchObject({ agent: 'guest.ada' });
  });

  it('says as which guest, when it has several', async () => {
    const node = await joined(ADA);
    await node.run('agent.join', { name: 'second' }, { caller: ADA });
    await expect(wait(node, ADA)).rejects.toMatchObject({ code: 'InvalidInput', message: expect.stringContaining('guest.ada, guest.second') });
    expect(await wait(node, ADA, { agent: 'guest.second' })).toMatchObject({ agent: 'guest.second' });
  });
});

describe('a guest in a round', () => {
  it('is asked by its inbox and votes under its name, where the round names it', async () => {
    const node = await joined(ADA);
    const { round } = await node.run<{ round: string }>('round.open', { subject: 'freeze', electorate: ['guest.ada', 'testing'], quorum: 1, threshold: 1 });
    await settle();
    expect(await wait(node, ADA)).toMatchObject({ messages: [{ kind: 'round', payload: { round, subject: 'freeze' } }] });
    expect(await node.run('round.vote', { round, vote: 'yes', why: 'seen', agent: 'guest.ada' }, { caller: ADA })).toMatchObject({ voter: 'guest.ada' });
    await expect(node.run('round.vote', { round, vote: 'yes', why: 'seen', agent: 'guest.ada' }, { caller: BOB })).rejects.toMatchObject({ code: 'NotYourGuest' });
  });

  it('is in no electorate that nobody put it into: joining wins no vote', async () => {
    const node = await joined(ADA, BOB);
    const { electorate } = await node.run<{ electorate: readonly string[] }>('round.open', { subject: 'freeze' });
    expect(electorate).not.toContain('guest.ada');
    expect(electorate).toContain('testing');
  });
});

describe('what is done with agents', () => {
  it('ends a membership by stop, and is refused where it takes a session', async () => {
    const node = await joined(ADA);
    const as = { agent: 'guest.ada' };
    await expect(node.run('agent.interrupt', as)).rejects.toMatchObject({ code: 'NotDone', message: expect.stringContaining('guest') });
    await expect(node.run('agent.restart', as)).rejects.toMatchObject({ code: 'NotDone' });
    await expect(node.run('agent.spawn', { role: 'testing', name: 'guest.eve' })).rejects.toMatchObject({ code: 'InvalidInput' });
    expect(await node.run('agent.stop', as)).toMatchObject({ state: 'left' });
  });
});

describe('mail from a guest', () => {
  let count = 0;
  const sent = async (node: TestNode, input: object, caller: Caller) => {
    count += 1;
    const type = `note-${count}`;
    await node.run('message.send', { to: 'testing', type, ...input }, { caller });
    await settle();
    const { items } = await node.run<{ items: ReadonlyArray<{ from: string; kind: string }> }>('inbox.read', { agent: 'testing' });
    return items.find(({ kind }) => kind === type)?.from;
  };

  it('carries its own name, so that it can be answered', async () => {
    const node = await joined(ADA, BOB);
    const from = await sent(node, {}, ADA);
    expect(from).toBe('guest.ada');
    await node.run('message.send', { to: from, type: 'answer' });
    await settle();
    expect((await wait(node, ADA)).messages).toMatchObject([{ kind: 'answer', from: 'ann' }]);
    await node.run('message.broadcast', { type: 'note' }, { caller: BOB });
    await settle();
    expect((await wait(node, ADA)).messages).toMatchObject([{ kind: 'answer' }, { from: 'guest.bob' }]);
  });

  it('says as which one, where a token has several; else it is from the token', async () => {
    const node = await joined(ADA);
    await node.run('agent.join', { name: 'laptop', leaseMs: LEASE_MS }, { caller: ADA });
    expect(await sent(node, {}, ADA)).toBe('ada');
    expect(await sent(node, { agent: 'guest.laptop' }, ADA)).toBe('guest.laptop');
  });

  it('is from the token again once its guest has left, and nobody speaks for the guest of another', async () => {
    const node = await joined(ADA);
    await expect(sent(node, { agent: 'guest.ada' }, BOB)).rejects.toMatchObject({ code: 'NotYourGuest' });
    expect(await sent(node, {}, BOB)).toBe('bob');
    await expect(sent(node, { membership: 7 }, ADA)).rejects.toMatchObject({ code: 'NotJoined' });
    await node.run('agent.leave', {}, { caller: ADA });
    expect(await sent(node, {}, ADA)).toBe('ada');
    await expect(sent(node, { agent: 'guest.ada' }, ADA)).rejects.toMatchObject({ code: 'NotJoined' });
  });
});
