// Temporary children beside one that falls: a restart of all ends them with the others and starts them no more.
import { describe, expect, it } from 'vitest';
import { worker } from '../../supervisors/index.ts';
import { counter, runningTree } from '../support/running-tree.ts';
import { settle } from '../support/settle.ts';
import { supervised } from '../support/supervised.ts';

const crew = [{ id: 'a' }, { id: 'bystander', restart: 'temporary' }, { id: 'c' }] as const;

describe('a temporary bystander', () => {
  it.each([
    ['one_for_one', ['exit a crash', 'start a'], ['a running', 'bystander running', 'c running']],
    ['one_for_all', ['exit a crash', 'stop c', 'stop bystander for good', 'start a', 'start c'], ['a running', 'c running']],
    ['rest_for_one', ['exit a crash', 'stop c', 'stop bystander for good', 'start a', 'start c'], ['a running', 'c running']],
  ] as const)('under %s: %j', async (strategy, history, left) => {
    const tree = await supervised({ strategy, children: [...crew] });
    await tree.crash('a');
    expect(tree.history()).toEqual(history);
    expect(tree.children()).toEqual(left);
  });

  it('before the one that fell stays, under rest_for_one', async () => {
    const tree = await supervised({ strategy: 'rest_for_one', children: [...crew] });
    await tree.crash('c');
    expect(tree.history()).toEqual(['exit c crash', 'start c']);
    expect(tree.children()).toEqual(['a running', 'bystander running', 'c running']);
  });

  it.each(['one_for_all', 'rest_for_one'] as const)('that falls itself takes nobody along and is not counted, under %s', async (strategy) => {
    const tree = await supervised({ strategy, intensity: 0, children: [...crew] });
    await tree.crash('bystander');
    expect(tree.children()).toEqual(['a running', 'c running']);
    expect(tree.ended).toBeUndefined();
  });

  it('may be started again by hand once it is gone, with another spec: nothing is kept of the first', async () => {
    const { system } = await runningTree({ strategy: 'one_for_all', children: [worker('a', counter), worker('b', counter, { restart: 'temporary', durable: true })] });
    await system.ref('b').tell({ type: 'ADD' });
    await system.kill('a');
    await settle();
    expect(system.whichChildren('').map(({ id }) => id)).toEqual(['a']);
    expect(await system.startChild('', worker('b', counter, { durable: true }))).toMatchObject({ ok: true });
    expect(await system.ref('b').ask({ type: 'GET' }, { timeoutMs: 1_000 })).toBe(0);
    await system.stop();
  });
});
