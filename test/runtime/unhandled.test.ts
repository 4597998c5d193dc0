import { describe, expect, it } from 'vitest';
import { assign, raise, setup } from 'xstate';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

const add = { actions: assign({ seen: ({ context, event }: { context: { seen: string[] }; event: { type: string } }) => [...context.seen, event.type] }) };
const door = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string } } }).createMachine({
  context: { seen: [] },
  initial: 'closed',
  on: { NOTE: add as never },
  states: {
    closed: { on: { OPEN: 'open', WAIT: { actions: raise({ type: 'TICK' } as never, { delay: 5, id: 'tick' }) } } },
    open: { initial: 'still', states: { still: {} }, on: { ENTER: add as never, CLOSE: 'closed' } },
  },
});

describe.each([
  ['durable', true],
  ['volatile', false],
])('a message that a %s actor has no transition for', (_kind, durable) => {
  it('is a dead letter `unhandled`, and the asker is told (K6)', async () => {
    const node = await startNode([worker('door', door, { durable })]);
    await node.tell('door', { type: 'ENTER' });
    await expect(node.ask('door', { type: 'ENTER' })).rejects.toMatchObject({ code: 'MessageUnhandled' });
    expect(node.deadLetters()).toEqual(['unhandled ENTER', 'unhandled ENTER']);
    expect(node.system.history('door').filter(({ type }) => type !== 'troupe.init')).toEqual([]);
  });

  it('goes unseen when the behaviour says to ignore its type (K6)', async () => {
    const node = await startNode([worker('door', door, { durable, ignore: ['ENTER'] })]);
    await node.tell('door', { type: 'ENTER' });
    await settle();
    expect([node.deadLetters(), [...node.store.mail.all()]]).toEqual([[], []]);
  });

  it('is kept when the behaviour postpones its type, and offered again after the next change of state, before what came later (K6)', async () => {
    const node = await startNode([worker('door', door, { durable, postpone: ['ENTER'] })]);
    const tell = (type: string) => node.tell('door', { type });
    await Promise.all([tell('ENTER'), tell('NOTE'), tell('OPEN'), tell('NOTE')]);
    await settle();
    expect([node.context('door'), node.deadLetters()]).toEqual([{ seen: ['NOTE', 'ENTER', 'NOTE'] }, []]);
  });

  it('that is a timer of its own is spent all the same: it is no dead letter a second time (K6, K20)', async () => {
    const node = await startNode([worker('door', door, { durable })]);
    await node.tell('door', { type: 'WAIT' });
    await node.pass(5);
    expect(node.deadLetters()).toEqual(['unhandled TICK']);
    expect(node.system.inspect('door')?.timers).toEqual([]);
    const again = await startNode([worker('door', door, { durable })], { store: node.store, clock: node.clock });
    await again.pass(100);
    expect(again.deadLetters()).toEqual([]);
  });
});

describe('an ignored message', () => {
  it('under an id was accepted under it: told again, in a state that would take it, it is not taken (K6, K23)', async () => {
    const node = await startNode([worker('door', door, { durable: true, ignore: ['ENTER'] })]);
    await node.tell('door', { type: 'ENTER' }, { id: 'once' });
    await node.tell('door', { type: 'OPEN' });
    await node.tell('door', { type: 'ENTER' }, { id: 'once' });
    await settle();
    expect(node.context('door')).toEqual({ seen: [] });
  });
});

describe('a postponed message', () => {
  it('is on disk, and outlives a crash as what it is (K6)', async () => {
    const spec = () => worker('door', door, { durable: true, postpone: ['ENTER'] });
    const node = await startNode([spec()]);
    await node.tell('door', { type: 'ENTER' });
    await settle();
    const again = await startNode([spec()], { store: node.store });
    expect(again.context('door')).toEqual({ seen: [] });
    await again.tell('door', { type: 'OPEN' });
    await settle();
    expect(again.context('door')).toEqual({ seen: ['ENTER'] });
    expect([...again.store.mail.all()]).toEqual([]);
  });

  it('waits for a state that differs, not for a step that leaves it as it is (K6)', async () => {
    const node = await startNode([worker('door', door, { durable: true, postpone: ['CLIMB'] })]);
    await node.tell('door', { type: 'OPEN' });
    await node.tell('door', { type: 'CLIMB' });
    await settle();
    const batches = node.journal.written.length;
    await node.tell('door', { type: 'NOTE' });
    await settle();
    // One batch for NOTE; had CLIMB been offered again, its row would have been written again.
    expect(node.journal.written.slice(batches).flatMap((batch) => batch.mail.put)).toEqual([]);
    expect(node.store.mail.of('door')).toMatchObject([{ state: 'postponed' }]);
  });

  it('is offered again to an actor that was restarted from its beginning (K6, K26)', async () => {
    const node = await startNode([worker('door', door, { durable: true, postpone: ['ENTER'], restartFrom: 'initial' })]);
    await node.tell('door', { type: 'ENTER' });
    await settle();
    await node.system.kill('door');
    await settle();
    await node.tell('door', { type: 'OPEN' });
    await settle();
    expect(node.context('door')).toEqual({ seen: ['ENTER'] });
  });
});
