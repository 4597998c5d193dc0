// What voters find on a node itself, in real files: planted evidence flips the vote on a real request, and with it what happens.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FRESH_BACKUP_MS } from '../../../actors/consensus/evidence/judge-backup.ts';
import { DEFAULT_ROUND_POLICY } from '../../../actors/consensus/round-order.ts';
import { ensureFleet } from '../../../actors/fleet/root.ts';
import { folderTarget } from '../../../actors/gate/execute/folder-target.ts';
import type { DeployPayload } from '../../../actors/work/types.ts';
import { nodeEvidence } from '../../../gateway/node/evidence.ts';
import { memoryStore, systemClock } from '../../../runtime/index.ts';
import { countingNode } from '../../support/backed-up-node.ts';
import { type FleetNode, fleetNode, task } from '../../support/fleet-node.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { settle } from '../../support/settle.ts';
import { FAILED, OK } from '../../support/turn-script.ts';
import { testServices } from '../../support/work-services.ts';

const DEPLOYMENT = { name: 'deployment', role: 'worker', title: 'deployment', capabilities: ['deploy'], driver: 'playbook', port: null } as const;
const CONTAINED = { reach: 'workspace', network: false, keepSettings: true } as const;
const HOUR = 3_600_000;

async function voting() {
  const folder = privateFolder();
  const [workspace, deployRoot] = ['work', 'deployments'].map((name) => join(folder, name)) as [string, string];
  const write = (path: string, content: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  write('work/package.json', JSON.stringify({ scripts: { test: 'test everything' } }));
  write('work/site/package.json', JSON.stringify({ scripts: { test: 'test the site' } }));
  write('work/site/index.html', 'one');
  const backedUp = await countingNode();
  const box: { node?: FleetNode } = {};
  const services = testServices();
  const systemNow = () => {
    if (box.node === undefined) throw new Error('not started');
    return box.node.system;
  };
  const tests = { green: true, ran: [] as string[] };
  const surroundings = { workspace, deployRoot, healthUrl: 'http://127.0.0.1:1/health' };
  const evidence = nodeEvidence({ systemNow, dataDir: backedUp.dir, deployDriver: folderTarget });
  Object.assign(services, {
    deployDriver: folderTarget,
    evidence,
    contain: () => CONTAINED,
    surroundings: () => surroundings,
  });
  Object.assign(services.workspaces, { open: async () => ({ path: workspace, branch: null }) });
  services.approvals.rounds = { ...DEFAULT_ROUND_POLICY, thenPerson: false };
  const node = await fleetNode(
    (command) => {
      tests.ran.push(command);
      return tests.green ? OK : FAILED;
    },
    { services, store: memoryStore(), ran: [] },
  );
  box.node = node;
  await ensureFleet(node.system, { agents: [DEPLOYMENT] });
  await settle();
  const facts = async (kind: string) => {
    const rows = await node.system.journal.facts({ after: 0, limit: 100_000 });
    return rows.filter((row) => row.kind === kind).map((row) => JSON.parse(row.body) as Readonly<Record<string, unknown>>);
  };
  /** Asked for, voted on, and left to its end: who said what, and how the plan ended. */
  const ship = async (version: string, more: Partial<DeployPayload> = {}) => {
    const plan = `ship-${version}`;
    const payload = { environment: 'production', version, strategy: 'all_at_once', source: 'site', ...more };
    await node.submit(plan, [task('ship', { agent: 'backend-api', steps: [{ kind: 'deploy', payload, idempotent: false }] })]);
    // What is read and written is real, and takes real time: simulated time must not run ahead of it, or rounds would expire.
    const ended = async (): Promise<boolean> => ['succeeded', 'failed'].includes((await node.report(plan)).status);
    for (let passes = 0; passes < 2_000 && !(await ended()); passes += 1) {
      await node.pass(50);
      await new Promise<void>((resolve) => void systemClock.after(5, resolve));
    }
    const votes = (await facts('round.vote')).filter(({ id }) => id === `${plan}.ship.0.1.round`);
    return { status: (await node.report(plan)).status, votes: Object.fromEntries(votes.map(({ voter, vote, why }) => [voter, `${vote}: ${why}`])) };
  };
  return { node, services, evidence, surroundings, backedUp, tests, write, ship };
}

describe('voters that look at a node', () => {
  it('let a deployment through where the tests are green, a backup is fresh, and the way back is there', async () => {
    const { backedUp, tests, ship, write } = await voting();
    await backedUp.backUp('b-1');
    expect(await ship('1.0.0')).toMatchObject({
      status: 'succeeded',
      votes: {
        supervisor: expect.stringMatching(/^yes: ship is due/),
        testing: 'yes: npm test passed',
        database: expect.stringMatching(/^yes: the backup b-1/),
        deployment: expect.stringMatching(/^yes: nothing runs/),
      },
    });
    expect(tests.ran).toEqual(['npm test']);
    write('work/site/index.html', 'two');
    expect(await ship('2.0.0')).toMatchObject({ status: 'succeeded', votes: { deployment: 'yes: production can go back to 1.0.0' } });
  });

  it('stop it when a test is red', async () => {
    const { backedUp, tests, ship } = await voting();
    await backedUp.backUp('b-1');
    tests.green = false;
    expect(await ship('1.0.0')).toMatchObject({ status: 'failed', votes: { testing: expect.stringMatching(/^no: npm test failed/) } });
  });

  it('stop it when there is no backup, or only a stale one', async () => {
    const { services, backedUp, ship, node } = await voting();
    expect(await ship('1.0.0')).toMatchObject({ status: 'failed', votes: { database: 'no: there is no verified backup to go back to' } });
    await backedUp.backUp('b-1');
    services.clock.advance(FRESH_BACKUP_MS + 2 * HOUR);
    await node.pass(250);
    expect(await ship('1.1.0')).toMatchObject({ status: 'failed', votes: { database: expect.stringMatching(/^no: the newest verified backup, b-1, is 2[67] h old/) } });
  });

  it('stop it when the last good version is not what it was', async () => {
    const { backedUp, ship, write } = await voting();
    await backedUp.backUp('b-1');
    await ship('1.0.0');
    write('deployments/production/versions/1.0.0/index.html', 'changed behind its back');
    write('work/site/index.html', 'two');
    expect(await ship('2.0.0')).toMatchObject({ status: 'failed', votes: { deployment: 'no: production could not go back to 1.0.0: its files are not what they were' } });
  });

  it('run the tests of the whole workspace where what is deployed has none of its own', async () => {
    const { node, backedUp, ship, write } = await voting();
    await backedUp.backUp('b-1');
    write('work/docs/index.html', 'no tests here');
    await ship('1.0.0');
    await ship('1.1.0', { source: 'docs' });
    const rows = await node.system.journal.facts({ after: 0, limit: 100_000 });
    const ran = rows.filter(({ kind }) => kind === 'round.evidence').map(({ body }) => (JSON.parse(body) as { action: { payload: unknown } }).action.payload);
    expect(ran).toEqual([{ command: 'npm test', cwd: 'site' }, { command: 'npm test' }]);
  });
});

describe('what a deployment could go back to', () => {
  const target = async (here: Awaited<ReturnType<typeof voting>>, payload: Partial<DeployPayload>) =>
    here.evidence.rollbackTarget({ environment: 'production', version: '9.0.0', ...payload }, here.surroundings);

  it('is nothing at first, then what was promoted last, and for a way back what that leads to', async () => {
    const here = await voting();
    expect(await target(here, {})).toEqual({ kind: 'first' });
    await here.backedUp.backUp('b-1');
    await here.ship('1.0.0');
    expect(await target(here, {})).toEqual({ kind: 'version', version: '1.0.0', restorable: true });
    expect(await target(here, { rollbackTo: null })).toEqual({ kind: 'first' });
    expect(await target(here, { rollbackTo: '0.1.0' })).toMatchObject({ version: '0.1.0', restorable: false, problem: 'it was never promoted there' });
    expect(await target(here, { environment: 'staging' })).toEqual({ kind: 'first' });
  });
});
