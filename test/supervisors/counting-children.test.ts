// What a supervisor says of its children: how many specs, how many of them up, of which type.
import { describe, expect, it } from 'vitest';
import { NORMAL } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { counter, runningTree } from '../support/running-tree.ts';
import { settle } from '../support/settle.ts';
import { supervised } from '../support/supervised.ts';

describe('count_children', () => {
  it('counts specs, those that are up, supervisors and workers', async () => {
    const pool = supervisor('pool', { children: [worker('a', counter), dynamicSupervisor('many'), supervisor('few', {}), worker('b', counter, { restart: 'transient' })] });
    const { system } = await runningTree({ children: [pool] });
    expect(system.countChildren('pool')).toEqual({ specs: 4, active: 4, supervisors: 2, workers: 2 });
    await system.ref('pool/b').tell({ type: 'END' });
    await system.terminateChild('pool', 'few');
    await settle();
    expect(system.countChildren('pool')).toEqual({ specs: 4, active: 2, supervisors: 2, workers: 2 });
    await system.deleteChild('pool', 'few');
    expect(system.countChildren('pool')).toEqual({ specs: 3, active: 2, supervisors: 1, workers: 2 });
    await system.stop();
  });

  it('of a dynamic supervisor counts a spec for each child', async () => {
    const { system } = await runningTree({ children: [dynamicSupervisor('pool')] });
    expect(system.countChildren('pool')).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
    await system.startChild('pool', worker('a', counter));
    await system.startChild('pool', worker('b', counter, { restart: 'transient' }));
    expect(system.countChildren('pool')).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 });
    await system.stop();
  });

  it('counts one that is on its way back as not up', async () => {
    const backoff = { baseMs: 1_000, maxMs: 1_000, resetAfterMs: 60_000 };
    const tree = await supervised({ intensity: 5, children: [{ id: 'a', backoff }, 'b'] });
    await tree.crash('a');
    expect(tree.children()).toEqual(['a restarting', 'b running']);
    expect(tree.host.view?.count()).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 });
    await tree.pass(1_000);
    expect(tree.host.view?.count()).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 });
  });

  it('of a static supervisor still has a transient child that ended, and no temporary one', async () => {
    const tree = await supervised({ children: [{ id: 'a', restart: 'transient' }, { id: 'b', restart: 'temporary' }, 'c'] });
    await tree.exit('a', NORMAL);
    await tree.exit('b', NORMAL);
    expect(tree.host.view?.count()).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 });
  });
});
