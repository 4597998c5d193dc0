// A filter that nothing can match is a mistake, and no empty list: whoever reads `none` believes it.
import { describe, expect, it } from 'vitest';
import { runningNode } from '../../support/running-node.ts';

describe('a filter that nothing can match', () => {
  it.each([
    ['plan.list', { status: 'runing' }, 'InvalidInput', /status: Invalid option: expected one of .*"running"/],
    ['task.list', { status: 'awaiting' }, 'InvalidInput', /status: Invalid option: expected one of .*"awaiting_approval"/],
    ['request.list', { status: 'open' }, 'InvalidInput', /status: Invalid option: expected one of .*"awaiting_approval"/],
    ['deployment.list', { state: 'live' }, 'InvalidInput', /state: Invalid option: expected one of .*"promoted"/],
    ['task.list', { agent: 'tseting' }, 'NoSuchAgent', /did you mean 'testing'/],
    ['request.list', { agent: 'tseting' }, 'NoSuchAgent', /did you mean 'testing'/],
    ['task.list', { plan: 'nobody' }, 'NoSuchPlan', /no plan 'nobody'/],
    ['request.list', { plan: 'nobody' }, 'NoSuchPlan', /no plan 'nobody'/],
    ['approval.list', { plan: 'nobody' }, 'NoSuchPlan', /no plan 'nobody'/],
    ['actor.tree', { from: 'agnets' }, 'NoSuchActor', /no actor at 'agnets'/],
  ])('of %s %j is refused', async (operation, input, code, words) => {
    const node = await runningNode();
    await expect(node.run(operation, input)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it.each([
    ['plan.list', { status: 'running' }, { items: [] }],
    ['task.list', { status: 'interrupted' }, { items: [] }],
    ['task.list', { agent: 'testing' }, { items: [] }],
    ['request.list', { agent: 'testing' }, { items: [] }],
    ['deployment.list', { state: 'stuck' }, { items: [] }],
  ])('is none that nothing matches now: %s %j', async (operation, input, answer) => {
    const node = await runningNode();
    expect(await node.run(operation, input)).toMatchObject(answer);
  });

  it('is no supervisor that is there: its children are told', async () => {
    const node = await runningNode();
    expect(await node.run('actor.tree', { from: 'agents' })).toMatchObject({ tree: expect.arrayContaining([expect.objectContaining({ address: 'agents/testing' })]) });
  });
});
