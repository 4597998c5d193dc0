// A supervisor that gives up is its parent's problem, whatever its strategy; what it had is gone before the parent acts.
import { describe, expect, it } from 'vitest';
import { describeExit, type ExitReason } from '../../runtime/index.ts';
import { dynamicSupervisor, STRATEGIES, supervisor, worker } from '../../supervisors/index.ts';
import { counter, runningTree } from '../support/running-tree.ts';
import { settle } from '../support/settle.ts';

const CREW = ['a', 'b', 'c'].map((id) => worker(id, counter));
const endOf = (reasons: ExitReason[]) => reasons.map(describeExit);

describe.each(STRATEGIES)('%s', (strategy) => {
  it('one crash too many ends its other children in reverse, then itself; its parent starts all of it anew, in order', async () => {
    const { system, log } = await runningTree({ children: [worker('aside', counter), supervisor('pool', { strategy, intensity: 0, children: CREW })] });
    await system.kill('pool/b');
    await settle();
    expect(log).toEqual(['down pool/b killed', 'down pool/c shutdown', 'down pool/a shutdown', 'down pool shutdown', 'up pool/a', 'up pool/b', 'up pool/c']);
    expect(system.countChildren('pool')).toEqual({ specs: 3, active: 3, supervisors: 0, workers: 3 });
    await system.stop();
  });

  it('a transient one that gives up is not restarted: it ends with `shutdown`, as if in order (OTP)', async () => {
    const { system, log } = await runningTree({ children: [supervisor('pool', { strategy, intensity: 0, restart: 'transient', children: CREW })] });
    await system.kill('pool/a');
    await settle();
    expect(log.filter((line) => line.startsWith('up'))).toEqual([]);
    expect(system.whichChildren('')).toMatchObject([{ id: 'pool', state: 'stopped' }]);
    await system.stop();
  });

  it('goes up level by level until somebody can afford it, and no further', async () => {
    const inner = supervisor('inner', { strategy, intensity: 0, children: CREW });
    const outer = supervisor('pool', { strategy, intensity: 0, children: [inner] });
    const { system, log, ends } = await runningTree({ intensity: 1, children: [outer] });
    await system.kill('pool/inner/c');
    await settle();
    const down = ['pool/inner/c killed', 'pool/inner/b shutdown', 'pool/inner/a shutdown', 'pool/inner shutdown', 'pool shutdown'].map((line) => `down ${line}`);
    expect(log.slice(0, 5)).toEqual(down);
    expect(log.slice(5).filter((line) => /[abc]$/.test(line))).toEqual(['up pool/inner/a', 'up pool/inner/b', 'up pool/inner/c']);
    expect(endOf(ends)).toEqual([]);
    await system.kill('pool/inner/c');
    await settle();
    expect(endOf(ends)).toEqual(['shutdown: reached_max_restart_intensity']);
  });
});

describe('a dynamic supervisor', () => {
  it('that gives up ends all it has, and comes back without its volatile children', async () => {
    const { system } = await runningTree({ children: [dynamicSupervisor('pool', { intensity: 0 })] });
    for (const id of ['a', 'b', 'c']) await system.startChild('pool', worker(id, counter));
    const down = new Promise<string>((resolve) => system.monitor('pool', ({ reason }) => resolve(describeExit(reason))));
    await system.kill('pool/b');
    expect(await down).toBe('shutdown: reached_max_restart_intensity');
    await settle();
    expect(system.countChildren('pool')).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
    await system.stop();
  });
});
