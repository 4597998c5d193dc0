import { describe, expect, it } from 'vitest';
import { assign, fromTransition, raise, setup } from 'xstate';
import { reply, systemClock, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { count, LONG } from '../support/length.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const FULL = { code: 'MailboxFull' };
const outcomes = async (told: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(told)).map((one) => (one.status === 'fulfilled' ? 'taken' : (one.reason as { code: string }).code));

describe('a mailbox that is full', () => {
  it.each([
    ['durable', true],
    ['volatile', false],
  ])('of a %s actor refuses tells and asks from outside with MailboxFull; control passes, and it takes again when there is room (K21)', async (_kind, durable) => {
    const node = await startNode([worker('a', recorder, { durable })], { mailboxes: { maxMailbox: 5 } });
    const told = Array.from({ length: 7 }, () => node.tell('a', { type: 'NOTE' }));
    const asked = node.ask('a', { type: 'GET' });
    const control = node.tell('a', { type: 'STOP' }, { priority: 'control' });
    expect(await outcomes([...told, asked, control])).toEqual([...Array(5).fill('taken'), 'MailboxFull', 'MailboxFull', 'MailboxFull', 'taken']);
    await settle();
    expect(await node.ask('a', { type: 'GET' })).toEqual(['STOP', 'NOTE', 'NOTE', 'NOTE', 'NOTE', 'NOTE']);
    expect(node.deadLetters()).toEqual([]);
  });

  it('counts messages whose ids are being looked up, and refuses none that was taken (K21, K23)', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })], { mailboxes: { maxMailbox: 5 } });
    const told = Array.from({ length: 8 }, (_, n) => node.tell('a', { type: 'NOTE' }, { id: `m${n}` }));
    const words = await outcomes(told);
    expect(words.filter((word) => word === 'MailboxFull').length).toBeGreaterThanOrEqual(3);
    await settle();
    expect(await node.ask('a', { type: 'GET' })).toHaveLength(words.filter((word) => word === 'taken').length);
  });

  it('of an actor that is down refuses too; what was taken before waits on disk, not in memory (K21)', async () => {
    const templates = { one: (_: unknown, id: string) => worker(id, recorder, { durable: true, backoff: { baseMs: 60_000, maxMs: 60_000, resetAfterMs: 1 } }) };
    const node = await startNode([dynamicSupervisor('many', { durable: true, intensity: 9, templates })], { mailboxes: { maxMailbox: 5 } });
    await node.system.startChild('many', { template: 'one', id: 'x', input: null });
    await node.system.kill('many/x');
    await settle();
    for (let n = 0; n < 5; n += 1) await node.tell('many/x', { type: 'NOTE' });
    await expect(node.tell('many/x', { type: 'NOTE' })).rejects.toMatchObject(FULL);
    await settle();
    expect([node.system.counts().heldMail, [...node.store.mail.all()].length]).toEqual([0, 5]);
    await node.pass(60_000);
    expect(await node.ask('many/x', { type: 'GET' })).toHaveLength(5);
  });
});

const GO = { type: 'GO' };
const ITEM = { type: 'ITEM' };
/** Sends itself on without end, and four messages to a sink at each turn. */
const pump = (address: string, sink: string) =>
  setup({ types: { context: {} as { n: number; ticks: number; on: boolean }, events: {} as { type: string } } }).createMachine({
    context: { n: 0, ticks: 0, on: true },
    on: {
      GO: {
        guard: ({ context }) => context.on,
        actions: [assign({ n: ({ context }) => context.n + 4 }), tell(address, GO), tell(sink, ITEM), tell(sink, ITEM), tell(sink, ITEM), tell(sink, ITEM)],
      },
      TICK: { actions: assign({ ticks: ({ context }) => context.ticks + 1 }) },
      WAIT: { actions: raise({ type: 'TICK' }, { delay: 1_000 }) },
      STOP: { actions: assign({ on: () => false }) },
      GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
    },
  });
