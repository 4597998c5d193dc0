// A node that is killed at every change that a deployment makes to processes, and started again: in the end exactly one version runs, the right
// one, in one process, and the audit tells how it came there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentRow } from '../../actors/read-model/index.ts';
import { endGiven, findGiven } from '../../actors/session/owned-processes.ts';
import { systemClock } from '../../runtime/index.ts';
import { SERVER } from '../support/deployed-program.ts';
import { type Asked, type DeployedSite, deployedSite } from '../support/deployed-site.ts';
import { freePort } from '../support/free-port.ts';
import { eventually, type NodeProcess, ROOT, troupe } from '../support/node-process.ts';

const DEPLOYED = ['checking', 'backing_up', 'placing', 'leading', 'verifying', 'promoted'];
const PATIENCE_MS = 60_000;

/** Two ports: versions run beside each other for a while. */
const BESIDE = 'staging';
/** One: in each other's place. */
const ALONE = 'qa';

let site: DeployedSite;
let node: NodeProcess;
let ports: Readonly<Record<string, readonly number[]>> = {};

const root = (): string => join(site.place.data, 'processes');
const changes = (): string => join(site.place.folder, 'changes');
const armed = (): string => `${changes()}.armed`;

const targetText = (name: string, of: readonly number[]): string =>
  [
    `  - name: ${name}`,
    `    run: [${process.execPath}, server.mjs]`,
    `    ports: [${of.join(', ')}]`,
    "    health: { url: 'http://127.0.0.1:{{port}}/', withinMs: 60000, everyMs: 500 }",
    '    stop: { graceMs: 30000 }',
  ].join('\n');

/** Runs of which something lives. */
function living(target: string): readonly string[] {
  const ids = findGiven(join(root(), target)).map(({ pid }) => new RegExp(`TMPDIR=${root()}/${target}/([^/\\0]+)`).exec(environmentOf(pid))?.[1]);
  return [...new Set(ids.filter((id) => id !== undefined))].sort();
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

const answers = (target: string): Promise<readonly (string | null)[]> =>
  Promise.all(
    (ports[target] ?? []).map((port) =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.text(),
        () => null,
      ),
    ),
  );

/** Exactly one process, of that version; null: none. */
async function runsAlone(target: string, version: string | null): Promise<void> {
  const wanted = version === null ? [] : [version];
  await eventually(
    `only ${version} runs in ${target}`,
    async () => living(target).length === wanted.length && JSON.stringify((await answers(target)).filter((text) => text !== null)) === JSON.stringify(wanted),
    PATIENCE_MS,
  );
  const book = JSON.parse(readFileSync(join(root(), target, 'runs.json'), 'utf8')) as { runs: ReadonlyArray<{ id: string; version: string }> };
  expect(book.runs.map((run) => [run.id, run.version])).toEqual(wanted.map((each) => [living(target)[0], each]));
}

/** The node dies by itself at each of these moments, and is started again each time. What is decided on runs on after the last. */
async function killedAt(moments: readonly string[], approve: string): Promise<void> {
  let { child } = node;
  for (const [index, moment] of moments.entries()) {
    writeFileSync(armed(), moment);
    if (index === 0) await site.approve(approve);
    else child = site.begin();
    const ended = await child.ended(PATIENCE_MS);
    expect([moment, ended.signal]).toEqual([moment, 'SIGKILL']);
  }
  node = await site.up();
}

const asked = (version: string, environment: string, files: Readonly<Record<string, string>> = {}): Promise<Asked> => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(site.repository, 'public', name), text);
  return site.asked(version, { environment, verify: 'test -f server.mjs' });
};

async function deployed(version: string, environment: string): Promise<void> {
  const { deployment } = await asked(version, environment);
  await site.approve(deployment);
  expect(await site.ended(deployment)).toMatchObject({ state: 'promoted', version });
  await runsAlone(environment, version);
}

beforeAll(async () => {
  ports = { [BESIDE]: [await freePort(), await freePort()], [ALONE]: [await freePort()] };
  site = await deployedSite(({ folder }) => ({ TROUPE_TEST_CHANGES: join(folder, 'changes'), NODE_OPTIONS: `--import ${join(ROOT, 'test/support/deadly-files.mjs')}` }), {
    args: ({ folder }) => ['--config', join(folder, 'fleet.yaml')],
    files: { 'public/server.mjs': SERVER },
  });
  const targets = Object.entries(ports).map(([name, of]) => targetText(name, of));
  const agents = ['  - { name: supervisor, role: supervisor }', '  - { name: deployment, capabilities: [deploy] }'];
  writeFileSync(join(site.place.folder, 'fleet.yaml'), ['agents:', ...agents, 'targets:', ...targets, ''].join('\n'));
  node = await site.up();
  await deployed('1.0.0', BESIDE);
  await deployed('1.0.0', ALONE);
});

