import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { readSteps, reply, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) } },
});

/** Passes a ball to the next of `chain`, until the last has it. */
const passer = setup({ types: { context: {} as { next: string | null; seen: number }, input: {} as { next: string | null } } }).createMachine({
  context: ({ input }) => ({ next: input.next, seen: 0 }),
  on: {
    BALL: [
      { guard: ({ context }) => context.next === null, actions: assign({ seen: ({ context }) => context.seen + 1 }) },
      { actions: [assign({ seen: ({ context }) => context.seen + 1 }), tell(({ context }) => context.next as string, { type: 'BALL' })] },
    ],
  },
});
const chain = (length: number) => Array.from({ length }, (_, at) => worker(`c${at}`, passer, { durable: true, input: { next: at + 1 < length ? `c${at + 1}` : null } }));

/** A clock whose monotonic time goes by with each look at it, as when every step takes that long. */
function slow(clock: { monotonic(): number }, msALook: number): void {
  let now = 0;
  Object.assign(clock, {
    monotonic: () => {
      now += msALook;
      return now;
    },
  });
}

const stepsOf = (batch: { readonly facts: ReadonlyArray<{ readonly kind: string; readonly body: string }> }): Array<{ address: string }> =>
  batch.facts.filter(({ kind }) => kind === 'steps').flatMap(({ body }) => readSteps(JSON.parse(body) as unknown[]));

