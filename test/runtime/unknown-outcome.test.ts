import { describe, expect, it } from 'vitest';
import { assign, fromCallback, setup } from 'xstate';
import { effect, memoryJournal, memoryStore, reply, sqliteJournal, tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: {
    ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), tell('sink', { type: 'ADDED' })] },
    GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
  },
});
const children = () => [worker('sink', recorder, { durable: true }), worker('a', counter, { durable: true })];

describe.each([
  ['in memory', () => memoryJournal({ store: memoryStore() })],
  ['in SQLite', () => sqliteJournal({ dir: privateFolder(), synchronous: 'OFF' })],
])('a commit of unknown outcome, %s', (_where, journal) => {
  it('that is there goes on as committed: the sender hears that it was accepted (K10)', async () => {
    const node = await startNode(children(), { journal: journal() });
    node.journal.failNext('unconfirmed');
    await node.tell('a', { type: 'ADD' });
    await settle();
    expect([node.context('a'), node.context('sink')]).toEqual([{ n: 1 }, { seen: ['ADDED'] }]);
    expect(node.telemetry.flatMap(({ kind }) => (kind.startsWith('journal.') && kind !== 'journal.committed' ? [kind] : []))).toEqual(['journal.unavailable', 'journal.recovered']);
  });

  it('that is not there is as if it had never been, and telling it again under its id is safe either way (K10)', async () => {
    const node = await startNode(children(), { journal: journal() });
    for (const fault of ['vanished', 'refused', 'vanished'] as const) {
      node.journal.failNext(fault);
      await expect(node.tell('a', { type: 'ADD' }, { id: 'once' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    }
    await node.tell('a', { type: 'ADD' }, { id: 'once' });
    node.journal.failNext('unconfirmed');
    await node.tell('a', { type: 'ADD' }, { id: 'twice' });
    for (const id of ['once', 'twice']) await node.tell('a', { type: 'ADD' }, { id });
    expect(await node.ask('a', { type: 'GET' })).toBe(2);
  });

  it('reloads the touched actors from the journal, never from memory (K10)', async () => {
    const node = await startNode(children(), { journal: journal() });
    for (let n = 0; n < 3; n += 1) await node.tell('a', { type: 'ADD' });
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect([node.context('a'), node.context('sink').seen]).toEqual([{ n: 3 }, ['ADDED', 'ADDED', 'ADDED']]);
    expect(node.system.inspect('a')).toMatchObject({ step: 4, epoch: 1 });
    expect(node.system.history('a').map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });
});

describe('while the journal does not answer', () => {
  it('the node is not ready, who waits is told at once, and what comes is refused; then all goes on (K10)', async () => {
    const node = await startNode(children());
    const up = node.journal.goDown();
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    expect(node.system.ready).toBe(false);
    await expect(node.tell('a', { type: 'ADD' }, { id: 'one' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await expect(node.tell('a', { type: 'ADD' }, { id: 'two' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await expect(node.ask('a', { type: 'GET' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    up();
    await node.pass(5_000);
    // It reads again, but is trusted only once it has written.
    expect(node.system.notReady).toMatch(/does not confirm writes \(planned: down\)/);
    await node.pass(1_000);
    expect(node.system.ready).toBe(true);
    await node.tell('a', { type: 'ADD' }, { id: 'one' });
    expect(await node.ask('a', { type: 'GET' })).toBe(1);
  });

  it('a message that waits beside a commit is dropped with the refusal of it, also when that commit turns out to be there (K10)', async () => {
    const node = await startNode(children());
    const release = node.journal.holdCommits();
    node.journal.failNext('unconfirmed');
    const answers = node.journal.goSilent();
    const carried = node.tell('a', { type: 'ADD' }, { id: 'carried' });
    await settle();
    const beside = node.tell('a', { type: 'ADD' }, { id: 'beside' });
    await settle();
    release();
    for (const told of [carried, beside]) await expect(told).rejects.toMatchObject({ code: 'JournalUnavailable' });
    answers();
    await node.pass(5_000);
    expect(await node.ask('a', { type: 'GET' })).toBe(1);
    for (const id of ['carried', 'beside']) await node.tell('a', { type: 'ADD' }, { id });
    expect(await node.ask('a', { type: 'GET' })).toBe(2);
  });

  it('a kill takes effect at once, effects are aborted, and the restart waits for the journal instead of failing (K10, K22)', async () => {
    let aborted = 0;
    const logic = setup({
      actors: {
        hold: effect({
          idempotent: true,
          run: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => void aborted++)),
        }),
      },
    }).createMachine({ invoke: { src: 'hold' } });
    const node = await startNode([worker('holder', logic, { durable: true }), ...children()], { intensity: 1 });
    const up = node.journal.goDown();
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.system.kill('holder');
    expect([aborted, node.system.inspect('holder')?.state]).toEqual([1, 'restarting']);
    await node.pass(10_000);
    expect(node.ended).toBeUndefined();
    up();
    await node.pass(5_000);
    expect(node.system.whichChildren('').map(({ id, state }) => `${id} ${state}`)).toEqual(['holder running', 'sink running', 'a running']);
  });

  it('a stop ends: nobody waits for ever, and nothing tries on behind it (K10)', async () => {
    const node = await startNode(children());
    node.journal.goDown();
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.system.stop();
    await node.pass(10_000);
    expect(node.clock.pending).toBe(0);
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'NodeStopped' });
  });
});

describe('an input that is not on disk', () => {
  const taker = setup({
    types: { context: {} as { seen: string[] }, events: {} as { type: string } },
    actors: {
      work: effect({ idempotent: false, run: async () => void runs++ }),
      feed: fromCallback(({ sendBack }) => {
        feed = () => sendBack({ type: 'FED' });
      }),
    },
  }).createMachine({
    context: { seen: [] },
    invoke: { src: 'feed' },
    initial: 'idle',
    states: {
      idle: { on: { GO: 'busy' }, after: { 50: { actions: assign({ seen: ({ context }) => [...context.seen, 'TIMER'] }) } } },
      busy: { invoke: { src: 'work', onDone: 'done', onError: { target: 'failed' } } },
      done: {},
      failed: {},
    },
    on: { '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) } },
  });
  const caller = setup({}).createMachine({ on: { CALL: { actions: tell('a', { type: 'CALLED' }) } } });
  let runs = 0;
  let feed = (): void => undefined;

  it.each(['refused', 'vanished'] as const)('comes again, once, when its batch was %s: a result, a due timer, a subscription, a volatile sender (K10)', async (fault) => {
    runs = 0;
    const node = await startNode([worker('caller', caller), worker('a', taker, { durable: true })]);
    node.journal.failNext(fault);
    feed();
    await settle();
    node.journal.failNext(fault);
    await node.tell('caller', { type: 'CALL' });
    await settle();
    node.journal.failNext(fault);
    await node.pass(50);
    await node.pass(50);
    expect(node.context('a')).toEqual({ seen: ['FED', 'CALLED', 'TIMER'] });
    await node.tell('a', { type: 'GO' });
    for (let batch = 0; runs === 0 && batch < 100; batch += 1) await settle(1);
    await settle();
    expect([runs, node.value('a')]).toEqual([1, 'done']);
  });

  it('that is the result of an effect which may not be repeated does not make it interrupted (K10, K17)', async () => {
    runs = 0;
    let finish = (): void => undefined;
    const logic = setup({
      actors: {
        work: effect({
          idempotent: false,
          run: () =>
            new Promise<void>((resolve) => {
              runs += 1;
              finish = resolve;
            }),
        }),
      },
    }).createMachine({ initial: 'busy', states: { busy: { invoke: { src: 'work', onDone: 'done', onError: 'failed' } }, done: {}, failed: {} } });
    const node = await startNode([worker('a', logic, { durable: true })]);
    node.journal.failNext('refused', 'vanished');
    finish();
    await node.pass(100);
    await node.pass(100);
    expect([node.value('a'), runs]).toEqual(['done', 1]);
    expect(node.telemetry.map(({ kind }) => kind)).not.toContain('effect.interrupted');
  });
});

describe('an actor that a lost batch had started', () => {
  it('is started again with its mail, once (K10)', async () => {
    const node = await startNode([]);
    node.journal.failNext('vanished');
    expect(await node.system.startChild('', worker('late', recorder, { durable: true }))).toMatchObject({ ok: true });
    await node.tell('late', { type: 'HELLO' });
    await settle();
    expect([node.context('late'), node.system.inspect('late')?.step]).toEqual([{ seen: ['HELLO'] }, 2]);
    expect(node.store.actors.of('late')).toHaveLength(1);
  });

  it('from its snapshot has its timer once and its effect once (K10, K20)', async () => {
    let runs = 0;
    const logic = setup({
      types: { context: {} as { ticks: number } },
      actors: {
        work: effect({
          idempotent: true,
          run: () =>
            new Promise(() => {
              runs += 1;
            }),
        }),
      },
    }).createMachine({
      context: { ticks: 0 },
      invoke: { src: 'work' },
      initial: 'a',
      states: { a: { after: { 50: { target: 'b', actions: assign({ ticks: ({ context }) => context.ticks + 1 }) } } }, b: {} },
    });
    const first = await startNode([worker('a', logic, { durable: true })]);
    const store = first.store;
    await first.system.stop();
    expect(runs).toBe(1);
    const node = await startNode([], { store, clock: first.clock });
    node.journal.failNext('refused');
    const started = node.system.startChild('', worker('a', logic, { durable: true }));
    // Something that makes the batch of the start one that is written.
    await node.tell('nobody', { type: 'X' }).catch(() => undefined);
    await started;
    await node.pass(100);
    expect([node.context('a'), runs]).toEqual([{ ticks: 1 }, 2]);
  });
});
