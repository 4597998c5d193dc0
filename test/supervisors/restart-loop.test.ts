// A child that cannot be started again, under an intensity that allows very many tries: its supervisor stays in command.
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { dynamicSupervisor, STRATEGIES, worker } from '../../supervisors/index.ts';
import { counter, runningTree } from '../support/running-tree.ts';
import { settle } from '../support/settle.ts';
import { supervised } from '../support/supervised.ts';

const MANY = 1_000_000;

/** Starts `starts` times, and never again. */
function lastingFor(starts: number) {
  let left = starts;
  return setup({}).createMachine({
    context: () => {
      left -= 1;
      if (left < 0) throw new Error('no start');
      return {};
    },
  });
}

describe.each(STRATEGIES)('%s: a restart that fails again and again', (strategy) => {
  it('lets administration in between two tries, and is ended by terminate_child', async () => {
    const tree = await supervised({ strategy, intensity: MANY, children: ['a', 'b', 'c'] });
    tree.host.failures.set('b', MANY);
    await tree.crash('b');
    expect(tree.children()).toContain('b restarting');
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'b' })).toEqual({ ok: false, reason: 'restarting' });
    expect(await tree.ask({ type: 'troupe.delete_child', id: 'b' })).toEqual({ ok: false, reason: 'restarting' });
    expect(await tree.ask({ type: 'troupe.terminate_child', id: 'b' })).toMatchObject({ ok: true });
    tree.history();
    await settle(5);
    expect(tree.history()).toEqual([]);
    expect(tree.children()).toContain('b stopped');
    expect(tree.ended).toBeUndefined();
  });

  it('does not keep the supervisor from its own end', async () => {
    const tree = await supervised({ strategy, intensity: MANY, children: ['a', 'b', 'c'] });
    tree.host.failures.set('b', MANY);
    await tree.crash('b');
    await tree.shutdown();
    expect(tree.ended).toBe('shutdown');
    expect(tree.host.alive.size).toBe(0);
  });
});

describe('on the kernel', () => {
  it('a restart that fails again and again leaves the node its other work', async () => {
    const { system } = await runningTree({ intensity: MANY, children: [worker('a', counter), worker('b', lastingFor(1))] });
    await system.kill('b');
    await system.ref('a').tell({ type: 'ADD' });
    expect(await system.ref('a').ask({ type: 'GET' }, { timeoutMs: 1_000 })).toBe(1);
    expect(system.whichChildren('')).toMatchObject([
      { id: 'a', state: 'running' },
      { id: 'b', state: 'restarting' },
    ]);
    await system.stop();
  });

  it('and so it does under a dynamic supervisor, whose other children are started and ended meanwhile', async () => {
    const { system } = await runningTree({ children: [dynamicSupervisor('pool', { intensity: MANY })] });
    await system.startChild('pool', worker('b', lastingFor(1)));
    await system.kill('pool/b');
    await settle(2);
    expect(await system.startChild('pool', worker('c', counter))).toMatchObject({ ok: true });
    expect(await system.terminateChild('pool', 'b')).toMatchObject({ ok: true });
    expect(system.whichChildren('pool').map(({ id }) => id)).toEqual(['c']);
    await system.stop();
  });
});
