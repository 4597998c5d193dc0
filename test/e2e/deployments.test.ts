// `troupe deploy`, `deployments` and `rollback` as people type them, against a started node and a repository: what is on the disk, in git, in the
// database and in the audit afterwards.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentRow } from '../../actors/read-model/index.ts';
import type { ChildProgram } from '../support/child-program.ts';
import { type Asked, type DeployedSite, deployedSite } from '../support/deployed-site.ts';
import { git } from '../support/git-repository.ts';
import { eventually, type NodeProcess, startTroupe, troupe } from '../support/node-process.ts';

interface Followed extends Asked {
  readonly status: string;
  readonly problem: string | null;
  readonly rollbackTo?: string | null;
}
interface Items<T> {
  readonly items: readonly T[];
}

let site: DeployedSite;
let node: NodeProcess;

beforeAll(async () => {
  site = await deployedSite();
  node = await site.up();
});

afterAll(async () => {
  await node.stop();
  const left = site.place.left();
  await site.place.close();
  expect(left).toEqual([]);
});

const typed = (args: readonly string[]): ChildProgram => startTroupe(site.place, [...args, '--json'], { cwd: site.repository });
const say = async <T>(...args: readonly string[]): Promise<T> => {
  const ended = await troupe(site.place, [...args, '--json'], { cwd: site.repository });
  expect([ended.code, ended.stderr], args.join(' ')).toEqual([0, '']);
  return ended.json<T>();
};

/** The request that waits; there is one. */
const waiting = (): Promise<string> => eventually('a request waits', async () => (await site.client().call<Items<{ id: string }>>('approval.list')).items[0]?.id, 60_000);

/** `deploy … --wait`, decided on meanwhile. */
async function deploy(version: string, { verify = 'test -f index.html', decide = 'approve' as 'approve' | 'deny' } = {}) {
  site.commit(version);
  const child = typed(['deploy', 'staging', version, '--source', 'public', '--verify', verify, '--wait']);
  const request = await waiting();
  await say(decide, request, '--why', 'looked at');
  const { code, json } = await child.ended(60_000);
  return { code, ...json<Followed>() };
}

async function rollback(deployment: string, decide: 'approve' | 'deny') {
  const child = typed(['rollback', deployment, '--why', 'too slow', '--wait']);
  const request = await waiting();
  const runsMeanwhile = site.running();
  await say(decide, request, '--why', 'looked at');
  const { code, json } = await child.ended(60_000);
  return { code, runsMeanwhile, ...json<Followed>() };
}

const rowOf = async (id: string): Promise<DeploymentRow> => say<DeploymentRow>('deployments', id);

describe('troupe deploy', () => {
  it('does nothing before the decision; then the version is recorded in git and in the database, backed up, laid down whole, verified and promoted', async () => {
    site.commit('1.0.0');
    const asked = await say<Asked>('deploy', 'staging', '1.0.0', '--source', 'public', '--verify', 'test -f index.html');
    expect(await waiting()).toBe(asked.deployment);
    expect([site.running(), site.lying(), (await say<Items<unknown>>('deployments')).items]).toEqual([null, [], []]);
    await say('approve', asked.deployment, '--why', 'looked at');
    const row = await site.ended(asked.deployment);
    expect([site.running(), site.lying()]).toEqual(['1.0.0', ['1.0.0']]);
    const commit = git(site.repository, 'rev-parse', `refs/troupe/deployments/${asked.deployment}`);
    expect(git(site.repository, 'show', `${commit}:public/version.txt`)).toBe('1.0.0');
    expect(git(site.repository, 'rev-parse', 'refs/troupe/deployed/staging')).toBe(commit);
    expect(await rowOf(asked.deployment)).toMatchObject({ state: 'promoted', version: '1.0.0', commit, files: 3, lastGood: null, grantedBy: expect.any(String), problem: null });
    const { items: backups } = await say<Items<{ id: string; status: string; why: string }>>('backups');
    expect(backups).toMatchObject([{ id: row.backup, status: 'verified', why: `before deployment ${asked.deployment}` }]);
  });

  it('keeps what ran when the next version is denied', async () => {
    const { code, status, problem } = await deploy('1.1.0', { decide: 'deny' });
    expect([code, status, problem]).toEqual([1, 'failed', expect.stringContaining('looked at')]);
    expect([site.running(), site.lying()]).toEqual(['1.0.0', ['1.0.0']]);
  });

  it('takes a version that does not hold back by itself, exits 1 and says so; its files are gone and the audit has every step', async () => {
    const { code, problem, deployment } = await deploy('1.1.0', { verify: 'grep -q perfect index.html' });
    expect([code, problem]).toEqual([1, expect.stringMatching(/grep -q perfect.*1\.0\.0/s)]);
    expect([site.running(), site.lying()]).toEqual(['1.0.0', ['1.0.0']]);
    expect(await site.states(deployment)).toEqual(['checking', 'backing_up', 'placing', 'leading', 'verifying', 'taking_back', 'rolled_back']);
    const { items } = await say<Items<DeploymentRow>>('deployments', '--environment', 'staging');
    expect(items.map(({ id, kind, state, within }) => [id, kind, state, within])).toEqual([
      [`${deployment}.rollback`, 'rollback', 'restored', deployment],
      [deployment, 'deploy', 'rolled_back', null],
      [expect.any(String), 'deploy', 'promoted', null],
    ]);
  });

  it('runs a version again whose number was taken back', async () => {
    const { code, status } = await deploy('1.1.0');
    expect([code, status, site.running(), site.lying()]).toEqual([0, 'succeeded', '1.1.0', ['1.0.0', '1.1.0']]);
  });
});

