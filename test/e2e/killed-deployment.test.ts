// A node that is killed at stated moments of a deployment and of its way back, and started again: it goes on, nothing of the target is ever half,
// and nothing is done twice.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asked, type DeployedSite, deployedSite } from '../support/deployed-site.ts';
import { git } from '../support/git-repository.ts';
import { eventually, type NodeProcess, ROOT } from '../support/node-process.ts';

const DEPLOYED = ['checking', 'backing_up', 'placing', 'leading', 'verifying', 'promoted'];
const TAKEN_BACK = ['checking', 'backing_up', 'placing', 'leading', 'verifying', 'taking_back', 'rolled_back'];
const RESTORED = ['checking', 'leading', 'verifying', 'restored'];

let site: DeployedSite;
let node: NodeProcess;
/** What runs, and was promoted last. */
let good = '1.0.0';
let minor = 0;

const changes = (): string => join(site.place.folder, 'changes');
const armed = (): string => `${changes()}.armed`;
/** How often a change was made, over all lives of the node. */
const made = (change: string): number =>
  readFileSync(changes(), 'utf8')
    .split('\n')
    .filter((line) => line === change).length;

/** The node dies by itself at each of these moments, and is started again each time. What is decided on runs on after the last. */
async function killedAt(
  moments: readonly string[],
  { approve, runs }: { readonly approve: string; readonly runs: readonly (string | null)[] },
  environment = 'staging',
): Promise<void> {
  let { child } = node;
  for (const [index, moment] of moments.entries()) {
    writeFileSync(armed(), moment);
    if (index === 0) await site.approve(approve);
    else child = site.begin();
    const ended = await child.ended(60_000);
    expect([moment, ended.signal, existsSync(armed())]).toEqual([moment, 'SIGKILL', false]);
    expect(runs).toContain(site.running(environment));
  }
  node = await site.up();
}

const succeeds = async ({ plan }: Asked): Promise<void> => expect(await site.client().call('plan.await', { plan, timeoutMs: 60_000 })).toMatchObject({ status: 'succeeded' });

beforeAll(async () => {
  site = await deployedSite(({ folder }) => ({ TROUPE_TEST_CHANGES: join(folder, 'changes'), NODE_OPTIONS: `--import ${join(ROOT, 'test/support/deadly-files.mjs')}` }));
  node = await site.up();
  const { deployment } = await site.asked(good);
  await site.approve(deployment);
  expect(await site.ended(deployment)).toMatchObject({ state: 'promoted', version: good });
});

afterAll(async () => {
  expect(await site.client().call('audit.verify')).toMatchObject({ ok: true, flaw: null });
  await node.stop();
  const left = site.place.left();
  await site.place.close();
  expect(left).toEqual([]);
});

describe.each(['before', 'after'])('a node that is killed right %s every change that a deployment makes', (side) => {
  it('goes on where it was, promotes the version, and makes each change once', async () => {
    const [former, next] = [good, `1.${++minor}.0`];
    const asked = await site.asked(next);
    const { deployment: id } = asked;
    const once = [
      `update-ref deployments/${id}`,
      `rename backups/deploy-${id}`,
      `rename versions/${next}`,
      `rename staging/previous to ${former}`,
      `rename staging/current to ${next}`,
    ];
    const moments = [...once, 'update-ref deployed/staging'].map((change) => `${side} ${change}`);
    await killedAt(moments, { approve: id, runs: [former, next] });
    good = next;
    expect(await site.ended(id)).toMatchObject({ state: 'promoted', version: next, lastGood: former, backup: `deploy-${id}`, problem: null, stuck: null });
    expect([site.running(), site.lying()]).toEqual([next, expect.not.arrayContaining([expect.stringMatching(/^\./)])]);
    expect(Object.fromEntries(once.map((change) => [change, made(change)]))).toEqual(Object.fromEntries(once.map((change) => [change, 1])));
    expect(git(site.repository, 'rev-parse', 'refs/troupe/deployed/staging')).toBe(git(site.repository, 'rev-parse', `refs/troupe/deployments/${id}`));
    expect([await site.states(id), (await site.facts('approval.used', id)).length]).toEqual([DEPLOYED, 1]);
    await succeeds(asked);
  });
});

describe.each(['before', 'after'])('a node that is killed right %s every change of an automatic way back', (side) => {
  it('is back at the last good version, which is whole, and has taken the other away', async () => {
    const next = `1.${++minor}.0`;
    const { deployment: id } = await site.asked(next, { verify: 'test -f not-there' });
    const [back, away] = [`rename staging/current to ${good}`, `rm versions/${next}`];
    const before = made(back);
    await killedAt([`${side} ${back}`, `${side} ${away}`], { approve: id, runs: [good, next] });
    expect(await site.ended(id)).toMatchObject({ state: 'rolled_back', lastGood: good, stuck: null, problem: { code: 'VerificationFailed' } });
    expect([site.running(), site.lying()]).toEqual([good, expect.not.arrayContaining([next])]);
    // What is taken away twice is as gone as once.
    expect(made(back) - before).toBe(1);
    expect([await site.states(id), await site.states(`${id}.rollback`)]).toEqual([TAKEN_BACK, RESTORED]);
  });
});

describe('a node that is killed while a version is verified', () => {
  it('verifies it again and promotes it', async () => {
    const [former, next] = [good, `1.${++minor}.0`];
    const gate = join(site.place.folder, 'go');
    const asked = await site.asked(next, { verify: `until test -e ${gate}; do sleep 0.1; done` });
    await site.approve(asked.deployment);
    await eventually('it is verified', async () => (await site.states(asked.deployment)).includes('verifying'), 60_000);
    await node.kill();
    expect(site.running()).toBe(next);
    writeFileSync(gate, '');
    node = await site.up();
    expect(await site.ended(asked.deployment)).toMatchObject({ state: 'promoted', lastGood: former });
    expect(await site.states(asked.deployment)).toEqual(DEPLOYED);
    await succeeds(asked);
    good = next;
  });
});

describe('a node that is killed in the middle of a rollback that somebody asked for', () => {
  const rollback = (deployment: string): Promise<Asked> => site.client().call<Asked>('deployment.rollback', { deployment, why: 'too slow' });

  it('takes the place back to the version before, once', async () => {
    const [former, next] = [good, `1.${++minor}.0`];
    const { deployment } = await site.asked(next);
    await site.approve(deployment);
    await site.ended(deployment);
    const asked = await rollback(deployment);
    const back = `rename staging/current to ${former}`;
    const before = made(back);
    await killedAt([`before ${back}`, `after ${back}`, 'after update-ref deployed/staging'], { approve: asked.deployment, runs: [former, next] });
    expect(await site.ended(asked.deployment)).toMatchObject({ state: 'restored', rollbackTo: former, problem: null });
    expect([site.running(), made(back) - before]).toEqual([former, 1]);
    expect([await site.states(asked.deployment), (await site.facts('approval.used', asked.deployment)).length]).toEqual([RESTORED, 1]);
    await succeeds(asked);
  });

  it('leaves nothing running where nothing ran before', async () => {
    const { deployment } = await site.asked('1.0.0', { environment: 'qa' });
    await site.approve(deployment);
    await site.ended(deployment);
    const asked = await rollback(deployment);
    await killedAt(['before rm qa/current', 'after rm qa/current'], { approve: asked.deployment, runs: ['1.0.0', null] }, 'qa');
    expect(await site.ended(asked.deployment)).toMatchObject({ state: 'restored', rollbackTo: null });
    expect([site.running('qa'), await site.states(asked.deployment)]).toEqual([null, RESTORED]);
    await succeeds(asked);
  });
});
