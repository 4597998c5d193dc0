import { describe, expect, it } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { effect, fact, reply, startChild, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import type { Fault } from '../support/faulty-journal.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

/** Everything a step can want of the world, in one step. */
function everything() {
  const world: string[] = [];
  const logic = setup({
    types: { context: {} as { n: number }, emitted: {} as { type: 'seen' } },
    actors: { work: effect({ idempotent: false, run: async ({ tell: send }) => send('volatile', { type: 'FROM_EFFECT' }) }) },
  }).createMachine({
    context: { n: 0 },
    initial: 'idle',
    states: {
      idle: {
        on: {
          GO: {
            target: 'busy',
            actions: [
              assign({ n: ({ context }) => context.n + 1 }),
              reply('answered'),
              tell('volatile', { type: 'TO_VOLATILE' }),
              tell('durable', { type: 'TO_DURABLE' }),
              tell('nobody', { type: 'TO_NOBODY' }),
              emit({ type: 'seen' }),
              fact('noted', {}),
              startChild('many', { template: 'one', id: 'x', input: null }),
              () => void world.push('custom'),
            ],
          },
        },
      },
      busy: { invoke: { src: 'work', onError: 'idle' }, after: { 50: 'idle' } },
    },
  });
  const one = () => worker('x', recorder, { durable: true, restart: 'transient' });
  const children = [
    worker('durable', recorder, { durable: true }),
    worker('volatile', recorder),
    dynamicSupervisor('many', { durable: true, templates: { one } }),
    worker('a', logic, { durable: true }),
  ];
  return { children, world };
}

const SILENT = ['journal.unavailable', 'journal.recovered'];

/** What anybody outside can see of the node. */
function seen(node: KernelNode, world: readonly string[]) {
  return {
    world: [...world],
    volatile: node.context('volatile').seen,
    deadLetters: node.deadLetters(),
    children: node.system.whichChildren('many').map(({ id }) => id),
    telemetry: node.telemetry.splice(0).filter(({ kind }) => !SILENT.includes(kind)),
    timers: node.clock.pending,
    facts: node.store.facts.filter(({ kind }) => kind === 'noted').length,
  };
}
const NOTHING = { world: [], volatile: [], deadLetters: [], children: [], telemetry: [], facts: 0 };

describe('what a step wants', () => {
  it('leaves nothing behind while its commit is on its way, and all of it once it is there (K9)', async () => {
    const { children, world } = everything();
    const node = await startNode(children);
    node.telemetry.splice(0);
    const release = node.journal.holdCommits();
    const answer = node.ask('a', { type: 'GO' });
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    await settle();
    // The one timer is the ask's deadline.
    expect({ ...seen(node, world), answered }).toEqual({ ...NOTHING, timers: 1, answered: false });
    release();
    expect(await answer).toBe('answered');
    await settle();
    expect(seen(node, world)).toMatchObject({
      world: ['custom'],
      volatile: ['TO_VOLATILE', 'FROM_EFFECT'],
      deadLetters: ['noproc TO_NOBODY'],
      children: ['x'],
      // Its `after`, and the look at dynamic children that have been idle for long.
      timers: 2,
      facts: 1,
    });
    expect([node.value('a'), node.context('durable')]).toEqual(['busy', { seen: ['TO_DURABLE'] }]);
  });

  it.each(['refused', 'vanished'] as const)('is gone without a trace when the commit was %s; told again, it happens once (K9)', async (fault: Fault) => {
    const { children, world } = everything();
    const node = await startNode(children);
    node.telemetry.splice(0);
    node.journal.failNext(fault);
    await expect(node.ask('a', { type: 'GO' }, { id: 'go' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    // The one timer is the journal's: it is tried again by itself.
    expect(seen(node, world)).toEqual({ ...NOTHING, timers: 1 });
    expect([node.value('a'), node.context('a'), node.context('durable'), node.system.history('a').length]).toEqual(['idle', { n: 0 }, { seen: [] }, 1]);
    expect(await node.ask('a', { type: 'GO' }, { id: 'go' })).toBe('answered');
    await settle();
    expect(seen(node, world)).toMatchObject({ world: ['custom'], volatile: ['TO_VOLATILE', 'FROM_EFFECT'], deadLetters: ['noproc TO_NOBODY'], children: ['x'], facts: 1 });
    expect([node.context('a'), node.context('durable')]).toEqual([{ n: 1 }, { seen: ['TO_DURABLE'] }]);
  });

  it('and what others did because of it falls together: nothing rests on a batch that was not written (K9)', async () => {
    const first = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      on: { GO: { actions: [assign({ n: ({ context }) => context.n + 1 }), tell('second', { type: 'ON' })] } },
    });
    const second = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      on: { ON: { actions: [assign({ n: ({ context }) => context.n + 1 }), tell('third', { type: 'ON' })] } },
    });
    const node = await startNode([worker('third', recorder, { durable: true }), worker('second', second, { durable: true }), worker('first', first, { durable: true })]);
    node.journal.failNext('refused');
    const release = node.journal.holdCommits();
    const lost = node.tell('first', { type: 'GO' });
    const refused = expect(lost).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    // Accepted while the commit is on its way: no step is taken over it.
    const kept = node.tell('first', { type: 'GO' }, { id: 'kept' });
    const keptRefused = expect(kept).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect(node.context('first')).toEqual({ n: 1 });
    release();
    await Promise.all([refused, keptRefused]);
    await settle();
    expect([node.context('first'), node.context('second'), node.context('third')]).toEqual([{ n: 0 }, { n: 0 }, { seen: [] }]);
    await node.tell('first', { type: 'GO' }, { id: 'kept' });
    await settle();
    expect([node.context('first'), node.context('second'), node.context('third')]).toEqual([{ n: 1 }, { n: 1 }, { seen: ['ON'] }]);
  });
});

describe('a message of a durable actor to a volatile one', () => {
  const sender = setup({}).createMachine({ on: { GO: { actions: tell('volatile', { type: 'HELLO' }) } } });

  it('leaves after the commit and at most once: what the receiver did not take before its crash is lost (K14)', async () => {
    const children = () => [worker('volatile', recorder), worker('a', sender, { durable: true })];
    const node = await startNode(children());
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'GO' });
    await settle();
    expect(node.context('volatile')).toEqual({ seen: [] });
    release();
    await told;
    await settle();
    expect(node.context('volatile')).toEqual({ seen: ['HELLO'] });
    const again = await startNode(children(), { store: node.store });
    expect(again.context('volatile')).toEqual({ seen: [] });
  });

  it('is a dead letter when nobody is there; along a chain of durable actors it waits for the receiver instead (K14)', async () => {
    const node = await startNode([worker('durable', recorder, { durable: true }), worker('volatile', recorder, { restart: 'temporary' }), worker('a', sender, { durable: true })]);
    await node.system.kill('volatile');
    await settle();
    await node.tell('a', { type: 'GO' });
    await settle();
    expect(node.deadLetters()).toEqual(['noproc HELLO']);
    const killed = node.system.kill('durable');
    await node.tell('durable', { type: 'MEANWHILE' });
    await killed;
    await settle();
    expect(node.context('durable')).toEqual({ seen: ['MEANWHILE'] });
  });
});
