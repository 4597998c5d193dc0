// What was accepted is found from then on, also before anybody has begun with it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const TASKS = [
  { id: 'first', agent: 'testing', steps: [{ bash: 'risk HIGH first' }] },
  { id: 'second', agent: 'testing', needs: ['first'], steps: [{ bash: 'second' }] },
];

async function accepted() {
  const node = await runningNode();
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const { plan } = await node.run<{ plan: string }>('plan.run', { text: JSON.stringify({ name: 'two', workspace, tasks: TASKS }) });
  return { node, plan };
}

describe('a task of a plan that was accepted', () => {
  it.each(['first', 'second'])('is found at once, by its name and its id: %s', async (id) => {
    const { node, plan } = await accepted();
    expect(await node.run('task.status', { task: `${plan}.${id}` })).toMatchObject({ plan, id, status: 'pending', steps: [{ status: 'pending' }] });
    expect(await node.run('task.status', { task: id })).toMatchObject({ plan, id });
  });

  it('is found while it waits for another, however long', async () => {
    const { node, plan } = await accepted();
    await settle();
    await node.pass(3_600_000);
    expect(await node.run('task.status', { task: `${plan}.second` })).toMatchObject({ status: 'pending', attempts: 0 });
    expect(await node.run('task.await', { task: 'second', timeoutMs: 0 })).toMatchObject({ plan, id: 'second' });
  });

  it('that waits for another is not ended by itself, and says how it is', async () => {
    const { node, plan } = await accepted();
    await settle();
    await expect(node.run('task.cancel', { task: `${plan}.second` })).rejects.toMatchObject({
      code: 'NotDone',
      message: expect.stringContaining(`\`troupe cancel ${plan}\``),
    });
  });

  it.each(['nothing', 'nothing.at-all'])('is no other: %s is not found', async (task) => {
    const { node, plan } = await accepted();
    await expect(node.run('task.status', { task })).rejects.toMatchObject({ code: 'NoSuchTask' });
    await expect(node.run('task.status', { task: `${plan}.third` })).rejects.toMatchObject({ code: 'NoSuchTask' });
  });
});
