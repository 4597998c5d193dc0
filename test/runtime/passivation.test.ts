import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { tell, tellGroup } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { busy, busyOptions, IDLE_MS, many, passivated, residency, row, startOne, stateOf, watch } from '../support/passivating-node.ts';
import { settle } from '../support/settle.ts';

describe('an idle durable actor', () => {
  it('leaves memory and is seen as alive: by inspection, by its supervisor, by who watches it (K27)', async () => {
    const node = await startOne('NOTE');
    const seen = watch(node, 'many/x');
    await node.pass(IDLE_MS);
    const inspected = await node.system.look('many/x');
    expect(inspected).toMatchObject({ state: 'passivated', value: 'idle', context: { seen: ['NOTE'] }, step: 2, mailbox: 0, groups: ['all'] });
    expect((await node.system.childPage('many', { after: 0, limit: 10 })).children).toEqual([{ id: 'x', address: 'many/x', type: 'worker', state: 'running', restarts: 0 }]);
    expect(await node.system.countAll('many')).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
    const late = watch(node, 'many/x');
    await settle();
    expect([seen, late, node.system.whichChildren('many')]).toEqual([[], [], []]);
  });

  it('comes back for its next message, where it was, under the next epoch, which is written with its first commit (K27)', async () => {
    const node = await passivated('NOTE');
    const before = node.store.actors.get('many/x');
    await Promise.all(['NOTE', 'NOTE'].map((type) => node.tell('many/x', { type })));
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['NOTE', 'NOTE', 'NOTE']);
    await settle();
    const after = node.store.actors.get('many/x');
    expect([after?.epoch, after?.incarnation]).toEqual([(before?.epoch ?? 0) + 1, before?.incarnation]);
    expect(node.system.whichChildren('many')).toMatchObject([{ id: 'x', state: 'running', restarts: 0 }]);
  });

  it('comes back for its timer, at its time and once; timers do not keep it in memory (K27, K20)', async () => {
    const node = await passivated('WAIT');
    await node.pass(10 * IDLE_MS - IDLE_MS - 1);
    expect(await stateOf(node)).toBe('passivated');
    await node.pass(1);
    await node.pass(0);
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['TICK']);
    await node.pass(20 * IDLE_MS);
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['TICK']);
    expect([...node.store.timers.all()]).toEqual([]);
  });

  it('comes back for a broadcast to its group, and for a message that a step sends (K27)', async () => {
    const sender = setup({ types: { events: {} as { type: string } } }).createMachine({
      on: { GROUP: { actions: tellGroup('all', { type: 'NOTE' }) }, ONE: { actions: tell('many/x', { type: 'NOTE' }) } },
    });
    const node = await startNode([...many(), worker('sender', sender, { durable: true })], { residency });
    await node.system.startChild('many', row('x'));
    for (const type of ['GROUP', 'ONE']) {
      await node.pass(IDLE_MS);
      expect(await stateOf(node)).toBe('passivated');
      await node.tell('sender', { type });
      await settle();
    }
    expect([await node.ask('many/x', { type: 'GET' }), node.deadLetters()]).toEqual([['NOTE', 'NOTE'], []]);
  });

  it('is in its group after a boot too, though nobody has started it (K25, K27)', async () => {
    const node = await startOne('NOTE');
    const again = await startNode(many(), { store: node.store, clock: node.clock, residency });
    expect([again.system.groupMembers('all'), again.system.whichChildren('many')]).toEqual([['many/x'], []]);
    await again.system.broadcast('all', { type: 'NOTE' });
    expect(await again.ask('many/x', { type: 'GET' })).toEqual(['NOTE', 'NOTE']);
  });

  it('keeps the ids that it has taken: a repeated message acts once (K27, K23)', async () => {
    const node = await startOne();
    await node.tell('many/x', { type: 'NOTE' }, { id: 'm1' });
    await node.pass(IDLE_MS);
    await node.tell('many/x', { type: 'NOTE' }, { id: 'm1' });
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['NOTE']);
  });

  it.each([
    ['an effect that runs', ['WORK']],
    ['a subscription', ['LISTEN']],
    ['a postponed message', ['LATER']],
  ])('stays in memory with %s, and leaves without (K27)', async (_what, types) => {
    const node = await startOne(...types);
    await node.pass(10 * IDLE_MS);
    expect(await stateOf(node)).toBe('running');
    if (types[0] === 'LATER') return;
    await node.tell('many/x', { type: 'REST' });
    await node.pass(IDLE_MS);
    expect(await stateOf(node)).toBe('passivated');
  });

  it('stays in memory while somebody waits for the answer that it owes, and no longer (K27, K23)', async () => {
    const node = await startOne();
    const answer = node.ask('many/x', { type: 'DEFER' }, { timeoutMs: 10 * IDLE_MS });
    answer.catch(() => undefined);
    await settle();
    await node.pass(5 * IDLE_MS);
    expect(await stateOf(node)).toBe('running');
    await node.tell('many/x', { type: 'ANSWER' });
    expect(await answer).toBe('late');
    await node.pass(IDLE_MS);
    expect(await stateOf(node)).toBe('passivated');
  });

  it('stays in memory when its spec says so, and a boot starts it (K27)', async () => {
    const children = () => [dynamicSupervisor('many', { durable: true, templates: { one: (_: unknown, id: string) => worker(id, busy, { ...busyOptions, passivate: false }) } })];
    const node = await startNode(children(), { residency });
    await node.system.startChild('many', row('x'));
    await node.pass(100 * IDLE_MS);
    expect(node.system.inspect('many/x')?.state).toBe('running');
    const again = await startNode(children(), { store: node.store, clock: node.clock, residency });
    expect(again.system.inspect('many/x')?.state).toBe('running');
  });
});

