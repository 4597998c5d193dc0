import { describe, expect, it } from 'vitest';
import { assign, fromCallback, fromEventObservable, fromObservable, fromPromise, setup, spawnChild } from 'xstate';
import type { CheckArgs } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { durably, heldEffects, restarted } from '../support/held-effects.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom } from '../support/small-actors.ts';

const { held, runs, worked } = heldEffects();

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
