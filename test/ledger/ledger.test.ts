import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PlanReport } from '../../actors/work/types.ts';
import { findNode, type NodeClient } from '../../gateway/cli/node-client.ts';
import { count, randomFrom, SEED } from '../support/length.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, startTroupe, troupe, up } from '../support/node-process.ts';
import { ledgerPlan, ledgerTasks, readLedger } from './ledger-plan.ts';

const KILLS = count(8, 25);
const TASKS = count(60, 200);
const AGENTS = 9;
/** Between the node's ready and its death, at most. */
const LONGEST_LIFE_MS = 1_500;
/** Every third death comes while the node still starts. */
const LONGEST_START_MS = 1_200;
/** So long that work is left at the last kill. */
const STEP_MS = Math.ceil((KILLS * LONGEST_LIFE_MS * AGENTS) / TASKS);
const END_MS = count(120_000, 600_000);
const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'skipped', 'interrupted'];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const clientOf = (place: NodePlace): NodeClient => findNode(place.data, 'ledger-test');
const reportOf = (place: NodePlace, plan: string): Promise<PlanReport> => clientOf(place).call<PlanReport>('plan.status', { plan });
const interrupted = (report: PlanReport): ReadonlyMap<string, string> =>
  new Map(report.tasks.filter(({ status }) => status === 'interrupted').map(({ id, agent }) => [id, agent ?? 'nobody']));

/** Kills the node at a random moment of its start or its life, and starts it again. */
async function killAndGoOn(place: NodePlace, node: NodeProcess, random: () => number, duringStart: boolean): Promise<NodeProcess> {
  await pause(random() * LONGEST_LIFE_MS);
  await node.kill();
  if (duringStart) {
    const half = startTroupe(place, ['up', '--json']);
    await pause(random() * LONGEST_START_MS);
    half.signal('SIGKILL');
    await half.ended(5_000);
  }
  return up(place);
}

/** At most one a busy agent for each death of the node. */
function newByAgent(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  const agents = [...after].filter(([id]) => !before.has(id)).map(([, agent]) => agent);
  return Math.max(0, ...[...new Set(agents)].map((agent) => agents.filter((one) => one === agent).length));
}

describe.each(['tmux', 'pty'])('a plan whose node is killed again and again, with sessions in %s', (terminal) => {
  it('runs each task once, or as often as it may be; what was cut off and may not be repeated waits, and is resolved (G1, G4)', async () => {
    const random = randomFrom(SEED);
    const place = await nodePlace({ env: { TROUPE_TERMINAL: terminal } });
    onTestFinished(place.close);
    const workspace = join(place.folder, 'work');
    mkdirSync(workspace);
    const ledger = join(place.folder, 'ledger.txt');
    const tasks = ledgerTasks(TASKS);

    let node = await up(place);
    const text = ledgerPlan({ tasks: TASKS, ledger, workspace, stepMs: STEP_MS });
    const { plan } = await clientOf(place).call<{ plan: string }>('plan.run', { text, baseDir: place.folder, approve: 'HIGH' });
    let cutOff: ReadonlyMap<string, string> = new Map();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const duringStart = kill % 3 === 0;
      node = await killAndGoOn(place, node, random, duringStart);
      // What a restored actor says of itself comes with its first steps.
      await pause(300);
      const now = interrupted(await reportOf(place, plan));
      expect(newByAgent(cutOff, now)).toBeLessThanOrEqual(duringStart ? 2 : 1);
      cutOff = now;
    }
    expect((await reportOf(place, plan)).status, 'work must be left at the last kill').not.toBe('succeeded');

    const settled = await eventually(
      'every task has ended or waits as interrupted',
      async () => {
        const report = await reportOf(place, plan);
        return report.tasks.every(({ id, status }) => ENDED.includes(status) || waitsFor(id, report)) ? report : undefined;
      },
      END_MS,
    );
    // What may be repeated is never left to a person.
    expect(settled.tasks.filter(({ id, status }) => status === 'interrupted' && tasks.find((task) => task.id === id)?.idempotent)).toEqual([]);
    const written = readLedger(ledger);
    const waiting = interrupted(settled);
    for (const { id, idempotent } of tasks) {
      const status = settled.tasks.find((task) => task.id === id)?.status;
      const times = written.get(id) ?? 0;
      if (idempotent) expect({ id, status, written: times >= 1 || waitsFor(id, settled) }).toEqual({ id, status: waitsFor(id, settled) ? 'pending' : 'succeeded', written: true });
      else if (waiting.has(id)) expect({ id, times }).toEqual({ id, times: Math.min(1, times) });
      else if (!waitsFor(id, settled)) expect({ id, status, times }).toEqual({ id, status: 'succeeded', times: 1 });
    }

    // A person looks into the ledger and says what became of each.
    for (const id of waiting.keys()) {
      const action = written.has(id) ? 'done' : 'rerun';
      const { code, stderr } = await troupe(place, ['resolve', `${plan}.${id}`, action, '--why', `the ledger ${written.has(id) ? 'has' : 'lacks'} it`]);
      expect({ id, code, stderr }).toEqual({ id, code: 0, stderr: '' });
    }
    const ended = await eventually(
      'the plan has succeeded',
      async () => {
        const report = await reportOf(place, plan);
        return report.status === 'succeeded' ? report : undefined;
      },
      END_MS,
    );
    expect(ended.tasks.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    const atLast = readLedger(ledger);
    expect([...atLast.keys()].sort()).toEqual(tasks.map(({ id }) => id).sort());
    expect(tasks.filter(({ id, idempotent }) => !idempotent && atLast.get(id) !== 1)).toEqual([]);
    await node.stop();
    expect(place.left()).toEqual([]);
  });
});

/** Its need is interrupted, so it has not begun. */
function waitsFor(id: string, report: PlanReport): boolean {
  const index = Number(id.slice(1));
  return index % 10 === 9 && report.tasks.find((task) => task.id === `t${index - 1}`)?.status === 'interrupted';
}
