import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { effect, reply } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom } from '../support/small-actors.ts';

let starts = 0;
const mortal = setup({ types: { context: {} as { n: number } }, actors: { hold: effect({ idempotent: true, run: () => new Promise(() => starts++) }) } }).createMachine({
  context: { n: 0 },
  initial: 'living',
  on: {
    ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
    BAD: { actions: () => boom() },
  },
  states: { living: { invoke: { src: 'hold' }, after: { 50000: 'dead' }, on: { DIE: 'dead' } }, dead: { type: 'final' } },
});
const facts = (node: KernelNode, kind: string) => node.store.facts.filter((fact) => fact.kind === kind).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
const rows = (node: KernelNode) => [node.store.actors, node.store.mail, node.store.timers, node.store.effects].map((table) => [...table.all()].length);

describe('a final state', () => {
  it.each(['transient', 'temporary'] as const)('of a %s actor is archived, and its rows go; what came behind it is dead `noproc` (K26)', async (restart) => {
    const node = await startNode([worker('a', mortal, { durable: true, restart })]);
    await Promise.all(['ADD', 'DIE', 'ADD', 'ADD'].map((type) => node.tell('a', { type })));
    await settle();
    expect(facts(node, 'actor.ended')).toMatchObject([{ address: 'a', value: 'dead', context: { n: 1 } }]);
    expect([rows(node), node.deadLetters()]).toEqual([
      [0, 0, 0, 0],
      ['noproc ADD', 'noproc ADD'],
    ]);
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'NoSuchActor' });
  });

  it('of a permanent actor starts a new life from its input, which takes the mail that was left (K26)', async () => {
    const node = await startNode([worker('a', mortal, { durable: true })]);
    const first = node.system.inspect('a')?.incarnation;
    await Promise.all(['ADD', 'DIE', 'ADD', 'ADD'].map((type) => node.tell('a', { type })));
    await settle();
    expect([node.context('a'), node.deadLetters(), rows(node)]).toEqual([{ n: 2 }, [], [1, 0, 1, 1]]);
    expect(node.system.inspect('a')?.incarnation).toBeGreaterThan(first as number);
    expect(facts(node, 'actor.ended')).toMatchObject([{ incarnation: first, context: { n: 1 } }]);
  });

  it('and what comes while its commit is on its way: that ends as a dead letter too, and never waits for ever on disk (K26)', async () => {
    const node = await startNode([worker('a', mortal, { durable: true, restart: 'temporary' })]);
    const release = node.journal.holdCommits();
    const died = node.tell('a', { type: 'DIE' });
    await settle();
    const late = [node.tell('a', { type: 'LATE' }), node.tell('a', { type: 'LATE' }, { id: 'with-id' })];
    const asked = expect(node.ask('a', { type: 'GET' })).rejects.toMatchObject({ code: 'ActorDown' });
    await settle();
    release();
    await Promise.all([died, ...late, asked]);
    await settle();
    expect([rows(node), node.deadLetters().sort()]).toEqual([
      [0, 0, 0, 0],
      ['noproc GET', 'noproc LATE', 'noproc LATE'],
    ]);
  });

  it('lost with its batch has ended nothing (K26, K9)', async () => {
    const node = await startNode([worker('a', mortal, { durable: true, restart: 'temporary' })]);
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'DIE' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.tell('a', { type: 'ADD' });
    await settle();
    expect([node.value('a'), node.context('a'), facts(node, 'actor.ended')]).toEqual(['living', { n: 1 }, []]);
  });

  it('may be the first: the actor begins and ends in one commit (K26)', async () => {
    const stillborn = setup({}).createMachine({ initial: 'dead', states: { dead: { type: 'final' } } });
    const node = await startNode([worker('a', stillborn, { durable: true, restart: 'temporary' })]);
    expect([rows(node), node.system.whichChildren('')]).toEqual([[0, 0, 0, 0], []]);
  });

  it('of a dynamic child takes its row along: it does not come back with the node (K26, K25)', async () => {
    const templates = { one: (_input: unknown, id: string) => worker(id, mortal, { durable: true, restart: 'transient' }) };
    const children = () => [dynamicSupervisor('many', { durable: true, templates })];
    const node = await startNode(children());
    for (const id of ['x', 'y']) await node.system.startChild('many', { template: 'one', id, input: null });
    await node.tell('many/x', { type: 'DIE' });
    await settle();
    const again = await startNode(children(), { store: node.store });
    expect(again.system.whichChildren('many').map(({ id }) => id)).toEqual(['y']);
  });
});

describe('restart from the initial state', () => {
  const spec = (logic = mortal) => worker('a', logic, { durable: true, restartFrom: 'initial' });

  it('archives snapshot, timers and effects in one commit, and keeps the mailbox (K26)', async () => {
    starts = 0;
    const node = await startNode([spec()], { limits: { steps: 1 } });
    await node.tell('a', { type: 'ADD' });
    const before = { timers: [...node.store.timers.all()], effects: [...node.store.effects.all()], written: node.journal.written.length };
    const killed = node.system.kill('a');
    const queued = [node.tell('a', { type: 'ADD' }), node.tell('a', { type: 'ADD' })];
    await Promise.all([killed, ...queued]);
    await settle();
    const batch = node.journal.written.slice(before.written).find(({ facts: noted }) => noted.some(({ kind }) => kind === 'actor.archived'));
    expect(batch?.effects.remove).toEqual(before.effects.map(({ key }) => key));
    expect(facts(node, 'actor.archived')).toMatchObject([{ address: 'a', value: 'living', context: { n: 2 } }]);
    expect([node.context('a'), rows(node), starts]).toEqual([{ n: 1 }, [1, 0, 1, 1], 2]);
    expect([...node.store.timers.all()][0]?.incarnation).toBeGreaterThan(before.timers[0]?.incarnation as number);
  });

  it('is for crashes: a new node goes on from the snapshot (K26)', async () => {
    const node = await startNode([spec()]);
    await node.tell('a', { type: 'ADD' });
    const again = await startNode([spec()], { store: node.store });
    expect(again.context('a')).toEqual({ n: 1 });
  });

  it('that fails has thrown nothing away: what the actor was is still whole (K26)', async () => {
    let broken = false;
    const moody = setup({ types: { context: {} as { n: number } }, actors: { hold: effect({ idempotent: true, run: () => new Promise(() => undefined) }) } }).createMachine({
      context: () => (broken ? boom() : { n: 0 }),
      on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      invoke: { src: 'hold' },
      after: { 50000: { actions: assign({ n: -1 }) } },
    });
    const node = await startNode([worker('a', moody, { durable: true, restartFrom: 'initial' })], { intensity: 1 });
    await node.tell('a', { type: 'ADD' });
    const before = rows(node);
    broken = true;
    await node.system.kill('a');
    await settle();
    expect([node.ended, rows(node)]).toEqual(['shutdown: reached_max_restart_intensity', before]);
    broken = false;
    const again = await startNode([worker('a', moody, { durable: true, restartFrom: 'initial' })], { store: node.store, clock: node.clock });
    expect(again.system.inspect('a')).toMatchObject({ context: { n: 1 }, timers: [{}], effects: [{}] });
  });
});
