import { describe, expect, it } from 'vitest';
import { assign, cancel, emit, enqueueActions, raise, setup } from 'xstate';
import { deferReply, reply, tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom, recorder } from '../support/small-actors.ts';

const counting = setup({ types: { context: {} as { n: number } } });

describe('a step', () => {
  it.each([
    ['a guard', { guard: () => boom() }],
    ['an assign', { actions: assign(() => boom()) }],
    ['the callback of enqueueActions', { actions: enqueueActions(() => boom()) }],
    ['the expression of a send', { actions: tell('sink', () => boom()) }],
  ])('in which %s throws is a failed step: nothing it wanted before the throw is done (K2)', async (_what, bad) => {
    const done: string[] = [];
    const logic = counting.createMachine({
      context: { n: 0 },
      initial: 'a',
      states: {
        a: {
          on: { BAD: { target: 'b', actions: [assign({ n: 9 }), tell('sink', { type: 'LEAK' }), () => void done.push('custom')] } },
          exit: enqueueActions(({ enqueue }) => enqueue.assign({ n: 7 })),
        },
        b: { entry: [emit({ type: 'leak' }), raise({ type: 'LATER' }, { delay: 1 }), reply('leak')], always: [{ ...(bad as object), target: 'c' }] as never },
        c: {},
      },
    });
    const node = await startNode([worker('sink', recorder, { durable: true }), worker('a', logic, { durable: true })]);
    await expect(node.ask('a', { type: 'BAD' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    expect([node.value('a'), node.context('a'), node.context('sink')]).toEqual(['a', { n: 0 }, { seen: [] }]);
    expect(done).toEqual([]);
    expect(node.telemetry.some(({ kind }) => kind === 'actor.emitted')).toBe(false);
    await settle();
    expect(node.clock.pending).toBe(0);
  });

  it('runs its custom actions after the commit, once each and in order (K2)', async () => {
    const ran: string[] = [];
    const logic = setup({}).createMachine({ on: { GO: { actions: [() => void ran.push('one'), tell('sink', { type: 'SENT' }), () => void ran.push('two')] } } });
    const node = await startNode([worker('sink', recorder, { durable: true }), worker('a', logic, { durable: true })]);
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'GO' });
    await settle();
    expect(ran).toEqual([]);
    release();
    await told;
    await settle();
    expect(ran).toEqual(['one', 'two']);
  });

  it('stands when one of its custom actions throws: that is an exit, and the actor comes back behind the step (K2)', async () => {
    const logic = counting.createMachine({ context: { n: 0 }, on: { GO: { actions: [assign({ n: ({ context }) => context.n + 1 }), () => boom()] } } });
    const node = await startNode([worker('a', logic, { durable: true })]);
    await node.tell('a', { type: 'GO' });
    await settle();
    expect(node.context('a')).toEqual({ n: 1 });
    expect(node.telemetry).toContainEqual(expect.objectContaining({ kind: 'actor.exited', address: 'a', reason: expect.objectContaining({ kind: 'crash', message: 'planned' }) }));
    expect(node.system.whichChildren('')).toMatchObject([{ id: 'a', state: 'running', restarts: 1 }]);
  });

  it('has every word of the kernel as data: what a later action cancels or replaces never was (K2)', async () => {
    const logic = setup({}).createMachine({
      on: {
        GO: { actions: [raise({ type: 'TICK' }, { delay: 5, id: 't' }), deferReply('later'), cancel('t'), tell('sink', { type: 'DELAYED' }, { delay: 5, id: 'd' }), cancel('d')] },
        TICK: {},
      },
    });
    const node = await startNode([worker('sink', recorder, { durable: true }), worker('a', logic, { durable: true })]);
    await node.tell('a', { type: 'GO' });
    await node.pass(10);
    expect([node.context('sink'), node.deadLetters(), node.clock.pending]).toEqual([{ seen: [] }, [], 0]);
  });

  it('emits to whoever listens only once it is committed (K2)', async () => {
    const logic = setup({ types: { emitted: {} as { type: 'seen' } } }).createMachine({ on: { GO: { actions: emit({ type: 'seen' }) } } });
    const node = await startNode([worker('a', logic, { durable: true })]);
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'GO' });
    await settle();
    const emitted = () => node.telemetry.filter(({ kind }) => kind === 'actor.emitted').length;
    expect(emitted()).toBe(0);
    release();
    await told;
    expect(emitted()).toBe(1);
  });

  it('of a volatile actor that throws is an exit, as in OTP (K12)', async () => {
    const logic = counting.createMachine({ context: { n: 0 }, on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, BAD: { actions: assign(() => boom()) } } });
    const node = await startNode([worker('v', logic)]);
    await node.tell('v', { type: 'ADD' });
    await expect(node.ask('v', { type: 'BAD' })).rejects.toThrow('planned');
    await settle();
    expect(node.context('v')).toEqual({ n: 0 });
    expect(node.system.whichChildren('')).toMatchObject([{ id: 'v', state: 'running', restarts: 1 }]);
  });
});
