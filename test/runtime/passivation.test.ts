import { describe, expect, it } from 'vitest';
import { assign, fromCallback, raise, setup } from 'xstate';
import { type Down, deferReply, describeExit, effect, reply, tell, tellGroup } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const IDLE_MS = 60_000;
const residency = { passivateAfterMs: IDLE_MS };
const hold = effect({ idempotent: true, run: () => new Promise(() => undefined) });

/** Can be made to have anything that keeps an actor in memory. */
const busy = setup({
  types: { context: {} as { seen: unknown[] }, events: {} as { type: string; n?: number } },
  actors: { hold, listen: fromCallback(() => () => undefined) },
}).createMachine({
  context: { seen: [] },
  initial: 'idle',
  on: {
    GET: { actions: reply(({ context }: { context: { seen: unknown[] } }) => context.seen) },
    DEFER: { actions: deferReply('later') },
    ANSWER: { actions: reply('late', { to: 'later' }) },
    NOTE: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.n ?? event.type] }) },
    TICK: { actions: assign({ seen: ({ context }) => [...context.seen, 'TICK'] }) },
    WAIT: { actions: raise({ type: 'TICK' }, { delay: 10 * IDLE_MS }) },
    WORK: '.working',
    LISTEN: '.listening',
    REST: '.idle',
  },
  states: { idle: {}, working: { invoke: { src: 'hold' } }, listening: { invoke: { src: 'listen' } } },
});

const options = { durable: true, restart: 'transient', postpone: ['LATER'], groups: ['all'] } as const;
const templates = { one: (_input: unknown, id: string) => worker(id, busy, options) };
const many = () => [dynamicSupervisor('many', { durable: true, intensity: 20, templates }), worker('sink', recorder, { durable: true })];
const row = (id: string) => ({ template: 'one', id, input: null });

async function startOne(...types: string[]): Promise<KernelNode> {
  const node = await startNode(many(), { residency });
  await node.system.startChild('many', row('x'));
  for (const type of types) await node.tell('many/x', { type });
  await settle();
  return node;
}

/** One that has left memory. */
async function passivated(...types: string[]): Promise<KernelNode> {
  const node = await startOne(...types);
  await node.pass(IDLE_MS);
  expect((await node.system.look('many/x'))?.state).toBe('passivated');
  return node;
}
const stateOf = async (node: KernelNode, address = 'many/x') => (await node.system.look(address))?.state;
const watch = (node: KernelNode, address: string) => {
  const seen: string[] = [];
  node.system.monitor(address, ({ reason }: Down) => void seen.push(describeExit(reason)));
  return seen;
};

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
    const children = () => [dynamicSupervisor('many', { durable: true, templates: { one: (_: unknown, id: string) => worker(id, busy, { ...options, passivate: false }) } })];
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

