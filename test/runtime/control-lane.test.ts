import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { tell } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const control = (about?: string) => ({ priority: 'control' as const, ...(about === undefined ? {} : { about }) });

describe.each([
  ['durable', true],
  ['volatile', false],
])('control of a %s actor', (_kind, durable) => {
  it('overtakes everything that waits (K22)', async () => {
    const node = await startNode([worker('a', recorder, { durable })]);
    await Promise.all([
      node.tell('a', { type: 'LOW' }, { priority: 'low' }),
      node.tell('a', { type: 'NORMAL' }),
      node.tell('a', { type: 'HIGH' }, { priority: 'high' }),
      node.tell('a', { type: 'STOP' }, control()),
    ]);
    await settle();
    expect(node.context('a')).toEqual({ seen: ['STOP', 'HIGH', 'NORMAL', 'LOW'] });
  });

  it('about an id takes along what is queued under that id: a dead letter `cancelled`, its asker told (K22)', async () => {
    const node = await startNode([worker('a', recorder, { durable })]);
    const asked = expect(node.ask('a', { type: 'GET' }, { id: 'question' })).rejects.toMatchObject({ code: 'ActorDown', message: expect.stringContaining('cancelled') });
    await Promise.all([
      node.tell('a', { type: 'WORK' }, { id: 'job' }),
      node.tell('a', { type: 'OTHER' }, { id: 'other' }),
      node.tell('a', { type: 'CANCEL' }, control('job')),
      node.tell('a', { type: 'CANCEL' }, control('question')),
    ]);
    await asked;
    await settle();
    expect(node.context('a')).toEqual({ seen: ['CANCEL', 'CANCEL', 'OTHER'] });
    expect(node.deadLetters().sort()).toEqual(['cancelled GET', 'cancelled WORK']);
  });

  it('is refused from anybody but the supervisors above, the owner and operators: a dead letter `invalid` (K22)', async () => {
    const sender = setup({}).createMachine({ on: { GO: { actions: tell('tree/a', { type: 'STOP' }, { priority: 'control' }) } } });
    const tree = supervisor('tree', { children: [worker('a', recorder, { durable, owner: 'owner' })] });
    const node = await startNode([tree, worker('owner', sender, { durable: true }), worker('stranger', sender, { durable: true }), worker('loose', sender)]);
    for (const from of ['stranger', 'loose']) await node.tell(from, { type: 'GO' });
    await settle();
    expect([node.context('tree/a').seen, node.deadLetters()]).toEqual([[], ['invalid STOP', 'invalid STOP']]);
    await node.tell('owner', { type: 'GO' });
    await node.tell('tree/a', { type: 'STOP' }, control());
    await settle();
    expect(node.context('tree/a').seen).toEqual(['STOP', 'STOP']);
  });
});

describe('control about an id', () => {
  const open = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string } } }).createMachine({
    context: { seen: [] },
    initial: 'closed',
    states: { closed: { on: { OPEN: 'open' } }, open: { on: { WORK: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) } } } },
    on: { CANCEL: {} },
  });

  it('leaves a tombstone: what comes late under that id is dead, over a restart too, until the tombstone expires (K22)', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })]);
    await node.tell('a', { type: 'CANCEL' }, { ...control('job'), expiresAt: node.clock.now() + 60_000 });
    await node.tell('a', { type: 'WORK' }, { id: 'job' });
    await settle();
    expect([node.context('a').seen, node.deadLetters()]).toEqual([['CANCEL'], ['cancelled WORK']]);
    const again = await startNode([worker('a', recorder, { durable: true })], { store: node.store, clock: node.clock });
    await expect(again.ask('a', { type: 'WORK' }, { id: 'job' })).rejects.toMatchObject({ code: 'ActorDown' });
    expect(again.context('a').seen).toEqual(['CANCEL']);
    again.clock.advance(60_001);
    await again.tell('a', { type: 'WORK' }, { id: 'job' });
    await settle();
    expect(again.context('a').seen).toEqual(['CANCEL', 'WORK']);
  });

  it('removes it in the same commit as it is taken itself: after a crash neither is there without the other (K22)', async () => {
    const node = await startNode([worker('a', open, { durable: true, postpone: ['WORK'] })]);
    await node.tell('a', { type: 'WORK' }, { id: 'job' });
    await settle();
    expect(node.store.mail.of('a')).toMatchObject([{ state: 'postponed' }]);
    const before = node.journal.written.length;
    await node.tell('a', { type: 'CANCEL' }, control('job'));
    const [batch, ...more] = node.journal.written.slice(before);
    expect(more).toEqual([]);
    expect([batch?.mail.remove.length, batch?.deadLetters.map(({ reason }) => reason), batch?.receipts.put.map(({ id }) => id)]).toEqual([1, ['cancelled'], ['job']]);
    await node.tell('a', { type: 'OPEN' });
    await settle();
    expect(node.context('a').seen).toEqual([]);
  });

  it('is not passed by what it cancels while its own commit is on its way (K22)', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })]);
    const release = node.journal.holdCommits();
    const cancelled = node.tell('a', { type: 'CANCEL' }, control('job'));
    await settle();
    const late = node.tell('a', { type: 'WORK' }, { id: 'job' });
    await settle();
    release();
    await Promise.all([cancelled, late]);
    await settle();
    expect([node.context('a').seen, node.deadLetters()]).toEqual([['CANCEL'], ['cancelled WORK']]);
  });

  it('that was lost with its batch has cancelled nothing (K22, K9)', async () => {
    const node = await startNode([worker('a', open, { durable: true, postpone: ['WORK'] })]);
    await node.tell('a', { type: 'WORK' }, { id: 'job' });
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'CANCEL' }, control('job'))).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.tell('a', { type: 'OPEN' });
    await settle();
    expect([node.context('a').seen, node.deadLetters()]).toEqual([['WORK'], []]);
  });
});
