import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanReport, StepReport } from '../../actors/work/types.ts';
import { findNode } from '../../gateway/cli/node-client.ts';
import { startProgram } from '../support/child-program.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, up } from '../support/node-process.ts';

let place: NodePlace;
let node: NodeProcess;
beforeAll(async () => {
  place = await nodePlace();
  node = await up(place);
});
afterAll(async () => {
  await node.stop();
  const left = place.left();
  await place.close();
  expect(left).toEqual([]);
});

async function runStep(step: Readonly<Record<string, unknown>>): Promise<StepReport> {
  const workspace = join(place.folder, `work-${Math.random().toString(36).slice(2)}`);
  mkdirSync(workspace);
  const client = findNode(place.data, 'e2e');
  const text = JSON.stringify({ name: 'limits', workspace, tasks: [{ id: 'only', agent: 'testing', steps: [step] }] });
  const { plan } = await client.call<{ plan: string }>('plan.run', { text, approve: 'HIGH' });
  const report = await client.call<PlanReport>('plan.await', { plan, timeoutMs: 60_000 });
  const [only] = report.tasks[0]?.steps ?? [];
  if (only === undefined) throw new Error('no step');
  return only;
}

const running = async (pattern: string): Promise<string> => (await startProgram('pgrep', ['-f', pattern], { cwd: '/', env: process.env }).ended(5_000)).stdout.trim();

describe('a step', () => {
  it('with more than 1 MiB of output is cut off, and the record says so', async () => {
    const step = await runStep({ bash: 'yes 0123456789012345678901234567890123456789 | head -c 5000000; echo never > after.txt' });
    expect(step).toMatchObject({ status: 'failed', truncated: true });
    expect(step.error?.message).toMatch(/1 MiB|1048576/);
    expect(step.stdout?.length).toBeLessThanOrEqual(65_536);
  });

  it('that never ends, ignores SIGTERM and leaves children in groups of their own is ended whole at its deadline', async () => {
    const mark = `4321.${Math.floor(Math.random() * 1_000_000)}`;
    const command = `trap '' TERM; setsid sleep ${mark} & (trap '' TERM; sleep ${mark}) & while true; do sleep 0.1; done`;
    const step = await runStep({ bash: command, timeoutMs: 1_000, idempotent: true });
    expect(step.status).toBe('failed');
    expect(step.error?.message).toMatch(/1000 ms|1 s|deadline/);
    await eventually('nothing of it runs', async () => (await running(`sleep ${mark}`)) === '');
  });

  it('whose command ends while what it started still holds its output is over with the command', async () => {
    const mark = `4322.${Math.floor(Math.random() * 1_000_000)}`;
    const step = await runStep({ bash: `sleep ${mark} & echo done` });
    expect(step).toMatchObject({ status: 'succeeded', exitCode: 0, stdout: 'done\n' });
    await eventually('what it left is ended', async () => (await running(`sleep ${mark}`)) === '');
  });

  it('has an environment without any credential or setting of its node', async () => {
    const step = await runStep({ bash: 'env' });
    const names = (step.stdout ?? '').split('\n').map((line) => line.split('=')[0]);
    expect(names.filter((name) => /TOKEN|TICKET|NONCE|(?<!^GIT_CONFIG_)KEY|SECRET|TROUPE_(?!OWNER$)|ANTHROPIC|AWS/i.test(name ?? ''))).toEqual([]);
  });

  it('finds its agent again after its session is killed under it', async () => {
    const client = findNode(place.data, 'e2e');
    const workspace = join(place.folder, 'killed');
    mkdirSync(workspace);
    const text = JSON.stringify({ name: 'killed', workspace, tasks: [{ id: 'only', agent: 'database', steps: [{ bash: 'sleep 2; echo fine', idempotent: true }] }] });
    const { plan } = await client.call<{ plan: string }>('plan.run', { text, approve: 'HIGH' });
    await eventually('the step runs', async () => (await client.call<PlanReport>('plan.status', { plan })).tasks[0]?.steps[0]?.startedAt);
    const { session } = await client.call<{ session: { pid: number } }>('agent.status', { agent: 'database' });
    process.kill(session.pid, 'SIGKILL');
    const report = await client.call<PlanReport>('plan.await', { plan, timeoutMs: 60_000 });
    expect(report.tasks[0]?.steps[0]).toMatchObject({ status: 'succeeded', reruns: 1, stdout: 'fine\n' });
  });
});
