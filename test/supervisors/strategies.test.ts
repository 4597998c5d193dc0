import { describe, expect, it } from 'vitest';
import { NORMAL } from '../../runtime/index.ts';
import type { Strategy } from '../../supervisors/index.ts';
import { supervised } from '../support/supervised.ts';

const CREW = ['planner', 'coder', 'reviewer'];

interface Row {
  readonly strategy: Strategy;
  /** coder falls. */
  readonly base: readonly string[];
  /** coder falls, and its first restart fails. */
  readonly selfFails: readonly string[];
  /** coder falls, and the first restart of another one fails. */
  readonly otherFails: { readonly other: string; readonly history: readonly string[] };
}

// strategy × {base, the child itself fails to restart, another one fails to restart}
const table: readonly Row[] = [
  {
    strategy: 'one_for_one',
    base: ['start coder'],
    selfFails: ['fail coder', 'start coder'],
    otherFails: { other: 'reviewer', history: ['start coder'] },
  },
  {
    strategy: 'one_for_all',
    base: ['stop reviewer', 'stop planner', 'start planner', 'start coder', 'start reviewer'],
    selfFails: ['stop reviewer', 'stop planner', 'start planner', 'fail coder', 'stop planner', 'start planner', 'start coder', 'start reviewer'],
    otherFails: {
      other: 'reviewer',
      history: ['stop reviewer', 'stop planner', 'start planner', 'start coder', 'fail reviewer', 'stop coder', 'stop planner', 'start planner', 'start coder', 'start reviewer'],
    },
  },
  {
    strategy: 'rest_for_one',
    base: ['stop reviewer', 'start coder', 'start reviewer'],
    selfFails: ['stop reviewer', 'fail coder', 'start coder', 'start reviewer'],
    otherFails: { other: 'reviewer', history: ['stop reviewer', 'start coder', 'fail reviewer', 'start reviewer'] },
  },
];

describe.each(table)('$strategy', ({ strategy, base, selfFails, otherFails }) => {
  const crew = (intensity: number) => supervised({ strategy, intensity, children: CREW });

  it('restarts what it should, in order', async () => {
    const tree = await crew(1);
    await tree.crash('coder');
    expect(tree.history()).toEqual(['exit coder crash', ...base]);
    expect(tree.children()).toEqual(CREW.map((id) => `${id} running`));
  });

  it('counts a restart that fails, and tries again', async () => {
    const tree = await crew(2);
    tree.host.failures.set('coder', 1);
    await tree.crash('coder');
    expect(tree.history()).toEqual(['exit coder crash', ...selfFails]);
    expect(tree.ended).toBeUndefined();
  });

  it('goes on from the sibling that failed to restart', async () => {
    const tree = await crew(2);
    tree.host.failures.set(otherFails.other, 1);
    await tree.crash('coder');
    expect(tree.history()).toEqual(['exit coder crash', ...otherFails.history]);
    expect(tree.children()).toEqual(CREW.map((id) => `${id} running`));
    expect(tree.phase).toEqual({ running: 'steady' });
  });

  it('gives up when failures to restart use up the intensity, and ends its children in reverse', async () => {
    const tree = await crew(3);
    tree.host.failures.set('coder', 99);
    await tree.crash('coder');
    expect(tree.ended).toBe('shutdown: reached_max_restart_intensity');
    expect(tree.history().filter((line) => line === 'fail coder')).toHaveLength(3);
    expect(tree.host.alive.size).toBe(0);
  });

  it('gives up at one crash more than the intensity, and ends the others in reverse order', async () => {
    const tree = await crew(1);
    await tree.crash('coder');
    tree.history();
    await tree.crash('coder');
    expect(tree.ended).toBe('shutdown: reached_max_restart_intensity');
    expect(tree.history()).toEqual(['exit coder crash', 'stop reviewer', 'stop planner']);
    expect(tree.phase).toBe('ended');
  });

  it('forgets crashes that are older than its period', async () => {
    const tree = await crew(1);
    for (let round = 0; round < 5; round += 1) {
      await tree.crash('coder');
      await tree.pass(5_001);
    }
    expect(tree.ended).toBeUndefined();
  });
});

describe('siblings in a restart', () => {
  it('rest_for_one also restarts every child started after it, in start order', async () => {
    const tree = await supervised({ strategy: 'rest_for_one', children: CREW });
    await tree.crash('planner');
    expect(tree.history()).toEqual(['exit planner crash', 'stop reviewer', 'stop coder', 'start planner', 'start coder', 'start reviewer']);
  });

  it('that are temporary are ended and not started again', async () => {
    const tree = await supervised({ strategy: 'one_for_all', children: ['a', { id: 'b', restart: 'temporary' }, 'c'] });
    await tree.crash('a');
    expect(tree.history()).toEqual(['exit a crash', 'stop c', 'stop b for good', 'start a', 'start c']);
    expect(tree.children()).toEqual(['a running', 'c running']);
  });

  it('that had ended, or were terminated by hand, start along with the others (OTP)', async () => {
    const tree = await supervised({ strategy: 'one_for_all', children: ['a', { id: 'b', restart: 'transient' }, 'c'] });
    await tree.exit('b', NORMAL);
    await tree.ask({ type: 'troupe.terminate_child', id: 'c' });
    tree.history();
    await tree.crash('a');
    expect(tree.history()).toEqual(['exit a crash', 'start a', 'start b', 'start c']);
  });

  it('whose fall is still in the mailbox are not counted twice: they are restarted once, with the others', async () => {
    const tree = await supervised({ strategy: 'one_for_all', intensity: 1, children: ['a', 'b', 'c'] });
    tree.fall('a', { kind: 'crash', message: 'one' });
    tree.fall('b', { kind: 'crash', message: 'two' });
    await tree.pass(0);
    expect(tree.history()).toEqual(['exit a crash', 'exit b crash', 'stop c', 'start a', 'start b', 'start c']);
    expect(tree.ended).toBeUndefined();
  });

  it('that fall while others are being restarted are restarted after them', async () => {
    const tree = await supervised({ intensity: 5, children: ['a', 'b'] });
    const goOn = tree.host.holdStart('a');
    await tree.crash('a');
    await tree.crash('b');
    expect(tree.history()).toEqual(['exit a crash', 'exit b crash']);
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['start a', 'start b']);
  });

  it('that fell before a start failed are counted before that failure is (OTP)', async () => {
    const tree = await supervised({ intensity: 2, children: ['a', 'b'] });
    tree.host.failures.set('a', 9);
    tree.fall('a', { kind: 'crash', message: 'one' });
    tree.fall('b', { kind: 'crash', message: 'two' });
    await tree.pass(0);
    expect(tree.history()).toEqual(['exit a crash', 'exit b crash', 'fail a', 'start b', 'stop b']);
    expect(tree.ended).toBe('shutdown: reached_max_restart_intensity');
  });
});
