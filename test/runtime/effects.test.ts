import { describe, expect, it } from 'vitest';
import { fromCallback, sendTo, setup, spawnChild } from 'xstate';
import { effect, tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { durably, heldEffects, outcomes, restarted } from '../support/held-effects.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom, recorder } from '../support/small-actors.ts';

const { held, runs, worked } = heldEffects();

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