afterAll(async () => {
  try {
    expect(await site.client().call('audit.verify')).toMatchObject({ ok: true, flaw: null });
    await node.stop();
    expect([living(BESIDE), living(ALONE), site.place.left()]).toEqual([[], [], []]);
  } finally {
    await endGiven(root(), { clock: systemClock, graceMs: 0 });
    await site.place.close();
  }
});

/** Of the run that lives, what the audit says of it. */
async function told(target: string): Promise<readonly string[]> {
  const [id] = living(target);
  const kinds = ['process.started', 'process.found'];
  const facts = await Promise.all(kinds.map(async (kind) => (await site.facts(kind, target)).filter((body) => body.id === id).map(() => kind)));
  return facts.flat();
}

describe('a node that is killed at every change of processes', () => {
  it('right after it, while versions run beside each other: the new one is promoted, and the old one is gone', async () => {
    const { deployment } = await asked('1.1.0', BESIDE);
    const start = ['rename staging/runs.json', 'spawn staging/staging.2', 'rename staging.2/process.json'];
    const end = ['rename staging/current to 1.1.0', 'rename staging/runs.json', 'end staging/staging.1'];
    await killedAt(
      [...start, ...end].map((change) => `after ${change}`),
      deployment,
    );
    expect(await site.ended(deployment)).toMatchObject({ state: 'promoted', version: '1.1.0', lastGood: '1.0.0', problem: null });
    await runsAlone(BESIDE, '1.1.0');
    expect([await site.states(deployment), (await site.facts('approval.used', deployment)).length]).toEqual([DEPLOYED, 1]);
    expect(await told(BESIDE)).toContain('process.found');
  });

  it('right before it, in place of the old version: that is gone before the new one starts, which runs once', async () => {
    const { deployment } = await asked('1.1.0', ALONE);
    const moments = ['rename qa/runs.json', 'end qa/qa.1', 'spawn qa/qa.2', 'rename qa.2/process.json'];
    await killedAt(
      moments.map((change) => `before ${change}`),
      deployment,
    );
    expect(await site.ended(deployment)).toMatchObject({ state: 'promoted', version: '1.1.0', lastGood: '1.0.0', problem: null });
    await runsAlone(ALONE, '1.1.0');
    expect(await site.states(deployment)).toEqual(DEPLOYED);
    expect(await told(ALONE)).not.toEqual([]);
  });

  it('of the way back from a version that cannot start: the old one runs again, once', async () => {
    const { deployment } = await asked('1.2.0', ALONE, { broken: '' });
    await killedAt(['after rename qa/current to 1.1.0', 'after spawn qa/qa.4'], deployment);
    expect(await site.ended(deployment)).toMatchObject({ state: 'rolled_back', lastGood: '1.1.0', stuck: null, problem: { code: 'VerificationFailed' } });
    await runsAlone(ALONE, '1.1.0');
    expect(await site.states(deployment)).toEqual([...DEPLOYED.slice(0, 4), 'taking_back', 'rolled_back']);
    expect((await site.ended(deployment)).problem?.message).toMatch(/cannot start 1\.2\.0|its process ended/);
  });
});

describe('a node that is killed while its versions run', () => {
  it('leaves them running, finds the same processes again, and ends them when it is stopped', async () => {
    const before = findGiven(root()).map(({ pid }) => pid);
    await node.kill();
    expect(await answers(ALONE)).toEqual(['1.1.0']);
    node = await site.up();
    await runsAlone(BESIDE, '1.1.0');
    await runsAlone(ALONE, '1.1.0');
    expect(findGiven(root()).map(({ pid }) => pid)).toEqual(before);
    const { items } = await site.client().call<{ items: readonly DeploymentRow[] }>('deployment.list', { environment: ALONE });
    const shown = await eventually(
      'it is said to run',
      async () => {
        const { stdout } = await troupe(site.place, ['deployments', items[0]?.id ?? '']);
        return stdout.includes('1.1.0 running') ? stdout : undefined;
      },
      PATIENCE_MS,
    );
    expect(shown).toMatch(new RegExp(`now +1\\.1\\.0 running \\(process \\d+, port ${ports[ALONE]?.[0]}\\)[^]*log +.*target-qa\\.log`));
  });
});
