// Two batches on their way at a time: the second is stepped while the first is being written, and rests on it (K9, K10).
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { effect, fact, reply, startChild, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import type { Fault } from '../support/faulty-journal.ts';
import { type KernelNode, type NodeOptions, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: {
    ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), fact('added', ({ context }) => ({ n: context.n })), tell('sink', { type: 'ADDED' })] },
    GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
  },
});
const children = () => [worker('sink', recorder, { durable: true }), worker('a', counter, { durable: true })];
const start = (specs = children(), options: NodeOptions = {}) => startNode(specs, { ...options, limits: { ahead: 1 } });

interface Told {
  readonly first: string;
  readonly second: string;
}

/** Tells one message that is in the batch being written, and one that is in the batch over it; resolves when both have their word. */
async function tellBoth(node: KernelNode, faults: readonly Fault[], between: () => unknown = () => undefined): Promise<Told> {
  const release = node.journal.holdCommits();
  node.journal.failNext(...faults);
  const heard = (told: Promise<void>) =>
    told.then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  const first = heard(node.tell('a', { type: 'ADD' }));
  await settle();
  const second = heard(node.tell('a', { type: 'ADD' }));
  await settle();
  await between();
  release();
  const told = { first: await first, second: await second };
  await settle();
  return told;
}

const added = (node: KernelNode) => node.store.facts.filter(({ kind }) => kind === 'added').map(({ body }) => (JSON.parse(body) as { n: number }).n);
const state = (node: KernelNode) => [node.context('a').n, (node.context('sink').seen as string[]).length, added(node).length];

describe('a batch over one that is being written', () => {
  it('is stepped, but nothing of it leaves: both are let go in order once written (K9)', async () => {
    const node = await start();
    const seen: unknown[] = [];
    node.system.onTelemetry((event) => event.kind === 'journal.committed' && seen.push(event.batch));
    const before = node.system.position;
    const told = await tellBoth(node, [], () => {
      expect(node.context('a')).toEqual({ n: 2 });
      expect([node.journal.written.length, seen, node.system.position]).toEqual([node.store.lastBatch, [], before]);
    });
    expect(told).toEqual({ first: 'accepted', second: 'accepted' });
    expect(state(node)).toEqual([2, 2, 2]);
    expect(seen).toEqual([node.store.lastBatch - 1, node.store.lastBatch]);
  });

  it('is the only one: a third waits for the first (K9)', async () => {
    const node = await start();
    const release = node.journal.holdCommits();
    const told: Promise<void>[] = [];
    for (let n = 0; n < 3; n += 1) {
      told.push(node.tell('a', { type: 'ADD' }));
      await settle();
    }
    expect(node.context('a')).toEqual({ n: 2 });
    release();
    await Promise.all(told);
    expect(node.context('a')).toEqual({ n: 3 });
  });

  it('is not begun for little mail: that shares the next commit (K8)', async () => {
    const node = await startNode(children());
    await tellBoth(node, [], () => expect(node.context('a')).toEqual({ n: 1 }));
    expect(state(node)).toEqual([2, 2, 2]);
  });

  it.each<[string, Fault[], Told, number]>([
    ['was refused', ['refused'], { first: 'JournalUnavailable', second: 'JournalUnavailable' }, 0],
    ['vanished', ['vanished'], { first: 'JournalUnavailable', second: 'JournalUnavailable' }, 0],
    ['is there though nobody heard of it', ['unconfirmed'], { first: 'accepted', second: 'accepted' }, 2],
  ])('falls or stands with it when the first %s (K9, K10)', async (_what, faults, told, n) => {
    const node = await start();
    expect(await tellBoth(node, faults)).toEqual(told);
    expect(state(node)).toEqual([n, n, n]);
    await node.tell('a', { type: 'ADD' });
    await settle();
    expect(state(node)).toEqual([n + 1, n + 1, n + 1]);
  });

  it.each<[Fault[]]>([[['refused']], [['vanished']]])('falls alone when only it was %s: the first stands (K10)', async ([fault]) => {
    const node = await start();
    // What is asked for first is the first batch's.
    const release = node.journal.holdCommits();
    const first = node.tell('a', { type: 'ADD' });
    await settle();
    const refused = expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    node.journal.failNext('none', fault as Fault);
    release();
    await Promise.all([first, refused]);
    await settle();
    expect(state(node)).toEqual([1, 1, 1]);
    expect(node.system.history('a').map(({ step }) => step)).toEqual([1, 2]);
    await node.tell('a', { type: 'ADD' });
    await settle();
    expect([state(node), added(node)]).toEqual([
      [2, 2, 2],
      [1, 2],
    ]);
  });

  it('is gone with the first after a crash; with the first written it alone is gone (K9)', async () => {
    for (const written of [0, 1]) {
      const node = await start();
      const release = node.journal.holdCommits();
      const both = [node.tell('a', { type: 'ADD' })];
      await settle();
      const number = node.journal.held[0]?.number ?? 0;
      both.push(node.tell('a', { type: 'ADD' }));
      await settle();
      expect(node.journal.held.map((batch) => batch.number)).toEqual([number, number + 1]);
      if (written === 1) node.journal.passOne();
      await settle();
      const next = await start(children(), { store: node.store, clock: node.clock });
      await settle();
      expect(state(next)).toEqual([written, written, written]);
      // What the dead node had begun is refused to it.
      release();
      await Promise.allSettled(both);
      await settle();
      expect(state(next)).toEqual([written, written, written]);
    }
  });

  it('writes nothing when another node has taken the journal over in between, and neither does the first (K33)', async () => {
    const node = await start();
    const box: { next?: KernelNode } = {};
    const told = await tellBoth(node, [], async () => {
      box.next = await start(children(), { store: node.store, clock: node.clock });
    });
    expect(told).toEqual({ first: 'StaleEpoch', second: 'StaleEpoch' });
    expect(node.ended).toMatch(/^crash: /);
    await box.next?.tell('a', { type: 'ADD' });
    await settle();
    expect(box.next?.context('a')).toEqual({ n: 1 });
  });
});

