import { describe, expect, it } from 'vitest';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { busy, busyOptions, IDLE_MS, many, passivated, residency, row, stateOf, templates, watch } from '../support/passivating-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

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
    const changed = () => [dynamicSupervisor('many', { durable: true, templates: { one: (_: unknown, id: string) => worker(id, recorder, busyOptions) } })];
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