describe('a boot', () => {
  it('starts the dynamic children that have mail, an effect or a subscription, or have not begun; the others only when they are needed (K25)', async () => {
    const node = await startNode(many(), { residency });
    for (const id of ['idle', 'effect', 'subscribed', 'mail', 'timer']) await node.system.startChild('many', row(id));
    await node.tell('many/effect', { type: 'WORK' });
    await node.tell('many/subscribed', { type: 'LISTEN' });
    await node.tell('many/mail', { type: 'LATER' });
    await node.tell('many/timer', { type: 'WAIT' });
    await settle();
    const again = await startNode(many(), { store: node.store, clock: node.clock, residency });
    const ids = () => again.system.whichChildren('many').map(({ id }) => id);
    expect(ids().sort()).toEqual(['effect', 'mail', 'subscribed']);
    await again.pass(10 * IDLE_MS);
    await again.pass(0);
    expect(await again.ask('many/timer', { type: 'GET' })).toEqual(['TICK']);
    expect(await again.ask('many/idle', { type: 'GET' })).toEqual([]);
  });

  it('does not wait for its timers to be due one by one: those that fell due meanwhile fire at once (K20)', async () => {
    const node = await startOne('WAIT');
    await node.system.stop();
    node.clock.advance(100 * IDLE_MS);
    const again = await startNode(many(), { store: node.store, clock: node.clock, residency });
    await again.pass(0);
    expect(await again.ask('many/x', { type: 'GET' })).toEqual(['TICK']);
  });

  it('after the wall clock was set back lets no timer of an idle child wait longer than its delay (K20)', async () => {
    const node = await startOne('WAIT');
    await node.system.stop();
    node.clock.stepWall(-86_400_000);
    const again = await startNode(many(), { store: node.store, clock: node.clock, residency });
    await again.pass(10 * IDLE_MS - 1);
    expect(again.context('many/x').seen).toEqual([]);
    await again.pass(1);
    expect(again.context('many/x').seen).toEqual(['TICK']);
  });
});

describe('nobody at the address of a dynamic child', () => {
  it('is told to who tells or asks, as anywhere (K25)', async () => {
    const node = await startNode(many(), { residency });
    await expect(node.tell('many/nobody', { type: 'NOTE' })).rejects.toMatchObject({ code: 'NoSuchActor' });
    await expect(node.ask('many/nobody', { type: 'GET' })).rejects.toMatchObject({ code: 'NoSuchActor' });
    expect(node.deadLetters()).toEqual(['noproc NOTE']);
    const seen = watch(node, 'many/nobody');
    await settle();
    expect(seen).toEqual(['noproc']);
  });

  it('is a dead letter of what a step sends there: kept on presumption, in the commit of the step, and then refused (K25)', async () => {
    const sender = setup({ types: { events: {} as { type: string } } }).createMachine({ on: { GO: { actions: tell('many/nobody', { type: 'NOTE' }) } } });
    const node = await startNode([...many(), worker('sender', sender, { durable: true })], { residency });
    await node.tell('sender', { type: 'GO' });
    await settle();
    expect([node.deadLetters(), [...node.store.mail.all()], node.store.deadLetters.map(({ reason }) => reason)]).toEqual([['noproc NOTE'], [], ['noproc']]);
  });
});
