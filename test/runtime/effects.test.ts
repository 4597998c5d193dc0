import { beforeEach, describe, expect, it } from 'vitest';
import { assign, fromCallback, fromEventObservable, fromObservable, fromPromise, sendTo, setup, spawnChild } from 'xstate';
import { type CheckArgs, type EffectArgs, type EffectSpec, effect, type MemoryStore, reply, tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom, recorder } from '../support/small-actors.ts';

interface Run {
  readonly args: Pick<EffectArgs<unknown>, 'key' | 'epoch' | 'signal' | 'tell' | 'input'>;
  readonly done: (output?: unknown) => void;
  readonly fail: (error: unknown) => void;
}

let runs: Run[] = [];
beforeEach(() => {
  runs = [];
});
const held = (args: EffectArgs<unknown>): Promise<unknown> => new Promise((done, fail) => void runs.push({ args, done, fail }));

/** Invokes one effect that the test holds in its hand. */
function worked(spec: Partial<EffectSpec<unknown, unknown>>) {
  return setup({ types: { context: {} as { got: unknown } }, actors: { work: effect<unknown, unknown>({ idempotent: false, run: held, ...spec }) } }).createMachine({
    context: { got: null },
    initial: 'busy',
    on: { AGAIN: '.busy', LEAVE: '.left', GET: { actions: reply(({ context }: { context: { got: unknown } }) => context.got) } },
    states: {
      busy: {
        invoke: {
          src: 'work',
          id: 'w',
          input: { n: 1 },
          onDone: { target: 'done', actions: assign({ got: ({ event }) => event.output }) },
          onError: { target: 'failed', actions: assign({ got: ({ event }) => event.error }) },
        },
        on: { NOTE: { actions: assign({ got: 'noted' }) }, REENTER: { target: 'busy', reenter: true } },
      },
      done: {},
      failed: {},
      left: {},
    },
  });
}
const durably = (logic: Parameters<typeof worker>[1]) => [worker('a', logic, { durable: true })];
/** The node died: another takes over from disk. */
const restarted = (from: { readonly store: MemoryStore; readonly clock: KernelNode['clock'] }, logic: Parameters<typeof worker>[1]) =>
  startNode(durably(logic), { store: from.store, clock: from.clock });
const outcomes = (node: KernelNode) => node.store.facts.flatMap(({ kind, body }) => (kind === 'effect.outcome' ? [(JSON.parse(body) as { outcome: string }).outcome] : []));

