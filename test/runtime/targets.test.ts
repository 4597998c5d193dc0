import { describe, expect, it } from 'vitest';
import { assign, sendParent, sendTo, setup } from 'xstate';
import { fact, tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const nobody = () => undefined as never;

describe('a send', () => {
  it.each([
    ['sendTo', sendTo(nobody, { type: 'LOST' } as never)],
    ['tell', tell(nobody, { type: 'LOST' })],
    ['a delayed sendTo', sendTo(nobody, { type: 'LOST' } as never, { delay: 5 })],
    ['a delayed tell', tell(nobody, { type: 'LOST' }, { delay: 5 })],
  ])('by %s without a target is a failed step, and not a message to oneself, whatever else the step does (K4)', async (_by, lost) => {
    const logic = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string } } }).createMachine({
      context: { seen: [] },
      on: {
        BAD: { actions: [tell('sink', { type: 'BEFORE' }), lost as never, tell('sink', { type: 'BEHIND' }), assign({})] },
        '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
      },
    });
    const node = await startNode([worker('sink', recorder, { durable: true }), worker('a', logic, { durable: true }), worker('v', logic)]);
    await expect(node.ask('a', { type: 'BAD' })).rejects.toMatchObject({ code: 'MessagePoisoned', message: expect.stringContaining('(K4)') });
    await expect(node.ask('v', { type: 'BAD' })).rejects.toThrow('(K4)');
    await node.pass(10);
    expect([node.context('a'), node.context('v'), node.context('sink')]).toEqual([{ seen: [] }, { seen: [] }, { seen: [] }]);
  });

  it('to an address where nobody lives is a dead letter of that address (K4)', async () => {
    const logic = setup({}).createMachine({
      on: { GO: { actions: sendTo(({ system }) => system.get('nobody') as never, { type: 'PING' } as never) }, PING: { actions: fact('to.self', {}) } },
    });
    const node = await startNode([worker('a', logic, { durable: true })]);
    await node.tell('a', { type: 'GO' });
    await settle();
    expect(node.system.deadLetters()).toMatchObject([{ reason: 'noproc', envelope: { to: 'nobody', from: 'a', message: { type: 'PING' } } }]);
    expect(node.store.facts.some(({ kind }) => kind === 'to.self')).toBe(false);
  });

  it('to oneself is a message at the end of the mailbox, behind what waits there (K4)', async () => {
    const logic = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string } } }).createMachine({
      context: { seen: [] },
      on: {
        FIRST: { actions: [sendTo(({ self }) => self, { type: 'MINE' }), assign({ seen: ({ context }) => [...context.seen, 'FIRST'] })] },
        '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
      },
    });
    const node = await startNode([worker('a', logic, { durable: true })]);
    await Promise.all([node.tell('a', { type: 'FIRST' }), node.tell('a', { type: 'SECOND' })]);
    await settle();
    expect(node.context('a')).toEqual({ seen: ['FIRST', 'SECOND', 'MINE'] });
  });

  it('to the parent goes to the supervisor that started the actor, which does not take it (K4)', async () => {
    const logic = setup({}).createMachine({ on: { GO: { actions: sendParent({ type: 'UP' }) } } });
    const node = await startNode([worker('a', logic, { durable: true })]);
    await node.tell('a', { type: 'GO' });
    await settle();
    expect(node.system.deadLetters()).toMatchObject([{ reason: 'unhandled', envelope: { to: '', from: 'a', message: { type: 'UP' } } }]);
  });
});