describe('what is on its way in two batches', () => {
  it('of rows: what the first stores and the second takes has no row in the end, whichever falls (K8, K10)', async () => {
    const loop = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      on: {
        GO: { actions: Array.from({ length: 5 }, () => tell('loop', { type: 'STEP' })) },
        STEP: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      },
    });
    for (const faults of [[], ['refused'], ['vanished'], ['unconfirmed']] as Fault[][]) {
      const node = await startNode([worker('loop', loop, { durable: true })], { limits: { ahead: 1, steps: 2 } });
      const release = node.journal.holdCommits();
      node.journal.failNext(...faults);
      const told = node.tell('loop', { type: 'GO' }).catch(() => undefined);
      await settle();
      release();
      await told;
      await settle();
      expect([faults, node.context('loop'), node.store.mail.of('loop')]).toEqual([faults, { n: faults[0] === 'refused' || faults[0] === 'vanished' ? 0 : 5 }, []]);
    }
  });

  it('of mail that nobody has taken: it waits on when the batch falls that was to give it a row (K10)', async () => {
    const caller = setup({}).createMachine({ on: { CALL: { actions: tell('b', { type: 'CALLED' }) } } });
    for (const faults of [['refused'], ['none', 'refused'], ['vanished'], ['none', 'vanished'], ['unconfirmed']] as Array<Array<Fault | 'none'>>) {
      const node = await start([...children(), worker('caller', caller), worker('b', recorder, { durable: true })]);
      // Mail for who is not there becomes a row at once.
      const killed = node.system.kill('b');
      const release = node.journal.holdCommits();
      node.journal.failNext(...faults);
      await node.tell('caller', { type: 'CALL' });
      const others = [0, 1].map(async () => {
        await node.tell('a', { type: 'ADD' }).catch(() => undefined);
      });
      await settle();
      release();
      await Promise.all([killed, ...others]);
      for (let tries = 0; tries < 3; tries += 1) await node.pass(2_000);
      expect([faults, node.context('b'), node.store.mail.of('b')]).toEqual([faults, { seen: ['CALLED'] }, []]);
    }
  });

  it('of mail that waited so long that it was to become rows: none of it is lost or doubled, whichever batch falls (K8, K10)', async () => {
    const types = Array.from({ length: 8 }, (_, n) => `CALLED_${n}`);
    const caller = setup({}).createMachine({ on: { CALL: { actions: types.map((type) => tell('b', { type })) } } });
    for (const fault of ['refused', 'vanished', 'unconfirmed'] as const) {
      for (let spared = 0; spared < types.length; spared += 1) {
        const node = await startNode([worker('caller', caller), worker('b', recorder, { durable: true })], { limits: { ahead: 1, steps: 1 } });
        const release = node.journal.holdCommits();
        node.journal.failNext(...Array.from({ length: spared }, () => 'none' as const), fault);
        await node.tell('caller', { type: 'CALL' });
        await settle();
        release();
        for (let tries = 0; tries < 3; tries += 1) await node.pass(2_000);
        expect([fault, spared, node.context('b'), node.store.mail.of('b')]).toEqual([fault, spared, { seen: types }, []]);
      }
    }
  });

  it('comes again, once, when both fall: the result of an effect in one, a due timer in the other (K10, K16, K20)', async () => {
    let finish = (): void => undefined;
    let runs = 0;
    const logic = setup({
      types: { context: {} as { seen: string[] } },
      actors: {
        work: effect({
          idempotent: false,
          run: () => {
            runs += 1;
            return new Promise<void>((resolve) => {
              finish = resolve;
            });
          },
        }),
      },
    }).createMachine({
      context: { seen: [] },
      type: 'parallel',
      states: {
        working: {
          initial: 'busy',
          states: {
            busy: { invoke: { src: 'work', onDone: { target: 'done', actions: assign({ seen: ({ context }) => [...context.seen, 'DONE'] }) }, onError: 'done' } },
            done: {},
          },
        },
        timing: {
          initial: 'before',
          states: { before: { after: { 50: { target: 'behind', actions: assign({ seen: ({ context }) => [...context.seen, 'TIMER'] }) } } }, behind: {} },
        },
      },
    });
    for (const fault of ['refused', 'vanished'] as const) {
      runs = 0;
      const node = await start([worker('a', logic, { durable: true })]);
      const release = node.journal.holdCommits();
      node.journal.failNext(fault);
      finish();
      await settle();
      await node.pass(50);
      expect(node.context('a')).toEqual({ seen: ['DONE', 'TIMER'] });
      release();
      await settle();
      await node.pass(2_000);
      expect([fault, (node.context('a').seen as string[]).toSorted(), runs]).toEqual([fault, ['DONE', 'TIMER'], 1]);
    }
  });

  it('ends one actor: when its exit comes with the first, what it took in the second waits for the next one (K2, K10)', async () => {
    for (const fault of [undefined, 'refused'] as const) {
      let bombs = 0;
      const logic = setup({ types: { context: {} as { seen: string[] } } }).createMachine({
        context: { seen: [] },
        on: {
          BOMB: {
            actions: () => {
              bombs += 1;
              throw new Error('after the commit');
            },
          },
          '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
        },
      });
      const caller = setup({}).createMachine({ on: { CALL: { actions: tell('a', { type: 'CALLED' }) } } });
      const node = await start([worker('caller', caller), worker('a', logic, { durable: true })]);
      const release = node.journal.holdCommits();
      if (fault !== undefined) node.journal.failNext('none', fault);
      const bomb = node.tell('a', { type: 'BOMB' });
      await settle();
      await node.tell('caller', { type: 'CALL' });
      await settle();
      expect(node.context('a')).toEqual({ seen: ['CALLED'] });
      release();
      await bomb;
      for (let tries = 0; tries < 3; tries += 1) await node.pass(2_000);
      expect([fault, node.context('a'), bombs]).toEqual([fault, { seen: ['CALLED'] }, 1]);
    }
  });

  it('starts nothing of the second before its own commit: an effect, a child (K9, K16)', async () => {
    const started: string[] = [];
    const logic = setup({
      actors: {
        work: effect({
          idempotent: true,
          run: async ({ input }: { input: string }) => {
            started.push(input);
            return new Promise(() => undefined);
          },
        }),
      },
    }).createMachine({
      initial: 'idle',
      states: {
        idle: { on: { ONE: 'one' } },
        one: { invoke: { src: 'work', input: 'one' }, on: { TWO: { target: 'two', actions: startChild('many', { template: 'one', id: 'x', input: null }) } } },
        two: { invoke: { src: 'work', input: 'two' } },
      },
    });
    const one = () => worker('x', recorder, { durable: true, restart: 'transient' });
    const node = await start([dynamicSupervisor('many', { durable: true, templates: { one } }), worker('a', logic, { durable: true })]);
    const release = node.journal.holdCommits();
    void node.tell('a', { type: 'ONE' });
    await settle();
    void node.tell('a', { type: 'TWO' });
    await settle();
    expect([node.value('a'), started]).toEqual(['two', []]);
    node.journal.passOne();
    await settle();
    // Its state was left before it could start: it never does.
    expect([started, node.system.whichChildren('many')]).toEqual([[], []]);
    node.journal.passOne();
    await settle();
    release();
    await settle();
    expect([started, node.system.whichChildren('many').map(({ id }) => id)]).toEqual([['two'], ['x']]);
    expect(node.store.facts.filter(({ kind }) => kind === 'effect.outcome').map(({ body }) => JSON.parse(body).outcome)).toEqual(['not_started']);
  });
});