describe('the result of an effect', () => {
  it('is on disk until the step that takes it has committed, and is delivered again after a crash (K15)', async () => {
    const logic = worked({});
    const node = await startNode(durably(logic), { limits: { steps: 1 } });
    // The result waits behind these, each a batch of its own.
    const told = Promise.allSettled(Array.from({ length: 20 }, () => node.tell('a', { type: 'NOTE' })));
    runs[0]?.done('result');
    while (node.store.effects.of('a')[0]?.state !== 'settled') await settle(1);
    expect(node.value('a')).toBe('busy');
    const copy = structuredClone([...node.store.effects.all()]);
    expect(copy).toMatchObject([{ childId: 'w', state: 'settled', outcome: 'done' }]);
    const again = await restarted(node, logic);
    expect([again.value('a'), again.context('a').got, runs.length]).toEqual(['done', 'result', 1]);
    expect([...again.store.effects.all()]).toEqual([]);
    await told;
  });

  it('is written down by the next batch when the one that wrote it down is lost (K10, K15)', async () => {
    const logic = worked({});
    const others = Array.from({ length: 20 }, (_, at) => `other${at}`);
    const all = setup({}).createMachine({ on: { GO: { actions: others.map((id) => tell(id, { type: 'NOTE' })) } } });
    const node = await startNode([...durably(logic), ...others.map((id) => worker(id, recorder, { durable: true })), worker('all', all)], { limits: { steps: 1 } });
    // The result waits behind theirs, each a batch of its own.
    await node.tell('all', { type: 'GO' });
    runs[0]?.done('result');
    node.journal.failNext('refused');
    for (let turns = 0; turns < 1_000 && node.store.effects.of('a')[0]?.state !== 'settled' && node.value('a') === 'busy'; turns += 1) await settle(1);
    expect([node.value('a'), node.store.effects.of('a')[0]?.state]).toEqual(['busy', 'settled']);
    await settle();
    expect([node.value('a'), node.context('a').got, runs.length]).toEqual(['done', 'result', 1]);
  });

  it('of a run that the actor has outlived changes nothing, neither now nor after the next restart (K15)', async () => {
    const logic = worked({ idempotent: true });
    const node = await startNode(durably(logic));
    await node.system.kill('a');
    await settle();
    expect(runs.map(({ args }) => [args.key, args.epoch, args.signal.aborted])).toEqual([
      [runs[0]?.args.key, 1, true],
      [runs[0]?.args.key, 2, false],
    ]);
    runs[0]?.done('of a zombie');
    await settle();
    // Whatever else is written carries nothing of it.
    await node.tell('a', { type: 'NOTE' });
    expect([...node.store.effects.all()]).toMatchObject([{ state: 'scheduled', result: null }]);
    const again = await restarted(node, logic);
    expect(again.value('a')).toBe('busy');
    runs[2]?.done('of the living');
    await settle();
    expect(again.context('a').got).toBe('of the living');
  });

  it('of a run that the actor has outlived changes nothing either where no commit lay between two restarts (K15, K27)', async () => {
    const logic = worked({ idempotent: true });
    const node = await startNode(durably(logic));
    for (let kill = 0; kill < 2; kill += 1) {
      await node.system.kill('a');
      await settle();
    }
    expect(runs).toHaveLength(3);
    runs[1]?.done('of a zombie');
    await settle();
    expect(node.value('a')).toBe('busy');
    runs[2]?.done('of the living');
    await settle();
    expect(node.context('a').got).toBe('of the living');
  });

  it('may be an error, which is plain data, and survives a crash as well (K15)', async () => {
    const logic = worked({});
    const node = await startNode(durably(logic));
    runs[0]?.fail(Object.assign(new Error('no'), { code: 'ENO' }));
    await settle();
    expect([node.value('a'), node.context('a').got]).toEqual(['failed', { name: 'Error', message: 'no', code: 'ENO' }]);
  });

  it('that no transition takes is an exit of the actor from its last good state, and stays on disk (K15)', async () => {
    const logic = setup({ actors: { work: effect({ idempotent: true, run: held }) } }).createMachine({
      initial: 'busy',
      states: { busy: { invoke: { src: 'work', id: 'w', onDone: 'done' } }, done: {} },
    });
    const node = await startNode(durably(logic), { intensity: 2 });
    runs[0]?.fail(new Error('unheard'));
    await settle();
    expect([node.ended, runs.length]).toEqual(['shutdown: reached_max_restart_intensity', 1]);
    expect([...node.store.effects.all()]).toMatchObject([{ state: 'settled', outcome: 'failed' }]);
  });
});

