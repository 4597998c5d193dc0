// A plain XState machine as a durable worker through the embedding API, over a journal on disk.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assign, createMachine, fromPromise, setup } from 'xstate';
import { createSystem, type EmbeddedSystem, type Journal, SimulatedClock, sqliteJournal, supervisor, type WorkerOptions, worker } from '../../gateway/embed.ts';
import { FaultyJournal } from '../support/faulty-journal.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';

type Logic = Parameters<typeof worker>[1];

async function running(
  logic: Logic,
  { dir, clock = new SimulatedClock(), journal = sqliteJournal({ dir }), ...options }: { dir: string; clock?: SimulatedClock; journal?: Journal } & WorkerOptions,
): Promise<EmbeddedSystem> {
  const root = supervisor({ intensity: 5, children: [worker('plain', logic, { durable: true, ...options })] });
  const system = await createSystem({ name: 'embedded', clock, journal, root });
  onTestFinished(() => system.stop());
  await system.start();
  await settle();
  return system;
}
const pass = async (clock: SimulatedClock, ms: number) => {
  clock.advance(ms);
  await settle();
};

describe('a plain machine', () => {
  it('has its five-minute `after` over a restart: it fires once, at its time (K20)', async () => {
    const machine = setup({ types: { context: {} as { rung: number } } }).createMachine({
      context: { rung: 0 },
      initial: 'waiting',
      states: { waiting: { after: { 300000: 'rung' } }, rung: { entry: assign({ rung: ({ context }) => context.rung + 1 }) } },
    });
    const dir = privateFolder();
    const clock = new SimulatedClock();
    const first = await running(machine, { dir, clock });
    await pass(clock, 120_000);
    await first.stop();
    await pass(clock, 60_000);
    const second = await running(machine, { dir, clock });
    await pass(clock, 119_999);
    expect(second.inspect('plain')?.value).toBe('waiting');
    await pass(clock, 1);
    expect(second.inspect('plain')).toMatchObject({ value: 'rung', context: { rung: 1 }, timers: [] });
    await second.stop();
    const third = await running(machine, { dir, clock });
    await pass(clock, 1_000_000);
    expect(third.inspect('plain')).toMatchObject({ value: 'rung', context: { rung: 1 } });
  });

  it('runs a custom action not at all when the commit fails, once when it succeeds, and never twice (K2, K9)', async () => {
    const dir = privateFolder();
    const file = `${dir}/lines.txt`;
    const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
    const machine = setup({
      types: { context: {} as { n: number } },
      actions: { append: ({ context }) => appendFileSync(file, `${context.n}\n`) },
    }).createMachine({ context: { n: 0 }, on: { ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), 'append'] } } });
    const journal = new FaultyJournal(sqliteJournal({ dir }));
    const system = await running(machine, { dir, journal });
    const add = (id: string) => system.ref('plain').tell({ type: 'ADD' }, { id });

    journal.failNext('refused');
    await expect(add('one')).rejects.toMatchObject({ code: 'JournalUnavailable' });
    journal.failNext('vanished');
    await expect(add('one')).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect(lines()).toEqual([]);

    await add('one');
    expect(lines()).toEqual(['1']);
    journal.failNext('unconfirmed');
    await add('two');
    expect(lines()).toEqual(['1', '2']);

    for (const id of ['one', 'two']) await add(id);
    await system.kill('plain');
    await settle();
    await system.stop();
    const again = await running(machine, { dir });
    for (const id of ['one', 'two']) await again.ref('plain').tell({ type: 'ADD' }, { id });
    expect([lines(), again.inspect('plain')?.context]).toEqual([['1', '2'], { n: 2 }]);
  });

  it('that is restored within an `invoke` which may not be repeated gets EffectInterrupted, and does not run it (K17)', async () => {
    let runs = 0;
    const pay = fromPromise(() => {
      runs += 1;
      return new Promise(() => undefined);
    });
    const machine = setup({ types: { context: {} as { code: unknown } }, actors: { pay } }).createMachine({
      context: { code: null },
      initial: 'paying',
      states: {
        paying: { invoke: { src: 'pay', onDone: 'paid', onError: { target: 'unclear', actions: assign({ code: ({ event }) => (event.error as { code?: unknown }).code }) } } },
        paid: {},
        unclear: {},
      },
    });
    const dir = privateFolder();
    const first = await running(machine, { dir });
    expect(runs).toBe(1);
    await first.stop();
    const second = await running(machine, { dir });
    expect([runs, second.inspect('plain')?.value, second.inspect('plain')?.context]).toEqual([1, 'unclear', { code: 'EffectInterrupted' }]);
  });

  it('with a machine nested in it is refused by name, before anything runs (K17)', () => {
    const inner = createMachine({ id: 'inner' });
    const machine = setup({ actors: { inner } }).createMachine({ id: 'outer', initial: 'busy', states: { busy: { invoke: { src: 'inner', id: 'nested-one' } } } });
    expect(() => worker('plain', machine, { durable: true })).toThrow(
      expect.objectContaining({ code: 'InvalidBehaviour', message: "plain: state 'outer.busy' invokes the nested machine 'nested-one': make it a child of a supervisor (K17)" }),
    );
  });

  it('of another version is migrated, and without a migration is held with its mail instead of starting over', async () => {
    const one = setup({ types: { context: {} as { n: number } } }).createMachine({ context: { n: 1 }, initial: 'a', states: { a: {} } });
    const two = setup({ types: { context: {} as { total: number } } }).createMachine({
      context: { total: 0 },
      initial: 'b',
      states: { b: { on: { ADD: { actions: assign({ total: ({ context }) => context.total + 1 }) } } } },
    });
    const dir = privateFolder();
    await (await running(one, { dir, version: 1 })).stop();
    const held = await running(two, { dir, version: 2 });
    await held.ref('plain').tell({ type: 'ADD' }, { id: 'kept' });
    expect(held.inspect('plain')).toMatchObject({ state: 'quarantined', why: "written by version '1', this is '2', and there is no migrate" });
    await held.stop();
    const migrate = (snapshot: unknown) => ({ ...(snapshot as object), value: 'b', context: { total: (snapshot as { context: { n: number } }).context.n } });
    const moved = await running(two, { dir, version: 2, migrate });
    expect(moved.inspect('plain')).toMatchObject({ state: 'running', value: 'b', context: { total: 2 } });
  });
});