const counter = fromTransition((state: { n: number }, event: { type: string }) => (event.type === 'ITEM' ? { n: state.n + 1 } : state), { n: 0 });
const PAUSE_ABOVE = 100;
const SENDERS = 8;
const mailboxes = { pauseAbove: PAUSE_ABOVE };
const names = Array.from({ length: SENDERS }, (_, n) => `pump-${n}`);

async function flooded(): Promise<KernelNode> {
  const node = await startNode([worker('sink', counter, { durable: true }), ...names.map((name) => worker(name, pump(name, 'sink'), { durable: true, ignore: ['GO'] }))], {
    mailboxes,
  });
  for (const name of names) await node.tell(name, { type: 'GO' });
  return node;
}
const stopAll = (node: KernelNode) => Promise.all(names.map((name) => node.tell(name, { type: 'STOP' }, { priority: 'high' })));
const waiting = (node: KernelNode) => node.system.inspect('sink')?.mailbox ?? 0;

describe('senders that are faster than their receiver', () => {
  it('pause while it has too much: its mailbox stays bounded, nothing is lost, and each goes on (K21)', async () => {
    const node = await flooded();
    const began = systemClock.monotonic();
    const goesOn = (round: number): boolean => (LONG ? systemClock.monotonic() - began < 60_000 : round < count(8, 0));
    let most = 0;
    for (let round = 0; goesOn(round); round += 1) {
      await settle(20);
      most = Math.max(most, waiting(node));
    }
    await stopAll(node);
    for (let turn = 0; turn < 100 && waiting(node) > 0; turn += 1) await settle(20);
    const sent = (await Promise.all(names.map((name) => node.ask(name, { type: 'GET' })))) as number[];
    // Whoever is over by a step stops, so a step of each sender comes on top.
    expect(most).toBeLessThanOrEqual(PAUSE_ABOVE + SENDERS * 4);
    expect(most).toBeGreaterThan(PAUSE_ABOVE / 2);
    expect(node.context('sink')).toEqual({ n: sent.reduce((sum, n) => sum + n, 0) });
    expect(Math.min(...sent)).toBeGreaterThan(0);
    expect([node.deadLetters(), node.system.counts().mail]).toEqual([[], 0]);
  }, 120_000);

  it('take control, timers and high messages while they pause (K21)', async () => {
    const node = await flooded();
    await Promise.all(names.map((name) => node.tell(name, { type: 'WAIT' }, { priority: 'high' })));
    await settle(20);
    await node.pass(1_000);
    await stopAll(node);
    await settle(40);
    for (const name of names) expect(node.context(name)).toMatchObject({ on: false, ticks: 1 });
  }, 120_000);

  it('never stand still in a circle, each of which sends to the next more than that can take (K21)', async () => {
    const ring = ['a', 'b', 'c'];
    const logic = (next: string) =>
      setup({ types: { context: {} as { n: number }, events: {} as { type: string; hops: number } } }).createMachine({
        context: { n: 0 },
        on: {
          PASS: [
            {
              guard: ({ event }) => event.hops > 0,
              actions: [
                assign({ n: ({ context }) => context.n + 1 }),
                tell(next, ({ event }) => ({ type: 'PASS', hops: event.hops - 1 })),
                tell(next, ({ event }) => ({ type: 'PASS', hops: event.hops - 1 })),
              ],
            },
            { actions: assign({ n: ({ context }) => context.n + 1 }) },
          ],
        },
      });
    const node = await startNode(
      ring.map((name, index) => worker(name, logic(ring[(index + 1) % 3] as string), { durable: true })),
      { mailboxes: { pauseAbove: 3 } },
    );
    await Promise.all(ring.map((name) => node.tell(name, { type: 'PASS', hops: 9 })));
    await settle(600);
    const total = ring.reduce((sum, name) => sum + (node.context(name).n as number), 0);
    expect([total, node.system.counts().mail]).toEqual([3 * (2 ** 10 - 1), 0]);
  });
});