describe('an effect', () => {
  it('starts after the commit of the step that asked for it, in the order of the asking (K16)', async () => {
    const order: string[] = [];
    const named = (name: string) => effect({ idempotent: true, run: async () => void order.push(name) });
    const logic = setup({ actors: { one: named('one'), two: named('two'), three: named('three') } }).createMachine({
      initial: 'idle',
      states: {
        idle: { on: { GO: 'busy' } },
        busy: {
          entry: spawnChild('three', { id: 'third' }),
          invoke: [
            { src: 'one', onError: 'idle' },
            { src: 'two', onError: 'idle' },
          ],
        },
      },
    });
    const node = await startNode(durably(logic));
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'GO' });
    await settle();
    expect(order).toEqual([]);
    release();
    await told;
    await settle();
    const asked = node.journal.written.flatMap(({ effects }) => effects.put.filter(({ state }) => state === 'scheduled')).map(({ src, seq }) => [seq, src] as const);
    expect(order).toEqual([...new Map(asked.sort(([a], [b]) => a - b)).values()]);
    expect(order).toHaveLength(3);
  });

  it.each([
    ['the state is left', (node: KernelNode) => node.tell('a', { type: 'LEAVE' })],
    ['the actor is killed', (node: KernelNode) => node.system.kill('a')],
    ['the actor is stopped', (node: KernelNode) => node.system.terminateChild('', 'a')],
    ['the node is stopped', (node: KernelNode) => node.system.stop()],
  ])('is aborted when %s (K16)', async (_when, act) => {
    const node = await startNode(durably(worked({})));
    expect(runs[0]?.args.signal.aborted).toBe(false);
    await act(node);
    await settle();
    expect(runs[0]?.args.signal.aborted).toBe(true);
  });

  it('of which the statechart has moved on is recorded all the same: first as unknown, then as what it came to (K16)', async () => {
    const node = await startNode(durably(worked({})));
    await node.tell('a', { type: 'LEAVE' });
    expect(outcomes(node)).toEqual(['unknown']);
    runs[0]?.done('late');
    await settle();
    expect([outcomes(node), node.value('a'), node.context('a').got]).toEqual([['unknown', 'done'], 'left', null]);
  });

  it('that was left before it had begun never begins, and is recorded as not started (K16)', async () => {
    // Both in one batch, whatever the tests around say.
    const node = await startNode(durably(worked({})), { limits: {} });
    runs[0]?.done();
    await settle();
    const release = node.journal.holdCommits();
    const entered = node.tell('a', { type: 'AGAIN' });
    const left = node.tell('a', { type: 'LEAVE' });
    await settle();
    release();
    await Promise.all([entered, left]);
    await settle();
    expect([runs.length, outcomes(node)]).toEqual([1, ['not_started']]);
  });

  it('has a deadline: it fails with EffectDeadline, its signal aborts, and what it comes to later is only recorded (K16)', async () => {
    const node = await startNode(durably(worked({ deadlineMs: 100 })));
    await node.pass(99);
    expect(node.value('a')).toBe('busy');
    await node.pass(1);
    expect([node.value('a'), (node.context('a').got as { code: string }).code, runs[0]?.args.signal.aborted]).toEqual(['failed', 'EffectDeadline', true]);
    runs[0]?.done('late');
    await settle();
    expect([node.value('a'), outcomes(node)]).toEqual(['failed', ['done']]);
  });

  it('whose deadline cannot be told fails by itself, not with the node (K16)', async () => {
    const node = await startNode(durably(worked({ deadlineMs: () => boom() })));
    expect([node.value('a'), (node.context('a').got as { message: string }).message, runs.length]).toEqual(['failed', 'planned', 0]);
    await node.tell('a', { type: 'AGAIN' });
  });
});

