import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { effect, reply, tell } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom, recorder } from '../support/small-actors.ts';

const fragile = setup({ types: { context: {} as { n: number } }, actors: { hold: effect({ idempotent: false, run: () => new Promise(() => undefined) }) } }).createMachine({
  context: { n: 0 },
  invoke: { src: 'hold', id: 'hold', onError: { actions: assign({ n: -1 }) } },
  on: {
    ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
    BAD: { actions: [tell('sink', { type: 'LEAK' }), assign(() => boom())] },
  },
});

const exits = (node: Awaited<ReturnType<typeof startNode>>) => node.telemetry.flatMap((event) => (event.kind === 'actor.exited' ? [event.address] : []));

describe('a message whose step throws', () => {
  it('is tried three times in place and ends as a dead letter with its error; its asker is told (K12)', async () => {
    const node = await startNode([worker('a', fragile, { durable: true })]);
    await expect(node.ask('a', { type: 'BAD' })).rejects.toMatchObject({ code: 'MessagePoisoned', message: expect.stringContaining('failed 3 times on BAD: planned') });
    expect(node.telemetry.flatMap((event) => (event.kind === 'actor.failed_step' ? [event.attempts] : []))).toEqual([1, 2, 3]);
    expect(node.system.deadLetters()).toMatchObject([{ reason: 'poisoned', detail: 'planned', envelope: { to: 'a', message: { type: 'BAD' } } }]);
    expect(await node.journal.deadLetters({ after: 0, limit: 9 })).toMatchObject([{ reason: 'poisoned', detail: 'planned' }]);
  });

  it.each(['one_for_one', 'one_for_all', 'rest_for_one'] as const)(
    'costs nobody anything under %s: no exit, no restart, the same epoch, its effect untouched (K12)',
    async (strategy) => {
      const tree = supervisor('tree', { strategy, intensity: 0, children: ['a', 'b', 'c'].map((id) => worker(id, fragile, { durable: true })) });
      const node = await startNode([tree, worker('sink', recorder, { durable: true })], { intensity: 0 });
      await expect(node.ask('tree/b', { type: 'BAD' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
      await node.tell('tree/b', { type: 'ADD' });
      await settle();
      expect(exits(node)).toEqual([]);
      expect(node.system.whichChildren('tree').map(({ restarts }) => restarts)).toEqual([0, 0, 0]);
      expect(node.system.inspect('tree/b')).toMatchObject({ context: { n: 1 }, epoch: 1, effects: [{ id: 'hold', state: 'started' }] });
      expect(node.context('sink')).toEqual({ seen: [] });
    },
  );

  it('has its attempts on disk: what is left of three is tried after a crash (K12)', async () => {
    let throws = true;
    const logic = setup({}).createMachine({
      on: {
        BAD: {
          actions: assign(() => {
            if (throws) boom();
            return {};
          }),
        },
      },
    });
    const node = await startNode([worker('a', logic, { durable: true })], { limits: { steps: 1 } });
    const told = node.tell('a', { type: 'BAD' });
    await told;
    while (node.store.mail.of('a')[0]?.attempts !== 2) await settle(1);
    const again = await startNode([worker('a', logic, { durable: true })], { store: node.store });
    expect(again.telemetry.filter(({ kind }) => kind === 'actor.failed_step')).toMatchObject([{ attempts: 3 }]);
    expect(again.deadLetters()).toEqual(['poisoned BAD']);
    throws = false;
  });

  it('the third in a row, with no good step between, makes the actor exit `crash`; it comes back and goes on (K12)', async () => {
    const node = await startNode([worker('a', fragile, { durable: true }), worker('sink', recorder, { durable: true })]);
    const bad = () => expect(node.ask('a', { type: 'BAD' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    await bad();
    await bad();
    await node.tell('a', { type: 'ADD' });
    await bad();
    await bad();
    expect(exits(node)).toEqual([]);
    await bad();
    await settle();
    expect(exits(node)).toEqual(['a']);
    expect(node.system.alerts()).toMatchObject([{ id: 'poison:a', text: expect.stringContaining('3 messages in a row, the last of them BAD') }]);
    expect(await node.ask('a', { type: 'GET' })).toBe(-1);
    expect(node.system.alerts()).toEqual([]);
  });

  it('holds up only its own actor, and there only what comes behind it (K12)', async () => {
    const node = await startNode([worker('a', fragile, { durable: true }), worker('sink', recorder, { durable: true })]);
    await Promise.all([node.tell('a', { type: 'ADD' }), node.tell('a', { type: 'BAD' }), node.tell('a', { type: 'ADD' }), node.tell('sink', { type: 'OTHER' })]);
    await settle();
    expect([node.context('a'), node.context('sink')]).toEqual([{ n: 2 }, { seen: ['OTHER'] }]);
  });

  it('may be a timer or a result: it is spent, and does not come again after a restart (K12)', async () => {
    const logic = setup({ actors: { work: effect({ idempotent: true, run: async () => 1 }) } }).createMachine({
      initial: 'waiting',
      states: {
        waiting: { after: { 5: { target: 'busy', actions: assign(() => boom()) } }, on: { GO: 'busy' } },
        busy: { invoke: { src: 'work', onDone: { target: 'done', actions: assign(() => boom()) }, onError: 'done' } },
        done: {},
      },
    });
    const node = await startNode([worker('a', logic, { durable: true })]);
    await node.pass(5);
    await node.tell('a', { type: 'GO' });
    await settle();
    expect(node.system.deadLetters().map(({ reason, envelope }) => [reason, envelope.message.type.split('.').slice(0, 2).join('.')])).toEqual([
      ['poisoned', 'xstate.after'],
      ['poisoned', 'xstate.done'],
    ]);
    const again = await startNode([worker('a', logic, { durable: true })], { store: node.store, clock: node.clock });
    await again.pass(1_000);
    expect(again.deadLetters()).toEqual([]);
  });

  it.each([
    ['an input that is no JSON', { idempotent: true }, { n: 1n }],
    ['an input of which nobody can say whether it may run again', { idempotent: () => boom() }, {}],
  ])('may be one that invokes an effect with %s: the node lives (K12, K3)', async (_what, spec, input) => {
    const logic = setup({ actors: { work: effect({ run: async () => 1, ...spec } as never) } }).createMachine({
      initial: 'idle',
      states: { idle: { on: { GO: 'busy' } }, busy: { invoke: { src: 'work', input: input as never, onDone: 'idle', onError: 'idle' } } },
    });
    const node = await startNode([worker('a', logic, { durable: true }), worker('sink', recorder, { durable: true })]);
    await expect(node.ask('a', { type: 'GO' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    await node.tell('sink', { type: 'ALIVE' });
    expect([node.value('a'), node.context('sink')]).toEqual(['idle', { seen: ['ALIVE'] }]);
  });
});
