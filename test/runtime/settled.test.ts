// A context that is read without asking is one that an ask would find.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { reply } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: {
    ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
  },
});

const counting = () => startNode([worker('a', counter, { durable: true }), worker('other', counter, { durable: true }), worker('volatile', counter)]);

describe('the context of a settled actor', () => {
  it('is what its last committed step left, the same object until the next one, and costs no step', async () => {
    const node = await counting();
    await node.tell('a', { type: 'ADD' });
    const { step } = node.system.inspect('a') ?? {};
    const seen = node.system.settled('a');
    expect(seen).toEqual({ n: 1 });
    expect(node.system.settled('a')).toBe(seen);
    await node.tell('a', { type: 'ADD' });
    expect(node.system.settled('a')).toEqual({ n: 2 });
    expect(node.system.inspect('a')?.step).toBe((step ?? 0) + 1);
  });

  it('is not given while something waits for the actor: a read behind an accepted message sees what that did', async () => {
    const node = await counting();
    const told = node.tell('a', { type: 'ADD' });
    expect(node.system.settled('a')).toBeUndefined();
    expect(await node.ask('a', { type: 'GET' })).toBe(1);
    await told;
    expect(node.system.settled('a')).toEqual({ n: 1 });
  });

  it('is not given while its last step is on its way to the journal', async () => {
    const node = await counting();
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'ADD' });
    await settle();
    expect(node.context('a')).toEqual({ n: 1 });
    expect(node.system.settled('a')).toBeUndefined();
    release();
    await told;
    expect(node.system.settled('a')).toEqual({ n: 1 });
  });

  it('never shows a step that was taken back', async () => {
    const node = await counting();
    const release = node.journal.holdCommits();
    node.journal.failNext('refused');
    const told = node.tell('a', { type: 'ADD' });
    await settle();
    expect(node.context('a')).toEqual({ n: 1 });
    expect(node.system.settled('a')).toBeUndefined();
    release();
    await expect(told).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.pass(60_000);
    expect(node.system.settled('a')).toEqual({ n: 0 });
    expect(await node.ask('a', { type: 'GET' })).toBe(0);
  });

  it('is given of nobody while the journal cannot be read back: another node may have written since', async () => {
    const node = await counting();
    await node.tell('a', { type: 'ADD' });
    const up = node.journal.goDown();
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    expect([node.system.settled('a'), node.system.settled('other')]).toEqual([undefined, undefined]);
    up();
    await node.pass(60_000);
    expect(node.system.settled('a')).toEqual({ n: 1 });
  });

  it('is not given of a volatile actor, of nobody, and of one that was stopped', async () => {
    const node = await counting();
    expect(node.system.settled('volatile')).toBeUndefined();
    expect(node.system.settled('nobody')).toBeUndefined();
    await node.system.stop();
    expect(node.system.settled('a')).toBeUndefined();
  });
});
