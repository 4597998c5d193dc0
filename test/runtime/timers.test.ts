import { describe, expect, it } from 'vitest';
import { assign, cancel, raise, setup } from 'xstate';
import { tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const note = assign({ seen: ({ context, event }: { context: { seen: string[] }; event: { type: string } }) => [...context.seen, event.type] });
const alarm = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string } } }).createMachine({
  context: { seen: [] },
  initial: 'set',
  on: { STAY: {}, STOP: '.off', TICK: { actions: note as never } },
  states: { set: { after: { 300000: 'rung' }, on: { AGAIN: { target: 'set', reenter: true } } }, rung: { entry: note as never }, off: {} },
});
const spec = () => worker('a', alarm, { durable: true });
const restarted = (node: KernelNode) => startNode([spec()], { store: node.store, clock: node.clock });
const timers = (node: KernelNode) => [...node.store.timers.all()];

describe('a durable timer', () => {
  it('fires once when it is due, and is gone from disk in the commit of the step that takes it (K20)', async () => {
    const node = await startNode([spec()]);
    expect(timers(node)).toMatchObject([{ delayMs: 300_000, dueAt: node.clock.now() + 300_000 }]);
    await node.pass(299_999);
    expect(node.value('a')).toBe('set');
    await node.pass(1);
    expect([node.value('a'), timers(node)]).toEqual(['rung', []]);
    await node.pass(1_000_000);
    expect(node.context('a').seen).toHaveLength(1);
  });

  it.each([
    ['an orderly stop', (node: KernelNode) => node.system.stop()],
    ['a crash', async () => undefined],
  ])('outlives %s and fires once, at its time (K20)', async (_how, end) => {
    const node = await startNode([spec()]);
    await node.pass(100_000);
    await end(node);
    const again = await restarted(node);
    expect(timers(again)).toHaveLength(1);
    await again.pass(199_999);
    expect(again.value('a')).toBe('set');
    await again.pass(1);
    expect([again.value('a'), (again.context('a').seen as string[]).length, timers(again)]).toEqual(['rung', 1, []]);
  });

  it('that fell due while nobody ran fires at once: late rather than never, and once (K20)', async () => {
    const node = await startNode([spec()]);
    await node.system.stop();
    node.clock.advance(10_000_000);
    const again = await restarted(node);
    await again.pass(0);
    const third = await restarted(again);
    await third.pass(1_000_000);
    expect([third.value('a'), (third.context('a').seen as string[]).length]).toEqual(['rung', 1]);
  });

  it('never waits longer than its delay, though the wall clock was set back while nobody ran; a running one does not look at it (K20)', async () => {
    const node = await startNode([spec()]);
    await node.system.stop();
    node.clock.stepWall(-86_400_000);
    const again = await restarted(node);
    await again.pass(299_999);
    expect(again.value('a')).toBe('set');
    again.clock.stepWall(-86_400_000);
    await again.pass(1);
    expect(again.value('a')).toBe('rung');
  });

  it('goes with the state that set it, over a restart too (K20)', async () => {
    const node = await startNode([spec()]);
    await node.tell('a', { type: 'STOP' });
    expect(timers(node)).toEqual([]);
    const again = await restarted(node);
    await again.pass(1_000_000);
    expect([again.value('a'), again.context('a').seen]).toEqual(['off', []]);
  });

  it('that is set again by a re-entry starts anew: cancel and set are applied in their order (K20)', async () => {
    const node = await startNode([spec()]);
    await node.pass(200_000);
    await node.tell('a', { type: 'AGAIN' });
    await node.pass(200_000);
    expect(node.value('a')).toBe('set');
    await node.pass(100_000);
    expect(node.value('a')).toBe('rung');
  });

  it('that fell due before it was cancelled or replaced, and was not taken yet, is dropped (K20)', async () => {
    const node = await startNode([spec()]);
    const release = node.journal.holdCommits();
    const stopped = node.tell('a', { type: 'STOP' });
    await settle();
    // The step that cancels it is on its way to the disk when it falls due.
    await node.pass(300_000);
    release();
    await stopped;
    await settle();
    expect([node.value('a'), node.deadLetters(), node.context('a').seen]).toEqual(['off', [], []]);
  });

  it('is kept while its actor is killed and restarted, with the time that is left (K20)', async () => {
    const node = await startNode([spec()]);
    await node.pass(200_000);
    await node.system.kill('a');
    await settle();
    await node.pass(99_999);
    expect(node.value('a')).toBe('set');
    await node.pass(1);
    expect(node.value('a')).toBe('rung');
  });
});

describe('timers of one actor', () => {
  const many = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string } } }).createMachine({
    context: { seen: [] },
    on: {
      UNNAMED: { actions: [raise({ type: 'TICK' } as never, { delay: 10 }), raise({ type: 'TICK' } as never, { delay: 20 })] },
      NAMED: { actions: [raise({ type: 'LOST' } as never, { delay: 10, id: 'x' }), raise({ type: 'TICK' } as never, { delay: 20, id: 'x' })] },
      CANCELLED: { actions: [raise({ type: 'LOST' } as never, { delay: 10, id: 'x' }), cancel('x')] },
      OTHER: { actions: tell('sink', { type: 'SENT' }, { delay: 10 }) },
      '*': { actions: note as never },
    },
  });
  const children = () => [worker('sink', recorder, { durable: true }), worker('a', many, { durable: true })];

  it('without an id are each their own; under one id the last counts (K20)', async () => {
    const node = await startNode(children());
    for (const type of ['UNNAMED', 'NAMED', 'CANCELLED']) await node.tell('a', { type });
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await again.pass(50);
    expect(again.context('a')).toEqual({ seen: ['TICK', 'TICK'] });
    await again.tell('a', { type: 'NAMED' });
    await again.pass(50);
    expect(again.context('a')).toEqual({ seen: ['TICK', 'TICK', 'TICK'] });
    expect(timers(again)).toEqual([]);
  });

  it('keep apart what is set before and after a restart, though ids are generated in each life (K20)', async () => {
    const node = await startNode(children());
    await node.tell('a', { type: 'UNNAMED' });
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await again.tell('a', { type: 'UNNAMED' });
    expect(timers(again)).toHaveLength(4);
    await again.pass(50);
    expect(again.context('a').seen).toHaveLength(4);
  });

  it('may be delayed sends to others: those leave once, also over a restart (K20)', async () => {
    const node = await startNode(children());
    await node.tell('a', { type: 'OTHER' });
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await again.pass(10);
    await again.pass(100);
    expect([again.context('sink'), again.context('a').seen, timers(again)]).toEqual([{ seen: ['SENT'] }, [], []]);
  });

  it('of actors with the same states and ids do not meet (K20)', async () => {
    const node = await startNode([worker('a', alarm, { durable: true }), worker('b', alarm, { durable: true })]);
    await node.tell('b', { type: 'STOP' });
    expect(timers(node)).toMatchObject([{ address: 'a' }]);
    await node.pass(300_000);
    expect([node.value('a'), node.value('b')]).toEqual(['rung', 'off']);
  });
});