describe('after a crash', () => {
  it('an idempotent effect runs again under the same key (K17)', async () => {
    const logic = worked({ idempotent: ({ n }: { n: number }) => n === 1 } as never);
    const node = await startNode(durably(logic));
    const again = await restarted(node, logic);
    expect([runs.length, runs[1]?.args.key, runs[1]?.args.input]).toEqual([2, runs[0]?.args.key, { n: 1 }]);
    runs[1]?.done(7);
    await settle();
    expect([again.value('a'), again.context('a').got]).toEqual(['done', 7]);
  });

  it.each([
    ['an effect', worked({})],
    [
      'a plain promise',
      setup({
        types: { context: {} as { got: unknown } },
        actors: { work: fromPromise(() => held({ key: '', epoch: 0, signal: new AbortController().signal } as never)) },
      }).createMachine({
        context: { got: null },
        initial: 'busy',
        states: {
          busy: { invoke: { src: 'work', id: 'w', onDone: 'done', onError: { target: 'failed', actions: assign({ got: ({ event }) => event.error }) } } },
          done: {},
          failed: {},
        },
      }),
    ],
  ])('%s that may not be repeated and had started is not run: its statechart gets EffectInterrupted (K17)', async (_what, logic) => {
    const node = await startNode(durably(logic));
    expect(node.store.effects.of('a')).toMatchObject([{ state: 'started', idempotent: false }]);
    const again = await restarted(node, logic);
    expect([runs.length, again.value('a'), (again.context('a').got as { code: string }).code]).toEqual([1, 'failed', 'EffectInterrupted']);
    expect(again.telemetry.map(({ kind }) => kind)).toContain('effect.interrupted');
  });

  it('one that was only scheduled runs: `started` is committed before it starts (K17)', async () => {
    const logic = worked({});
    const node = await startNode([], {});
    // The commit that says `started` never comes.
    const release = node.journal.holdCommits();
    const starting = node.system.startChild('', worker('a', logic, { durable: true }));
    await settle();
    node.journal.failNext();
    release();
    await starting;
    const hold = node.journal.holdCommits();
    await settle();
    expect([runs.length, node.store.effects.of('a')]).toMatchObject([0, [{ state: 'scheduled' }]]);
    const again = await restarted(node, logic);
    expect(runs).toHaveLength(1);
    hold();
    await settle();
    runs[0]?.done('once');
    await settle();
    expect([again.context('a').got, runs.length]).toEqual(['once', 1]);
  });

  it.each([
    ['done', async () => ({ outcome: 'done', output: 'checked' }) as const, 'done', 'checked', 1],
    ['not started', async () => ({ outcome: 'not_started' }) as const, 'busy', null, 2],
    ['unknown', async () => ({ outcome: 'unknown' }) as const, 'failed', { name: 'EffectInterrupted' }, 1],
    ['a failed question', async () => boom(), 'failed', { name: 'EffectInterrupted' }, 1],
  ])('what the check knows decides about one that had started: %s (K17)', async (_known, check, value, got, count) => {
    const logic = worked({ check });
    const node = await startNode(durably(logic));
    const again = await restarted(node, logic);
    expect([again.value('a'), runs.length]).toEqual([value, count]);
    if (got === null) expect(again.context('a').got).toBeNull();
    else expect(again.context('a').got).toEqual(typeof got === 'string' ? got : expect.objectContaining(got));
  });

  it('the check is told whose run it asks about, may take its time, and is told when nobody wants to know any more (K17, K19)', async () => {
    const asked: CheckArgs<unknown>[] = [];
    const logic = worked({
      check: (args) => {
        asked.push(args);
        return new Promise(() => undefined);
      },
    });
    const again = await restarted(await startNode(durably(logic)), logic);
    const next = await restarted(again, logic);
    expect(asked.map(({ epoch }) => epoch)).toEqual([1, 1]);
    expect([next.value('a'), asked[1]?.signal.aborted]).toEqual(['busy', false]);
    await next.system.kill('a');
    await settle();
    expect([asked[1]?.signal.aborted, asked.length, asked[2]?.signal.aborted]).toEqual([true, 3, false]);
  });

  it('subscriptions start again, after the commit, and what they give comes by the mailbox (K17)', async () => {
    let opened = 0;
    let closed = 0;
    let give = (_n: number): void => undefined;
    const observable = (emit: (observer: { next(value: unknown): void }, n: number) => void) => ({
      subscribe: (observer: { next(value: unknown): void }) => {
        opened += 1;
        const before = give;
        give = (n) => {
          before(n);
          emit(observer, n);
        };
        return { unsubscribe: () => void closed++ };
      },
    });
    const logic = setup({
      types: { context: {} as { seen: unknown[] }, events: {} as { type: string; n?: number } },
      actors: {
        callback: fromCallback(({ sendBack }) => {
          opened += 1;
          give = (n) => sendBack({ type: 'CALLED', n });
          return () => void closed++;
        }),
        values: fromObservable(() => observable((observer, n) => observer.next(n)) as never),
        events: fromEventObservable(() => observable((observer, n) => observer.next({ type: 'GIVEN', n })) as never),
      },
    }).createMachine({
      context: { seen: [] },
      invoke: [
        { src: 'callback' },
        { src: 'values', onSnapshot: { actions: assign({ seen: ({ context, event }) => [...context.seen, (event.snapshot as unknown as { context: unknown }).context] }) } },
        { src: 'events' },
      ],
      on: { '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) } },
    });
    const node = await startNode(durably(logic));
    give(1);
    await settle();
    expect([node.context('a').seen, opened, closed]).toEqual([['CALLED', 1, 'GIVEN'], 3, 0]);
    await node.system.kill('a');
    await settle();
    expect([opened, closed]).toEqual([6, 3]);
    give(2);
    await settle();
    expect(node.context('a').seen).toEqual(['CALLED', 1, 'GIVEN', 'CALLED', 2, 'GIVEN']);
  });

  it('a nested machine cannot be waiting, since a step that would spawn one fails by its name (K17)', async () => {
    const nested = setup({}).createMachine({});
    const logic = setup({ actors: { nested } }).createMachine({ on: { GO: { actions: spawnChild('nested', { id: 'inner' }) } } });
    const node = await startNode(durably(logic));
    await expect(node.ask('a', { type: 'GO' })).rejects.toMatchObject({ code: 'MessagePoisoned', message: expect.stringContaining('inner: a nested machine in a durable actor') });
  });
});

describe('the key of an effect', () => {
  it('is another at each entry of the state, over restarts and in each life of the actor; the same in each run of one entry (K18)', async () => {
    const logic = worked({ idempotent: true });
    const node = await startNode(durably(logic));
    await node.tell('a', { type: 'REENTER' });
    await settle();
    await node.system.kill('a');
    await settle();
    const again = await restarted(node, logic);
    await again.tell('a', { type: 'REENTER' });
    await settle();
    const keys = runs.map(({ args }) => args.key);
    expect(keys).toHaveLength(5);
    expect([keys[1] === keys[2], keys[2] === keys[3], new Set(keys).size]).toEqual([true, true, 3]);
    expect(keys[0]).toMatch(/^a\/\d+\/[0-9a-f]{8}\/1$/);
  });

  it('gives the tells made inside it their ids, so that another run of it repeats none of them (K18)', async () => {
    const logic = worked({ idempotent: true });
    const children = () => [worker('sink', recorder, { durable: true }), ...durably(logic)];
    const node = await startNode(children());
    await runs[0]?.args.tell('sink', { type: 'ONE' });
    await runs[0]?.args.tell('sink', { type: 'TWO' });
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await runs[1]?.args.tell('sink', { type: 'ONE' });
    await runs[1]?.args.tell('sink', { type: 'TWO' });
    await runs[1]?.args.tell('sink', { type: 'THREE' });
    await settle();
    expect(again.context('sink')).toEqual({ seen: ['ONE', 'TWO', 'THREE'] });
  });
});

describe('a send to a subscription', () => {
  it('reaches it after the commit (K9, K16)', async () => {
    const heard: string[] = [];
    const logic = setup({ actors: { feed: fromCallback(({ receive }) => receive((event) => void heard.push(event.type))) } }).createMachine({
      invoke: { src: 'feed', id: 'feed' },
      on: { GO: { actions: sendTo('feed', { type: 'DIRECT' }) } },
    });
    const node = await startNode(durably(logic));
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'GO' });
    await settle();
    expect(heard).toEqual([]);
    release();
    await told;
    expect(heard).toEqual(['DIRECT']);
  });
});
