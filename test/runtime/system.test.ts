import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { createSystem, effect, memoryJournal, memoryStore, reply, SimulatedClock, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';

const counter = setup({ types: { context: {} as { n: number }, events: {} as { type: 'ADD'; by: number } | { type: 'GET' } | { type: 'BAD' } } }).createMachine({
  context: { n: 0 },
  on: {
    ADD: { actions: assign({ n: ({ context, event }) => context.n + event.by }) },
    GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
    BAD: {
      actions: assign(() => {
        throw new Error('boom');
      }),
    },
  },
});

async function running(store = memoryStore(), clock = new SimulatedClock()) {
  const system = await createSystem({
    name: 't',
    clock,
    journal: memoryJournal({ store }),
    freeze: true,
    root: supervisor({
      intensity: 3,
      children: [
        worker('counter', counter, { durable: true }),
        worker('loose', counter),
        dynamicSupervisor('many', { durable: true, templates: { counter: (_input, id) => worker(id, counter, { durable: true, restart: 'transient' }) } }),
      ],
    }),
  });
  await system.start();
  return { system, store, clock };
}

describe('a system', () => {
  it('keeps what a durable actor was told over a restart of the node, and nothing of a volatile one', async () => {
    const { system, store } = await running();
    for (let i = 0; i < 10; i += 1) await system.ref('counter').tell({ type: 'ADD', by: 1 });
    await system.ref('loose').tell({ type: 'ADD', by: 5 });
    expect(await system.ref('counter').ask({ type: 'GET' }, { timeoutMs: 100 })).toBe(10);
    expect(await system.ref('loose').ask({ type: 'GET' }, { timeoutMs: 100 })).toBe(5);
    const again = await running(store);
    expect(await again.system.ref('counter').ask({ type: 'GET' }, { timeoutMs: 100 })).toBe(10);
    expect(await again.system.ref('loose').ask({ type: 'GET' }, { timeoutMs: 100 })).toBe(0);
    await again.system.stop();
  });

  it('restarts a killed actor from its last state', async () => {
    const { system } = await running();
    await system.ref('counter').tell({ type: 'ADD', by: 7 });
    await system.kill('counter');
    expect(await system.ref('counter').ask({ type: 'GET' }, { timeoutMs: 100 })).toBe(7);
    expect(system.whichChildren('').find((child) => child.id === 'counter')?.restarts).toBe(1);
    await system.stop();
  });

  it('makes a poison message a dead letter after three attempts, while the actor goes on (K12)', async () => {
    const { system } = await running();
    await expect(system.ref('counter').ask({ type: 'BAD' }, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    expect(system.deadLetters().map((letter) => letter.reason)).toEqual(['poisoned']);
    await system.ref('counter').tell({ type: 'ADD', by: 1 });
    expect(await system.ref('counter').ask({ type: 'GET' }, { timeoutMs: 100 })).toBe(1);
    await system.stop();
  });

  it('starts durable children by row and has them again after a restart', async () => {
    const { system, store } = await running();
    expect(await system.startChild('many', { template: 'counter', id: 'a', input: null })).toMatchObject({ ok: true });
    await system.ref('many/a').tell({ type: 'ADD', by: 2 });
    await system.stop();
    const again = await running(store);
    expect(await again.system.ref('many/a').ask({ type: 'GET' }, { timeoutMs: 100 })).toBe(2);
    expect(await again.system.terminateChild('many', 'a')).toMatchObject({ ok: true });
    await expect(again.system.ref('many/a').tell({ type: 'ADD', by: 2 })).rejects.toMatchObject({ code: 'NoSuchActor' });
    await again.system.stop();
  });
});

describe('effects and timers', () => {
  const waiting = setup({}).createMachine({ initial: 'idle', states: { idle: { after: { 300000: 'late' } }, late: {} } });
  it('fires a timer once after a restart', async () => {
    const store = memoryStore();
    const clock = new SimulatedClock();
    const build = () => createSystem({ name: 't', clock, journal: memoryJournal({ store }), root: supervisor({ children: [worker('w', waiting, { durable: true })] }) });
    const first = await build();
    await first.start();
    await first.stop();
    clock.advance(100_000);
    const second = await build();
    await second.start();
    clock.advance(199_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(second.inspect('w')?.value).toBe('idle');
    clock.advance(2_000);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(second.inspect('w')?.value).toBe('late');
    expect(second.history('w').length).toBe(1);
    await second.stop();
  });

  it('runs an effect after the commit and gives its result once', async () => {
    const runs: string[] = [];
    const logic = setup({
      actors: {
        work: effect<number, undefined>({
          idempotent: false,
          run: async ({ key }) => {
            runs.push(key);
            return 41;
          },
        }),
      },
    }).createMachine({
      context: { got: 0 },
      initial: 'busy',
      states: {
        busy: { invoke: { src: 'work', onDone: { target: 'done', actions: assign({ got: ({ event }) => event.output + 1 }) }, onError: 'failed' } },
        done: { entry: tell('sink', ({ context }) => ({ type: 'GOT', value: (context as { got: number }).got })) },
        failed: {},
      },
    });
    const sink = setup({}).createMachine({
      context: { seen: [] as unknown[] },
      on: { GOT: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.value] }) } },
    });
    const system = await createSystem({ name: 't', root: supervisor({ children: [worker('sink', sink, { durable: true }), worker('w', logic, { durable: true })] }) });
    await system.start();
    for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toHaveLength(1);
    expect(system.inspect('sink')?.context).toEqual({ seen: [42] });
    await system.stop();
  });
});
