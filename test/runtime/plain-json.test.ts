import { describe, expect, it } from 'vitest';
import { assign, sendTo, setup } from 'xstate';
import { type ActorLink, effect, fact, reply, tell } from '../../runtime/index.ts';
import { findNonJson } from '../../runtime/plain-json.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const FLAWED: ReadonlyArray<readonly [string, unknown]> = [
  ['a Map', new Map([[1, 2]])],
  ['a Set', new Set([1])],
  ['a BigInt', 1n],
  ['a Date', new Date(0)],
  ['a function', () => 1],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a class instance', new (class Point {})()],
  ['undefined in a list', [1, undefined]],
];
const circle: { self?: unknown } = {};
circle.self = circle;

describe('plain JSON', () => {
  it.each([...FLAWED, ['a circle', circle] as const])('is not %s, at any depth (K3)', (_what, value) => {
    expect(findNonJson({ a: [{ b: value }] })).toMatch(/^a\[0\]\.b/);
  });

  it('is what comes back from disk as it went: members that are undefined go unseen either way (K3)', () => {
    expect(findNonJson({ a: [1, 'x', null, true, { b: {} }], c: undefined })).toBeUndefined();
  });
});

describe('a durable actor', () => {
  it.each(FLAWED)('is not told %s: the sender hears it, and the message is a dead letter (K3)', async (_what, value) => {
    const node = await startNode([worker('a', recorder, { durable: true })]);
    await expect(node.tell('a', { type: 'X', value })).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(node.ask('a', { type: 'X', value })).rejects.toMatchObject({ code: 'InvalidMessage' });
    expect([node.deadLetters(), node.context('a')]).toEqual([['invalid X', 'invalid X'], { seen: [] }]);
    expect([...node.store.mail.all()]).toEqual([]);
  });

  it.each(FLAWED)('fails the step that would keep, send, answer or note %s (K3)', async (_what, value) => {
    const logic = setup({ types: { context: {} as Record<string, unknown> }, actors: { work: effect({ idempotent: true, run: async () => 1 }) } }).createMachine({
      context: {},
      initial: 'idle',
      states: {
        idle: {
          on: {
            KEEP: { actions: assign({ deep: () => ({ value }) }) },
            SEND: { actions: tell('sink', () => ({ type: 'X', value })) },
            LATER: { actions: tell('sink', () => ({ type: 'X', value }), { delay: 5 }) },
            ANSWER: { actions: reply(() => ({ value })) },
            NOTE: { actions: fact('noted', () => ({ value })) },
            RUN: 'busy',
          },
        },
        busy: { invoke: { src: 'work', input: (() => ({ value })) as never, onDone: 'idle' } },
      },
    });
    const node = await startNode([worker('sink', recorder, { durable: true }), worker('a', logic, { durable: true })]);
    for (const type of ['KEEP', 'SEND', 'LATER', 'ANSWER', 'NOTE', 'RUN']) {
      await expect(node.ask('a', { type }), type).rejects.toMatchObject({ code: 'MessagePoisoned' });
      await settle();
    }
    expect([node.value('a'), node.context('a'), node.context('sink'), node.clock.pending]).toEqual(['idle', {}, { seen: [] }, 0]);
  });

  it('gets an effect that returns what is no JSON as its error (K3)', async () => {
    const logic = setup({ actors: { work: effect({ idempotent: true, run: async () => new Map() }) } }).createMachine({
      initial: 'busy',
      states: { busy: { invoke: { src: 'work', onDone: 'done', onError: 'failed' } }, done: {}, failed: {} },
    });
    const node = await startNode([worker('a', logic, { durable: true })]);
    expect(node.value('a')).toBe('failed');
  });

  it('finds its context and its messages frozen in tests, so that a step which changes them in place fails (K3)', async () => {
    const logic = setup({ types: { context: {} as { list: number[] }, events: {} as { type: 'CONTEXT' } | { type: 'MESSAGE'; list: number[] } } }).createMachine({
      context: { list: [] },
      on: {
        CONTEXT: { actions: assign(({ context }) => void context.list.push(1) as never) },
        MESSAGE: { actions: assign(({ event }) => void event.list.push(1) as never) },
      },
    });
    const node = await startNode([worker('a', logic, { durable: true })]);
    await expect(node.ask('a', { type: 'CONTEXT' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    await expect(node.ask('a', { type: 'MESSAGE', list: [] })).rejects.toMatchObject({ code: 'MessagePoisoned' });
  });

  it('keeps refs as addresses and has them live again after a restart: in its context, in a message on disk, in a timer (K3)', async () => {
    type Kept = { readonly peer: ActorLink };
    const logic = setup({
      types: { context: {} as { peer: ActorLink | null }, events: {} as { type: 'KEEP' | 'USE' | 'PASS' | 'LATER' | 'HEAR' } | ({ type: 'GIVEN' } & Kept) },
    }).createMachine({
      context: { peer: null },
      on: {
        KEEP: { actions: assign({ peer: ({ system }) => system.get('sink') as unknown as ActorLink }) },
        USE: { actions: sendTo(({ context }) => context.peer as never, { type: 'FROM_CONTEXT' } as never) },
        PASS: { actions: tell('other', ({ context }) => ({ type: 'GIVEN', peer: context.peer })) },
        LATER: { actions: tell('other', ({ context }) => ({ type: 'GIVEN', peer: context.peer }), { delay: 50 }) },
      },
      initial: 'deaf',
      states: {
        deaf: { on: { HEAR: 'hearing' } },
        hearing: { on: { GIVEN: { actions: sendTo(({ event }) => event.peer as never, { type: 'FROM_MESSAGE' } as never) } } },
      },
    });
    const children = () => [worker('sink', recorder, { durable: true }), worker('other', logic, { durable: true, postpone: ['GIVEN'] }), worker('a', logic, { durable: true })];
    const node = await startNode(children());
    for (const type of ['KEEP', 'PASS', 'LATER'] as const) await node.tell('a', { type });
    await node.system.stop();
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await again.tell('a', { type: 'USE' });
    await again.tell('other', { type: 'HEAR' });
    await again.pass(50);
    expect(again.context('sink')).toEqual({ seen: ['FROM_CONTEXT', 'FROM_MESSAGE', 'FROM_MESSAGE'] });
    expect(again.context('a')).toEqual({ peer: { troupe$ref: 'sink' } });
  });
});
