import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { type ChildSpec, effect, type MemoryStore, memoryStore } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, type WorkerOptions, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const forever = effect({ idempotent: true, run: () => new Promise(() => undefined) });

/** Waits in one state, works in another; `names` are what its states are called. */
function machine(names: { readonly idle?: string; readonly busy?: string; readonly waitMs?: number; readonly invokes?: string } = {}) {
  const { idle = 'idle', busy = 'busy', waitMs = 60_000, invokes = 'work' } = names;
  return setup({ types: { context: {} as { seen: number } }, actors: { work: forever, other: forever } }).createMachine({
    id: 'm',
    context: { seen: 0 },
    initial: idle,
    states: {
      [idle]: { after: { [waitMs]: busy }, on: { ADD: { actions: assign({ seen: ({ context }) => context.seen + 1 }) }, GO: busy } },
      [busy]: { invoke: { id: invokes, src: 'work', onDone: idle, onError: idle } },
    },
  } as never);
}

const spec = (logic: ChildSpec | ReturnType<typeof machine>, options: WorkerOptions = {}) => worker('a', logic as never, { durable: true, version: 1, ...options });

/** What is on disk after an actor of version 1 took these. */
async function left(types: readonly string[], logic = machine()): Promise<MemoryStore> {
  const node = await startNode([spec(logic)]);
  for (const type of types) await node.tell('a', { type });
  await settle();
  await node.system.stop();
  return node.store;
}

const alerts = (node: KernelNode) => node.system.alerts().map(({ id, text }) => `${id} ${text}`);
const facts = (store: MemoryStore, kind: string) => store.facts.filter((fact) => fact.kind === kind).map((fact) => JSON.parse(fact.body) as { id: string });

async function changed(store: MemoryStore, change: (row: { [field: string]: unknown }) => void): Promise<void> {
  const row = store.actors.get('a') as unknown as { [field: string]: unknown };
  const copy = { ...row };
  change(copy);
  store.actors.put(copy as never);
}

const withValue = (value: unknown) => (row: { [field: string]: unknown }) => {
  row.snapshot = JSON.stringify({ ...JSON.parse(row.snapshot as string), value });
};

