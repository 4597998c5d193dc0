import { describe, expect, it } from 'vitest';
import { createActor, fromTransition } from 'xstate';
import { type Outputs, outputs } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom, recorder } from '../support/small-actors.ts';

/** Counts what it gets, and answers GET with the count. `does` is what else a message makes it want. */
const counter = (does: Readonly<Record<string, (words: Outputs) => void>> = {}) =>
  fromTransition(
    (state: { n: number }, message: { readonly type: string }, scope) => {
      const words = outputs(scope);
      does[message.type]?.(words);
      if (message.type === 'GET') words.reply(state.n);
      return { n: state.n + 1 };
    },
    { n: 0 },
  );

describe.each([
  ['durable', true],
  ['volatile', false],
])('the transition logic of a %s actor', (_kind, durable) => {
  const start = (does: Readonly<Record<string, (words: Outputs) => void>>) =>
    startNode([worker('sink', recorder, { durable, groups: ['sinks'] }), worker('a', counter(does), { durable })]);

  it('answers the ask that it takes, at once or later by name (K23)', async () => {
    const node = await start({ LATER: (words) => words.deferReply('x'), ANSWER: (words) => words.reply('at last', { to: 'x' }) });
    expect(await node.ask('a', { type: 'GET' })).toBe(0);
    const later = node.ask('a', { type: 'LATER' });
    await settle();
    await node.tell('a', { type: 'ANSWER' });
    expect(await later).toBe('at last');
  });

  it('tells actors and groups, at once or after a delay (K2)', async () => {
    const node = await start({
      GO: (words) => {
        words.tell('sink', { type: 'NOW' });
        words.tellGroup('sinks', { type: 'ALL' });
        words.tell('sink', { type: 'LATER' }, { delay: 5, id: 'later' });
      },
    });
    await node.tell('a', { type: 'GO' });
    await settle();
    expect(node.context('sink')).toEqual({ seen: ['NOW', 'ALL'] });
    await node.pass(5);
    expect(node.context('sink')).toEqual({ seen: ['NOW', 'ALL', 'LATER'] });
  });

  it('wants nothing when it throws: what it had collected is gone (K2)', async () => {
    const node = await start({
      BAD: (words) => {
        words.tell('sink', { type: 'LEAK' });
        words.reply('leak');
        boom();
      },
    });
    await expect(node.ask('a', { type: 'BAD' })).rejects.toThrow();
    await settle();
    expect(node.context('sink')).toEqual({ seen: [] });
  });

  it('without a target fails its step (K4)', async () => {
    const node = await start({ BAD: (words) => words.tell(undefined as never, { type: 'LOST' }) });
    await expect(node.ask('a', { type: 'BAD' })).rejects.toThrow('(K4)');
  });
});

describe('the outputs of a step', () => {
  it('are facts of its commit too', async () => {
    const node = await startNode([worker('a', counter({ GO: (words) => words.fact('counter.went', { by: 1 }) }), { durable: true })]);
    await node.tell('a', { type: 'GO' });
    expect(node.store.facts.filter(({ kind }) => kind === 'counter.went').map(({ body }) => JSON.parse(body))).toEqual([{ address: 'a', by: 1 }]);
  });

  it('are there only while it lasts: kept for later they are an error', async () => {
    let kept: Outputs | undefined;
    const node = await startNode([
      worker(
        'a',
        counter({
          GO: (words) => {
            kept = words;
          },
        }),
      ),
    ]);
    await node.tell('a', { type: 'GO' });
    await settle();
    expect(() => kept?.tell('a', { type: 'LATE' })).toThrow('no step in progress');
  });

  it('are none of an actor that XState runs by itself', () => {
    const errors: unknown[] = [];
    const actor = createActor(counter());
    actor.subscribe({ error: (error) => void errors.push(error) });
    actor.start();
    actor.send({ type: 'GET' });
    expect(errors).toMatchObject([{ message: 'only a step of a cell has outputs' }]);
  });
});
