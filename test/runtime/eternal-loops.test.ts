import { describe, expect, it } from 'vitest';
import { raise, setup } from 'xstate';
import { MAX_MICROSTEPS } from '../../runtime/loop-limit.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const always = {
  initial: 'idle',
  states: { idle: { on: { GO: 'left' } }, left: { always: 'right' }, right: { always: 'left' } },
} as const;
const cycles = () =>
  [
    ['an eternal `always` cycle', setup({}).createMachine(always)],
    ['an event that it raises again for ever', setup({}).createMachine({ initial: 'idle', states: { idle: { on: { GO: { actions: raise({ type: 'GO' }) } } } } })],
  ] as const;

describe('a message that leads into', () => {
  it.each(cycles())('%s is a failed step of a durable actor: poison, and the node goes on (K7)', async (_what, logic) => {
    const node = await startNode([worker('a', logic, { durable: true }), worker('sink', recorder, { durable: true })]);
    await expect(node.ask('a', { type: 'GO' })).rejects.toMatchObject({ code: 'MessagePoisoned', message: expect.stringContaining(`${MAX_MICROSTEPS}`) });
    await node.tell('sink', { type: 'ALIVE' });
    expect([node.value('a'), node.context('sink')]).toEqual(['idle', { seen: ['ALIVE'] }]);
  });

  it.each(cycles())('%s is a crash of a volatile actor: it is restarted (K7)', async (_what, logic) => {
    const node = await startNode([worker('a', logic)]);
    await expect(node.ask('a', { type: 'GO' })).rejects.toMatchObject({ message: expect.stringContaining('Infinite loop') });
    await settle();
    expect(node.system.whichChildren('').map(({ id, state, restarts }) => [id, state, restarts])).toEqual([['a', 'running', 1]]);
    expect(node.value('a')).toBe('idle');
  });
});

describe('a machine', () => {
  it('that begins in such a cycle does not start, also as a child of a volatile one (K7)', async () => {
    const endless = setup({}).createMachine({ initial: 'left', states: { left: { always: 'right' }, right: { always: 'left' } } });
    const parent = setup({ actors: { endless } }).createMachine({
      initial: 'idle',
      states: { idle: { on: { GO: 'busy' } }, busy: { invoke: { src: 'endless', onError: 'told' } }, told: {} },
    });
    const node = await startNode([worker('parent', parent)]);
    await node.tell('parent', { type: 'GO' });
    await settle();
    expect(node.value('parent')).toBe('told');
    expect(await node.system.startChild('', worker('endless', endless, { restart: 'temporary' }))).toMatchObject({ ok: false, reason: 'start_failed' });
  });

  it('keeps a limit of its own (K7)', async () => {
    const node = await startNode([worker('a', setup({}).createMachine({ ...always, options: { maxIterations: 7 } }), { durable: true })]);
    await expect(node.ask('a', { type: 'GO' })).rejects.toMatchObject({ message: expect.stringContaining('more than 7 microsteps') });
  });
});
