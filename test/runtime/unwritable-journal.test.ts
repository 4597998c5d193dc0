// A journal that takes no writes for a while, as on a full disk: the node says so, tries again less and less often, and then goes on.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { effect, JournalFailure } from '../../runtime/index.ts';
import { JournalWrites } from '../../runtime/journal-writes.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

const full = (): JournalFailure => new JournalFailure('environment', 'failed', 'database or disk is full');

/** Its effect ends when told to: the result comes from inside and is kept until it is written. */
function waiting() {
  let end = (_n: number): void => undefined;
  const logic = setup({
    types: { context: {} as { n: number } },
    actors: { work: effect<number>({ idempotent: true, run: () => new Promise((resolve) => (end = resolve)) }) },
  }).createMachine({
    context: { n: 0 },
    invoke: { src: 'work', onDone: { actions: assign({ n: ({ event }) => event.output }) } },
  });
  return { logic, end: (n: number) => end(n) };
}

describe('a journal that takes no writes (K11)', () => {
  it('makes the node not ready with the reason, keeps what came from inside, and is ready again once a write was confirmed', async () => {
    const { logic, end } = waiting();
    const node = await startNode([worker('a', logic, { durable: true })]);
    node.journal.failNext(...Array.from({ length: 6 }, () => 'refused' as const));
    end(42);
    await settle();
    expect(node.system.notReady).toBe('the journal does not confirm writes (planned: refused)');
    for (let n = 0; n < 10; n += 1) await node.pass(2_000);
    expect([node.context('a'), node.system.notReady]).toEqual([{ n: 42 }, undefined]);
  });

  it('is tried again by itself when there is nothing to write', async () => {
    const { logic } = waiting();
    const node = await startNode([worker('a', logic, { durable: true })]);
    node.journal.failNext('refused');
    await expect(node.tell('a', { type: 'NOTHING' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect(node.system.ready).toBe(false);
    const before = node.journal.written.length;
    await node.pass(1_000);
    expect([node.system.ready, node.journal.written.length]).toEqual([true, before + 1]);
    await node.pass(60_000);
    expect(node.journal.written.length).toBe(before + 1);
  });

  it('keeps nobody from ending: the node stops in order, and the next one goes on from what was written', async () => {
    const { logic, end } = waiting();
    const node = await startNode([worker('a', logic, { durable: true })]);
    node.journal.failNext(...Array.from({ length: 50 }, () => 'refused' as const));
    end(42);
    await settle();
    await node.system.stop();
    const next = await startNode([worker('a', waiting().logic, { durable: true })], { store: node.store });
    expect(next.context('a')).toEqual({ n: 0 });
  });

  it('is tried at once, then after pauses that double up to two seconds, and at once again after a success', () => {
    const writes = new JournalWrites();
    const pauses = Array.from({ length: 12 }, () => {
      writes.failed(full());
      return writes.pauseMs;
    });
    expect(pauses).toEqual([0, 20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000, 2_000, 2_000]);
    expect(writes.fault).toBe('database or disk is full');
    writes.confirmed();
    expect([writes.pauseMs, writes.fault]).toEqual([0, undefined]);
  });

  it('is not blamed for a batch that cannot be written anywhere', () => {
    const writes = new JournalWrites();
    writes.failed(new JournalFailure('statement', 'failed', 'no such column'));
    writes.failed(new Error('anything else'));
    expect(writes.fault).toBeUndefined();
  });
});
