import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PlanReport } from '../../../actors/work/types.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { FAILED, OK } from '../../support/turn-script.ts';

interface Asked {
  readonly deployment: string;
  readonly plan: string;
  readonly rollbackTo?: string | null;
}
type Row = Readonly<Record<string, unknown>>;

async function deploying(holds: (version: string) => boolean = () => true) {
  const node: TestNode = await runningNode({ answers: (command) => (holds(command) ? OK : FAILED) });
  // One folder for the deployments of every plan, as a node has it.
  const { surroundings } = node.services;
  Object.assign(node.services, { surroundings: (_planId: string, folder: string) => surroundings('all', folder) });
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const decide = async (request: string, decision: 'approve' | 'deny' = 'approve'): Promise<void> => {
    await settle();
    await node.run('approval.decide', { request, decision, ...(decision === 'deny' ? { reason: 'no' } : {}) });
    for (let turns = 0; turns < 8; turns += 1) await node.pass(250);
  };
  const start = (version: string): Promise<Asked> => {
    node.services.deployDriver.content = `content ${version}`;
    return node.run<Asked>('deployment.start', { environment: 'production', version, workspace, verify: `holds ${version}`, agent: 'backend-api' });
  };
  return {
    node,
    start,
    decide,
    deploy: async (version: string): Promise<Asked> => {
      const asked = await start(version);
      await decide(asked.deployment);
      return asked;
    },
    rollback: (deployment: string) => node.run<Asked>('deployment.rollback', { deployment, why: 'too slow', agent: 'backend-api' }),
    row: (deployment: string) => node.run<Row>('deployment.status', { deployment }),
    running: () => [...node.services.deployDriver.places.values()].map(({ current }) => current),
    report: (plan: string) => node.run<PlanReport>('plan.status', { plan }),
  };
}

describe('deployment.start', () => {
  it('in a fleet in which nobody can, says so before anything is asked for', async () => {
    const node = await runningNode();
    const asked = node.run('deployment.start', { environment: 'production', version: '1.0', workspace: node.folder });
    await expect(asked).rejects.toMatchObject({ code: 'InvalidInput', message: expect.stringContaining("nobody in this fleet has the capability 'deploy'") });
  });

  it('asks, does nothing before the decision, and is listed with what became of it', async () => {
    const { node, start, decide, row, running, report } = await deploying();
    const { deployment, plan } = await start('1.0.0');
    await settle();
    expect(await node.run<{ items: readonly Row[] }>('approval.list')).toMatchObject({ items: [{ id: deployment, risk: 'HIGH', action: { type: 'DEPLOYMENT' } }] });
    await expect(row(deployment)).rejects.toMatchObject({ code: 'NoSuchDeployment' });
    await decide(deployment);
    expect(running()).toEqual(['1.0.0']);
    expect(await row(deployment)).toMatchObject({
      state: 'promoted',
      kind: 'deploy',
      environment: 'production',
      version: '1.0.0',
      grantedBy: 'ann',
      lastGood: null,
      problem: null,
    });
    expect(await report(plan)).toMatchObject({ status: 'succeeded', tasks: [{ steps: [{ type: 'deploy', status: 'succeeded', result: { version: '1.0.0' } }] }] });
  });

  it('leaves everything as it is when it is denied', async () => {
    const { node, start, decide, running, report } = await deploying();
    const { deployment, plan } = await start('1.0.0');
    await decide(deployment, 'deny');
    expect(await report(plan)).toMatchObject({ status: 'failed' });
    expect([running(), (await node.run<{ items: unknown[] }>('deployment.list')).items]).toEqual([[], []]);
  });

  it('tells in the list of both what did not hold and its way back', async () => {
    const { node, deploy, running } = await deploying((command) => command !== 'holds 2.0.0');
    await deploy('1.0.0');
    const { deployment } = await deploy('2.0.0');
    expect(running()).toEqual(['1.0.0']);
    const { items } = await node.run<{ items: readonly Row[] }>('deployment.list', { environment: 'production' });
    expect(items.map(({ id, kind, state, lastGood, within }) => [id, kind, state, lastGood, within])).toEqual([
      [`${deployment}.rollback`, 'rollback', 'restored', '1.0.0', deployment],
      [deployment, 'deploy', 'rolled_back', '1.0.0', null],
      [expect.any(String), 'deploy', 'promoted', null, null],
    ]);
    expect(items[1]).toMatchObject({ problem: { code: 'VerificationFailed' } });
  });
});