describe('troupe rollback', () => {
  const latest = async (): Promise<string> => (await say<Items<DeploymentRow>>('deployments', '--state', 'promoted')).items[0]?.id ?? '';

  it('waits for a decision of its own, and changes nothing when that is no', async () => {
    const answer = await rollback(await latest(), 'deny');
    expect(answer).toMatchObject({ code: 1, runsMeanwhile: '1.1.0', rollbackTo: '1.0.0' });
    expect(site.running()).toBe('1.1.0');
  });

  it('puts the version before back once it is granted, in git as well', async () => {
    const deployment = await latest();
    const answer = await rollback(deployment, 'approve');
    expect(answer).toMatchObject({ code: 0, status: 'succeeded', runsMeanwhile: '1.1.0', rollbackTo: '1.0.0' });
    expect(site.running()).toBe('1.0.0');
    const first = (await say<Items<DeploymentRow>>('deployments', '--state', 'promoted')).items.at(-1);
    expect(git(site.repository, 'rev-parse', 'refs/troupe/deployed/staging')).toBe(first?.commit);
    const again = await troupe(site.place, ['rollback', deployment]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('1.0.0')]);
  });
});

describe('a place that somebody has changed by hand', () => {
  it('is not deployed to: there would be no way back', async () => {
    const file = join(site.place.data, 'deployments', 'staging', 'versions', '1.0.0', 'version.txt');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, 'touched\n');
    const { code, problem } = await deploy('1.2.0');
    writeFileSync(file, text);
    expect([code, problem, site.running()]).toEqual([1, expect.stringContaining('1.0.0 runs there with other files than were promoted'), '1.0.0']);
  });
});

describe('the audit of deployments', () => {
  it('has every decision with its reason, and its chain is whole', async () => {
    const decided = (await site.facts('approval.decided', '.0.1')).map(({ decision, why }) => [decision, why]);
    const [yes, no] = [
      ['approved', 'looked at'],
      ['denied', 'looked at'],
    ];
    expect(decided).toEqual([yes, no, yes, ['approved', expect.any(String)], yes, no, yes, yes]);
    expect(await say('audit', 'verify')).toMatchObject({ ok: true, flaw: null });
  });
});

describe('what is wrong with a deployment is named before anybody is asked', () => {
  it.each([
    ['a version that leads elsewhere', ['deploy', 'staging', '../x'], 2, /version: .*letters, digits/],
    ['a source that is not there', ['deploy', 'staging', '2.0.0', '--source', 'pulbic'], 2, /source: .*pulbic does not exist/],
    ['an agent that nobody knows', ['deploy', 'staging', '2.0.0', '--agent', 'deploymnet'], 1, /deploymnet.*did you mean 'deployment'/],
    ['a deployment that nobody knows', ['rollback', 'deploy-0'], 1, /no deployment 'deploy-0'/],
  ])('%s', async (_what, args, code, words) => {
    const ended = await troupe(site.place, args, { cwd: site.repository });
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([code, '', expect.stringMatching(words)]);
    expect((await site.client().call<Items<unknown>>('approval.list')).items).toEqual([]);
  });
});