describe('a durable actor whose rows do not fit', () => {
  const unfit: ReadonlyArray<readonly [string, readonly string[], ChildSpec, (store: MemoryStore) => Promise<void>, string]> = [
    ['an older version and no migrate', ['ADD'], spec(machine(), { version: 2 }), async () => undefined, "written by version '1', this is '2', and there is no migrate"],
    [
      'a newer version, though there is a migrate',
      ['ADD'],
      spec(machine(), { version: '0.9', migrate: (it) => it }),
      async () => undefined,
      "written by version '1', this is '0.9', which is older",
    ],
    [
      'a migrate that throws',
      ['ADD'],
      spec(machine(), {
        version: 2,
        migrate: () => {
          throw new Error('no way');
        },
      }),
      async () => undefined,
      'no way',
    ],
    ['a migrate that gives no plain JSON', ['ADD'], spec(machine(), { version: 2, migrate: () => ({ n: 1n }) }), async () => undefined, 'migrate gave no snapshot of plain JSON'],
    ['a state that the machine does not have', ['ADD'], spec(machine()), (store) => changed(store, withValue('elsewhere')), "the machine has no state 'elsewhere'"],
    ['a state inside a state that has none', ['ADD'], spec(machine()), (store) => changed(store, withValue({ idle: 'deep' })), "'idle' has no states inside"],
    ['two states where there is one', ['ADD'], spec(machine()), (store) => changed(store, withValue({ idle: {}, busy: {} })), 'is not in one state'],
    [
      'a status other than active',
      ['ADD'],
      spec(machine()),
      (store) =>
        changed(store, (row) => {
          row.snapshot = JSON.stringify({ ...JSON.parse(row.snapshot as string), status: 'error' });
        }),
      "status 'error'",
    ],
    [
      'an invoke whose source is gone',
      ['GO'],
      spec(machine()),
      (store) =>
        changed(store, (row) => {
          row.snapshot = (row.snapshot as string).replaceAll('"work","snapshot"', '"gone","snapshot"').replaceAll('"src":"work"', '"src":"gone"');
        }),
      "child 'work' has no source any more",
    ],
    ['an invoke of another name', ['GO'], spec(machine({ invokes: 'renamed' })), async () => undefined, "its child 'work' is no invoke of its state any more, which has 'renamed'"],
    [
      'a timer that belongs to no state',
      ['ADD'],
      spec(machine({ waitMs: 1_000 })),
      async () => undefined,
      "its timer 'xstate.after.60000.m.idle' belongs to no state that it is in",
    ],
    [
      'states and invokes of another hash',
      ['ADD'],
      worker('a', machine({ busy: 'at_work' }), { durable: true }),
      (store) =>
        changed(store, (row) => {
          row.version = 'hash:0000000000000000';
        }),
      "written by version 'hash:0000000000000000'",
    ],
  ];

  it.each(unfit)('for %s is quarantined before anything runs or is written of it (K28)', async (_what, types, child, change, why) => {
    const store = await left(types);
    await change(store);
    const before = { ...store.actors.get('a') };
    const node = await startNode([child, worker('b', recorder, { durable: true })], { store });
    expect(node.system.inspect('a')).toMatchObject({ state: 'quarantined', why: expect.stringMatching(why) });
    expect(alerts(node)).toEqual([expect.stringMatching(`^quarantine:a 'a' is quarantined: .*(${why})`)]);
    expect(store.actors.get('a')).toEqual({ ...before, status: 'quarantined' });
    expect(node.telemetry.some((event) => event.kind === 'effect.started')).toBe(false);
    await node.pass(120_000);
    expect(store.timers.of('a')).toHaveLength(types.includes('GO') ? 0 : 1);
    expect(node.system.whichChildren('').map(({ id, state }) => `${id} ${state}`)).toEqual(['a stopped', 'b running']);
  });

  it('keeps its mail and takes more, tells who asks, and goes on with all of it once its behaviour fits (K28)', async () => {
    const store = await left(['ADD']);
    const held = await startNode([spec(machine(), { version: 2 })], { store });
    await held.tell('a', { type: 'ADD' });
    await expect(held.ask('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'ActorQuarantined' });
    await held.pass(1_000);
    await held.system.stop();
    const mended = await startNode([spec(machine(), { version: 2, migrate: (it) => it })], { store });
    expect(mended.context('a')).toEqual({ seen: 2 });
    expect([mended.system.inspect('a')?.state, alerts(mended), store.actors.get('a')?.status]).toEqual(['running', [], 'active']);
    expect(facts(store, 'alert.cleared')).toMatchObject([{ id: 'quarantine:a' }]);
  });

  it('is told of once, however often the node starts, and again when the reason is another (K28)', async () => {
    const store = await left(['ADD']);
    for (const version of [2, 2, 2]) await (await startNode([spec(machine(), { version })], { store })).system.stop();
    expect(facts(store, 'alert.raised')).toMatchObject([{ id: 'quarantine:a', kind: 'quarantine', severity: 'critical', address: 'a' }]);
    const other = await startNode([spec(machine(), { version: 3 })], { store });
    expect(alerts(other)).toEqual([expect.stringContaining("this is '3'")]);
    expect(facts(store, 'alert.raised')).toHaveLength(2);
  });

  it('of an older version is migrated, once: what was migrated is on disk with its next step (K28)', async () => {
    const store = await left(['ADD', 'ADD']);
    const from: string[] = [];
    const migrate = (snapshot: unknown, version: string) => {
      from.push(version);
      return { ...(snapshot as object), context: { seen: 40 } };
    };
    const node = await startNode([spec(machine(), { version: '1.1', migrate })], { store });
    await node.tell('a', { type: 'ADD' });
    expect([node.context('a'), from]).toEqual([{ seen: 41 }, ['1']]);
    const again = await startNode([spec(machine(), { version: '1.1', migrate })], { store });
    expect([again.context('a'), from]).toEqual([{ seen: 41 }, ['1']]);
  });

  it('does not go when it is given up: then its alert goes too (K28)', async () => {
    const store = memoryStore();
    const tree = (version: number) => dynamicSupervisor('d', { durable: true, templates: { t: () => worker('x', machine(), { durable: true, version }) } });
    const first = await startNode([tree(1)], { store });
    await first.system.startChild('d', { template: 't', id: 'x', input: null });
    await first.tell('d/x', { type: 'ADD' });
    await first.system.stop();
    const node = await startNode([tree(2)], { store });
    await node.tell('d/x', { type: 'ADD' });
    await settle();
    expect(alerts(node)).toHaveLength(1);
    expect(await node.system.stopChild('d/x')).toMatchObject({ ok: true });
    await settle();
    expect([alerts(node), store.actors.get('d/x')]).toEqual([[], undefined]);
  });
});

describe('a quarantined dynamic child', () => {
  const tree = (version: number) => dynamicSupervisor('d', { durable: true, templates: { t: () => worker('x', machine(), { durable: true, version }) } });

  it('is tried again by the next start, though nothing waits for it (K28)', async () => {
    const store = memoryStore();
    for (const version of [1, 2]) {
      const node = await startNode([tree(version)], { store });
      await node.system.startChild('d', { template: 't', id: 'x', input: null });
      await node.tell('d/x', { type: 'ADD' });
      await settle();
      await node.system.stop();
    }
    store.mail.remove([...store.mail.all()][0]?.seq ?? 0);
    const node = await startNode([tree(1)], { store });
    expect([node.context('d/x'), alerts(node)]).toEqual([{ seen: 1 }, []]);
  });

  it('that is gone meanwhile is nobody that one need be told of (K28)', async () => {
    const store = memoryStore();
    const first = await startNode([tree(1)], { store });
    await first.system.stop();
    store.alerts.put({ id: 'quarantine:d/gone', kind: 'quarantine', severity: 'critical', address: 'd/gone', text: 'old', raisedAt: 1 });
    const node = await startNode([tree(1)], { store });
    expect(alerts(node)).toEqual([]);
  });
});

describe('an actor on disk whose spec left the tree', () => {
  it('is held with its mail and timers, named, and goes on when the spec is back (K28)', async () => {
    const store = await left(['ADD']);
    const node = await startNode([worker('b', recorder, { durable: true })], { store });
    expect(node.system.inspect('a')).toMatchObject({ state: 'quarantined', why: 'nothing in the tree starts it' });
    await node.tell('a', { type: 'ADD' });
    await expect(node.ask('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'ActorQuarantined' });
    await node.pass(120_000);
    await node.system.stop();
    expect(facts(store, 'alert.raised')).toMatchObject([{ id: 'spec_gone:a', severity: 'critical', address: 'a' }]);
    const back = await startNode([spec(machine()), worker('b', recorder, { durable: true })], { store, clock: node.clock });
    await back.pass(0);
    expect([back.context('a'), back.value('a'), alerts(back)]).toEqual([{ seen: 2 }, 'busy', []]);
  });

  it('may be one of a supervisor that left, or a row whose template is gone (K28)', async () => {
    const store = memoryStore();
    const templates = { t: (_: unknown, id: string) => worker(id, recorder, { durable: true }) };
    const first = await startNode([supervisor('s', { children: [worker('x', recorder, { durable: true })] }), dynamicSupervisor('d', { durable: true, templates })], { store });
    await first.system.startChild('d', { template: 't', id: 'y', input: null });
    for (const address of ['s/x', 'd/y']) await first.tell(address, { type: 'ONE' });
    await first.system.stop();
    const node = await startNode([dynamicSupervisor('d', { durable: true, templates: {} })], { store });
    await node.tell('d/y', { type: 'TWO' });
    await settle();
    expect(
      node.system
        .alerts()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['spec_gone:d/y', 'spec_gone:s/x']);
    await node.system.stop();
    const back = await startNode([supervisor('s', { children: [worker('x', recorder, { durable: true })] }), dynamicSupervisor('d', { durable: true, templates })], { store });
    expect([back.context('s/x'), back.context('d/y'), alerts(back)]).toEqual([{ seen: ['ONE'] }, { seen: ['ONE', 'TWO'] }, []]);
  });
});