describe('what is wrong with a deployment', () => {
  it.each([
    ['version', { version: '../x' }, /version: letters, digits/],
    ['environment', { environment: 'a b' }, /environment: letters, digits/],
    ['source that is not there', { source: 'pulbic' }, /source: .*pulbic does not exist/],
    ['source that leads out', { source: 'a/../../data' }, /source: leads out/],
    ['source that is a file', { source: 'a.txt' }, /source: .*a.txt is a file: name its folder/],
    ['target that leads out', { target: '/etc' }, /target: leads out/],
    ['agent', { agent: 'deploymnet' }, /no agent 'deploymnet'/],
    ['workspace', { workspace: '/nonexistent' }, /nonexistent does not exist/],
  ])('is named before anybody is asked: its %s', async (_what, wrong, words) => {
    const { node } = await deploying();
    const workspace = join(node.folder, 'work');
    writeFileSync(join(workspace, 'a.txt'), 'a\n');
    const asked = node.run('deployment.start', { environment: 'staging', version: '1.0.0', workspace, source: '.', agent: 'backend-api', ...wrong });
    await expect(asked).rejects.toMatchObject({ message: expect.stringMatching(words) });
    await settle();
    expect(await node.run('plan.list')).toMatchObject({ items: [] });
  });
});

describe('deployment.rollback', () => {
  it('waits for a decision of its own, and then the version before runs', async () => {
    const { deploy, rollback, decide, row, running, node } = await deploying();
    await deploy('1.0.0');
    const { deployment } = await deploy('2.0.0');
    const back = await rollback(deployment);
    expect(back).toMatchObject({ rollbackTo: '1.0.0' });
    await settle();
    expect(running()).toEqual(['2.0.0']);
    expect(await node.run<{ items: readonly Row[] }>('approval.list')).toMatchObject({
      items: [{ id: back.deployment, action: { payload: { version: '2.0.0', rollbackTo: '1.0.0', verify: 'holds 1.0.0' } } }],
    });
    await decide(back.deployment);
    expect(running()).toEqual(['1.0.0']);
    expect(await row(back.deployment)).toMatchObject({ kind: 'rollback', state: 'restored', rollbackTo: '1.0.0', within: null });
  });

  it('from the first version leads to nothing', async () => {
    const { deploy, rollback, decide, running } = await deploying();
    const { deployment } = await deploy('1.0.0');
    const back = await rollback(deployment);
    expect(back.rollbackTo).toBeNull();
    await decide(back.deployment);
    expect(running()).toEqual([null]);
  });

  it('that is denied changes nothing', async () => {
    const { deploy, rollback, decide, running } = await deploying();
    await deploy('1.0.0');
    const { deployment } = await deploy('2.0.0');
    await decide((await rollback(deployment)).deployment, 'deny');
    expect(running()).toEqual(['2.0.0']);
  });

  it('is refused for what does not run, for a way back, and for what is not there', async () => {
    const { deploy, rollback, decide } = await deploying();
    const first = await deploy('1.0.0');
    const second = await deploy('2.0.0');
    await expect(rollback(first.deployment)).rejects.toMatchObject({ code: 'NotDone', message: expect.stringContaining(`2.0.0 of ${second.deployment} runs there`) });
    const back = await rollback(second.deployment);
    await decide(back.deployment);
    await expect(rollback(back.deployment)).rejects.toMatchObject({ code: 'NotDone', message: expect.stringContaining('is a way back itself') });
    await expect(rollback('nothing')).rejects.toMatchObject({ code: 'NoSuchDeployment' });
  });
});
