import { describe, expect, it } from 'vitest';
import { type Down, describeExit } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const watch = (node: KernelNode, address: string) => {
  const seen: string[] = [];
  const stop = node.system.monitor(address, (down: Down) => void seen.push(`${down.type} ${down.address} ${describeExit(down.reason)}`));
  return { seen, stop };
};

describe.each([
  ['durable', true],
  ['volatile', false],
])('a monitor of a %s actor', (_kind, durable) => {
  it('is told once when it goes, with the reason', async () => {
    const node = await startNode([worker('a', recorder, { durable })]);
    const { seen } = watch(node, 'a');
    await node.system.kill('a');
    await node.system.kill('a', 'crash').catch(() => undefined);
    await settle();
    expect(seen).toEqual(['DOWN a killed']);
  });

  it('is told of an orderly end, and not at all when it has stopped watching', async () => {
    const node = await startNode([worker('a', recorder, { durable })]);
    const one = watch(node, 'a');
    const two = watch(node, 'a');
    two.stop();
    await node.system.terminateChild('', 'a');
    expect([one.seen, two.seen]).toEqual([['DOWN a shutdown'], []]);
  });
});

describe('a monitor', () => {
  it('of nobody is told at once', async () => {
    const node = await startNode([]);
    const { seen } = watch(node, 'nobody');
    await settle(1);
    expect(seen).toEqual(['DOWN nobody noproc']);
  });

  it('that throws disturbs neither the others nor the node', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })]);
    node.system.monitor('a', () => {
      throw new Error('planned');
    });
    const { seen } = watch(node, 'a');
    await node.system.kill('a');
    await node.tell('a', { type: 'ALIVE' });
    await settle();
    expect([seen, node.context('a')]).toEqual([['DOWN a killed'], { seen: ['ALIVE'] }]);
  });
});