describe('a passivated actor', () => {
  it('that is killed comes back to end, and its supervisor starts it again (K27)', async () => {
    const node = await passivated('NOTE');
    const seen = watch(node, 'many/x');
    await node.system.kill('many/x');
    await settle();
    expect([seen, node.system.whichChildren('many')]).toMatchObject([['killed'], [{ id: 'x', state: 'running', restarts: 1 }]]);
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['NOTE']);
  });

  it('that is stopped for good is gone with its row and state, and who watches it is told (K27, K26)', async () => {
    const node = await passivated('NOTE');
    const seen = watch(node, 'many/x');
    expect(await node.system.stopChild('many/x')).toEqual({ ok: true, address: 'many/x' });
    expect([seen, node.store.actors.get('many/x'), node.store.children.of('many'), node.system.groupMembers('all')]).toEqual([['shutdown'], undefined, [], []]);
    await expect(node.tell('many/x', { type: 'NOTE' })).rejects.toMatchObject({ code: 'NoSuchActor' });
    expect(await node.system.stopChild('many/x')).toMatchObject({ ok: false, reason: 'not_found' });
  });

  it('is not started a second time under its id (K25)', async () => {
    const node = await passivated('NOTE');
    expect(await node.system.startChild('many', row('x'))).toMatchObject({ ok: false, reason: 'already_started' });
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['NOTE']);
  });

  it('counts against the bound of its supervisor (K25)', async () => {
    const node = await startNode([dynamicSupervisor('many', { durable: true, templates, maxChildren: 2 })], { residency });
    await node.system.startChild('many', row('x'));
    await node.pass(IDLE_MS);
    expect(await node.system.startChild('many', row('y'))).toMatchObject({ ok: true });
    expect(await node.system.startChild('many', row('z'))).toMatchObject({ ok: false, reason: 'invalid' });
  });

  it('outlives its supervisor: killed and started again, that starts nobody who is idle (K25, K27)', async () => {
    const node = await passivated('NOTE');
    await node.system.kill('many');
    await settle();
    expect([node.system.whichChildren('many'), await stateOf(node)]).toEqual([[], 'passivated']);
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['NOTE']);
  });

  it('whose behaviour has changed since is quarantined when it comes back, with its mail (K28)', async () => {
    const node = await passivated('NOTE');
    const changed = () => [dynamicSupervisor('many', { durable: true, templates: { one: (_: unknown, id: string) => worker(id, recorder, options) } })];
    const again = await startNode(changed(), { store: node.store, clock: node.clock, residency });
    await again.tell('many/x', { type: 'NOTE' });
    await settle();
    expect([again.system.inspect('many/x')?.state, [...again.store.mail.all()].map(({ envelope }) => envelope.message.type)]).toEqual(['quarantined', ['NOTE']]);
    expect(again.store.actors.get('many/x')).toEqual(node.store.actors.get('many/x'));
  });

  it('comes back once the journal can be read again, without a restart that counts (K27, K11)', async () => {
    const node = await passivated('NOTE');
    const { child } = node.journal;
    node.journal.child = () => Promise.reject(new Error('planned'));
    const sender = node.tell('many/x', { type: 'NOTE' });
    await expect(sender).rejects.toMatchObject({ code: 'JournalUnavailable' });
    node.journal.child = child;
    await node.tell('many/x', { type: 'NOTE' });
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(['NOTE', 'NOTE']);
    expect(node.telemetry.filter(({ kind }) => kind === 'actor.exited')).toEqual([]);
  });

  it('of a static supervisor keeps its place there; it comes back without a restart, and takes part in its strategy (K27)', async () => {
    const team = supervisor('team', {
      strategy: 'one_for_all',
      intensity: 20,
      children: [worker('a', busy, { durable: true, passivate: true, groups: ['all'] }), worker('b', recorder, { durable: true })],
    });
    const node = await startNode([team], { residency });
    const seen = watch(node, 'team/a');
    await node.pass(IDLE_MS);
    expect([node.system.inspect('team/a')?.state, node.system.inspect('team/b')?.state]).toEqual(['passivated', 'running']);
    expect(node.system.whichChildren('team').map(({ id, state }) => `${id} ${state}`)).toEqual(['a running', 'b running']);
    await node.tell('team/a', { type: 'NOTE' });
    expect([await node.ask('team/a', { type: 'GET' }), node.system.whichChildren('team')[0]?.restarts]).toEqual([['NOTE'], 0]);
    await node.pass(IDLE_MS);
    expect([node.system.inspect('team/a')?.state, seen]).toEqual(['passivated', []]);
    await node.system.kill('team/b');
    await settle();
    expect([node.system.inspect('team/a')?.state, seen]).toEqual(['running', ['shutdown']]);
  });
});

describe('the working set', () => {
  it('is bounded: of those that are idle the least recently used leave first (K27)', async () => {
    const node = await startNode(many(), { residency: { maxResident: 10 } });
    const ids = Array.from({ length: 50 }, (_, n) => `x${n}`);
    for (const id of ids) {
      await node.system.startChild('many', row(id));
      await node.tell('many/x0', { type: 'NOTE' });
    }
    await settle();
    expect(node.system.countChildren('many').specs).toBeLessThanOrEqual(10);
    expect(node.system.inspect('many/x0')?.state).toBe('running');
    expect(await node.system.countAll('many')).toMatchObject({ specs: 50, active: 50 });
    for (const id of ids) expect(await node.ask(`many/${id}`, { type: 'GET' })).toHaveLength(id === 'x0' ? 50 : 0);
    await settle();
    expect(node.system.countChildren('many').specs).toBeLessThanOrEqual(10);
  });

  it('is left by nobody who has something to do, however small it is meant to be (K27)', async () => {
    const node = await startNode(many(), { residency: { maxResident: 1 } });
    for (let n = 0; n < 5; n += 1) {
      await node.system.startChild('many', row(`x${n}`));
      await node.tell(`many/x${n}`, { type: 'WORK' });
    }
    await settle();
    expect(node.system.countChildren('many').active).toBe(5);
  });

  it('loses nothing while messages come and go with every passivation, in order (K27, G1, G3)', async () => {
    const node = await startNode(many(), { residency: { maxResident: 2 } });
    const ids = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5'];
    for (const id of ids) await node.system.startChild('many', row(id));
    const told: Promise<void>[] = [];
    for (let round = 0; round < 40; round += 1) {
      for (const id of ids) told.push(node.tell(`many/${id}`, { type: 'NOTE', n: round }));
      if (round % 3 === 0) await settle(5);
    }
    await Promise.all(told);
    for (const id of ids) expect(await node.ask(`many/${id}`, { type: 'GET' })).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect([node.deadLetters(), [...node.store.mail.all()]]).toEqual([[], []]);
    expect(node.telemetry.filter(({ kind }) => kind === 'actor.passivated').length).toBeGreaterThan(ids.length);
  });
});
