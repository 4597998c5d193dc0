// A handle remembers whom it found, and tells nobody who is no longer there.
import { describe, expect, it } from 'vitest';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const seenBy = (node: Awaited<ReturnType<typeof startNode>>) => node.system.inspect('a')?.context;

describe('a ref', () => {
  it('reaches the successor of an actor that it has told before', async () => {
    const node = await startNode([worker('a', recorder)]);
    const ref = node.system.ref('a');
    for (const type of ['ONE', 'TWO']) await ref.tell({ type });
    await settle();
    await node.system.kill('a');
    await settle();
    await ref.tell({ type: 'THREE' });
    await ref.tell({ type: 'FOUR' });
    await settle();
    expect(seenBy(node)).toEqual({ seen: ['THREE', 'FOUR'] });
  });

  it('refuses what is the kernel’s own, to whom it has told before too', async () => {
    const node = await startNode([worker('a', recorder)]);
    const ref = node.system.ref('a');
    for (const type of ['ONE', 'TWO']) await ref.tell({ type });
    await ref.tell({ type: 'xstate.forged' }).catch(() => undefined);
    await ref.tell({ type: 'xstate.forged' }).catch(() => undefined);
    await settle();
    expect(seenBy(node)).toEqual({ seen: ['ONE', 'TWO'] });
  });

  it('tells nobody on a node that has stopped', async () => {
    const node = await startNode([worker('a', recorder)]);
    const ref = node.system.ref('a');
    for (const type of ['ONE', 'TWO']) await ref.tell({ type });
    await node.system.stop();
    await expect(ref.tell({ type: 'THREE' })).rejects.toMatchObject({ code: 'NodeStopped' });
  });
});