describe('a batch', () => {
  it('writes only the newest snapshot of an actor, however many steps it took (K8)', async () => {
    const node = await startNode([worker('a', counter, { durable: true })]);
    const before = node.journal.written.length;
    await Promise.all(Array.from({ length: 50 }, () => node.tell('a', { type: 'ADD' })));
    const written = node.journal.written.slice(before);
    expect(written.flatMap(({ actors }) => actors.put.map(({ address, step }) => [address, step]))).toEqual([['a', 51]]);
    expect(written.flatMap(stepsOf)).toHaveLength(50);
  });

  it('leaves no row of a message that was sent and consumed within it (K8)', async () => {
    const node = await startNode(chain(100));
    const before = node.journal.written.length;
    await node.tell('c0', { type: 'BALL' });
    await settle();
    expect(node.context('c99')).toMatchObject({ seen: 1 });
    const written = node.journal.written.slice(before);
    expect(written).toHaveLength(1);
    expect(written[0]?.mail).toEqual({ put: [], remove: [], bury: [] });
    expect(written[0]?.actors.put).toHaveLength(100);
  });

  it('takes what a step sends before the mail of others who wait, so that it leaves no row (K8)', async () => {
    const others = Array.from({ length: 8 }, (_, at) => worker(`x${at}`, counter, { durable: true }));
    const node = await startNode([...chain(2), ...others], { limits: { steps: 2 } });
    const before = node.journal.written.length;
    await Promise.all([node.tell('c0', { type: 'BALL' }), ...others.map(({ id }) => node.tell(id, { type: 'ADD' }))]);
    await settle();
    const [first] = node.journal.written.slice(before);
    expect(first && stepsOf(first).map(({ address }) => address)).toEqual(['c0', 'c1']);
    expect(node.journal.written.slice(before).flatMap(({ mail }) => mail.put.filter(({ envelope }) => envelope.from !== null))).toEqual([]);
  });

  it('closes at its number of steps: what is still queued becomes rows, and is taken in the next (K8)', async () => {
    const node = await startNode(chain(10), { limits: { steps: 4 } });
    const before = node.journal.written.length;
    await node.tell('c0', { type: 'BALL' });
    await settle();
    const written = node.journal.written.slice(before);
    expect(written.map((batch) => stepsOf(batch).length)).toEqual([4, 4, 2]);
    expect(written.map(({ mail }) => [mail.put.length, mail.remove.length])).toEqual([
      [1, 0],
      [1, 1],
      [0, 1],
    ]);
    expect(node.context('c9')).toMatchObject({ seen: 1 });
  });

  it('closes at its time between any two steps, also of one actor (K8)', async () => {
    const node = await startNode([worker('a', counter, { durable: true })], { limits: { ms: 4 } });
    const before = node.journal.written.length;
    slow(node.clock, 1);
    await Promise.all(Array.from({ length: 12 }, () => node.tell('a', { type: 'ADD' })));
    expect(Math.max(...node.journal.written.slice(before).map((batch) => stepsOf(batch).length))).toBeLessThanOrEqual(4);
    expect(node.context('a')).toEqual({ n: 12 });
  });

  it('has the starts of its time, and leaves those behind them to the next, in their order (K8)', async () => {
    const templates = { counter: (_input: unknown, id: string) => worker(id, counter, { durable: true }) };
    const node = await startNode([dynamicSupervisor('many', { durable: true, templates })], { limits: { ms: 4 } });
    const before = node.journal.written.length;
    slow(node.clock, 1);
    const names = Array.from({ length: 12 }, (_, at) => `c${at}`);
    await Promise.all(names.map((id) => node.system.startChild('many', { template: 'counter', id, input: null })));
    const begun = node.journal.written.slice(before).map(({ actors, children }) => [...children.put.map(({ id }) => id), ...actors.put.map(({ address }) => address)]);
    expect(Math.max(...begun.map(({ length }) => length))).toBeLessThanOrEqual(4);
    expect(begun.flat().filter((name) => name.startsWith('many/'))).toEqual(names.map((name) => `many/${name}`));
  });

  it('takes one step even when its time is over before it has begun (K8)', async () => {
    const node = await startNode([worker('a', counter, { durable: true })], { limits: { ms: 0, bytes: 0 } });
    await Promise.all(Array.from({ length: 5 }, () => node.tell('a', { type: 'ADD' })));
    expect(node.context('a')).toEqual({ n: 5 });
    expect(node.journal.written.slice(-5).map((batch) => stepsOf(batch).length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('closes at its size in bytes (K8)', async () => {
    const big = setup({ types: { context: {} as { n: number; text: string } } }).createMachine({
      context: { n: 0, text: 'x'.repeat(1_000) },
      on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const node = await startNode(
      names.map((name) => worker(name, big, { durable: true })),
      { limits: { bytes: 2_000 } },
    );
    const before = node.journal.written.length;
    await Promise.all(names.map((name) => node.tell(name, { type: 'ADD' })));
    await settle();
    expect(node.journal.written.slice(before).map((batch) => stepsOf(batch).length)).toEqual([2, 2, 2]);
  });

  it('gives others their turn after so many steps of one actor (K8)', async () => {
    const node = await startNode([worker('a', counter, { durable: true }), worker('b', counter, { durable: true })], { limits: { turn: 3 } });
    const before = node.journal.written.length;
    await Promise.all([...Array.from({ length: 7 }, () => node.tell('a', { type: 'ADD' })), node.tell('b', { type: 'ADD' })]);
    const order = node.journal.written.slice(before).flatMap(stepsOf);
    expect(order.map(({ address }) => address).join('')).toBe('aaabaaaa');
  });

  it('takes input from outside in turn with a cascade that feeds itself (K8)', async () => {
    const loop = setup({}).createMachine({ on: { ROUND: { actions: tell('loop', { type: 'ROUND' }) } } });
    const node = await startNode([worker('loop', loop, { durable: true }), worker('a', counter, { durable: true })], { limits: { steps: 20, turn: 5 } });
    await node.tell('loop', { type: 'ROUND' });
    await node.tell('a', { type: 'ADD' });
    expect(await node.ask('a', { type: 'GET' })).toBe(1);
    await node.system.kill('loop');
    await node.system.terminateChild('', 'loop');
  });

  it('lets low priorities age: one in sixteen is taken before higher ones that keep coming (K8)', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })]);
    const told = [node.tell('a', { type: 'LOW' }, { priority: 'low' }), ...Array.from({ length: 40 }, () => node.tell('a', { type: 'HIGH' }, { priority: 'high' }))];
    await Promise.all(told);
    await settle();
    const at = (node.context('a').seen as string[]).indexOf('LOW');
    expect([at > 0, at < 16]).toEqual([true, true]);
  });

  it('keeps the order of a sender and a receiver within a priority, also when some of it became rows (K8)', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })], { limits: { steps: 3 } });
    const types = Array.from({ length: 40 }, (_, at) => `M${at}`);
    await Promise.all(types.map((type) => node.tell('a', { type })));
    await settle();
    expect(node.context('a').seen).toEqual(types);
  });

  it('is the boundary at which a kill takes effect: the steps of the batch stand, the actor comes back behind them (K8)', async () => {
    const node = await startNode([worker('a', counter, { durable: true })]);
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'ADD' });
    await settle();
    const killed = node.system.kill('a');
    await settle();
    expect(node.system.inspect('a')?.state).toBe('running');
    release();
    await Promise.all([told, killed]);
    await settle();
    expect([node.context('a'), node.system.inspect('a')?.epoch]).toEqual([{ n: 1 }, 2]);
  });
});
