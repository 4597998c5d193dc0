import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PlanReport } from '../../actors/work/types.ts';
import { findNode } from '../../gateway/cli/node-client.ts';
import { eventually, type NodePlace, nodePlace, troupe, up } from '../support/node-process.ts';

/** Two chains: one is cut off in a step that may not be repeated, the other in one that may. */
function plan(place: NodePlace, workspace: string): string {
  const note = (name: string): string => join(place.folder, name);
  return JSON.stringify({
    name: 'cut-off',
    workspace,
    tasks: [
      { id: 'once', agent: 'testing', steps: [{ bash: `echo begun >> ${note('once')} && sleep 3 && echo ended >> ${note('once')}` }] },
      { id: 'after-once', agent: 'backend-api', needs: ['once'], steps: [{ bash: `echo after >> ${note('after-once')}` }] },
      { id: 'again', agent: 'database', steps: [{ bash: `echo begun >> ${note('again')} && sleep 3 && echo ended >> ${note('again')}`, idempotent: true }] },
      { id: 'after-again', agent: 'frontend-ui', needs: ['again'], steps: [{ bash: `echo after >> ${note('after-again')}` }] },
    ],
  });
}

const reportOf = (place: NodePlace, id: string): Promise<PlanReport> => findNode(place.data, 'e2e').call<PlanReport>('plan.status', { plan: id });
const lines = (file: string): readonly string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
const statuses = (report: PlanReport): Readonly<Record<string, string>> => Object.fromEntries(report.tasks.map(({ id, status }) => [id, status]));

/** What the hosts that work will show fits no record any more. */
function forge(place: NodePlace): void {
  for (const agent of ['testing', 'database']) {
    const file = join(place.data, 'sessions', `${agent}.json`);
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), proof: 'ab'.repeat(32) }));
  }
}

/** A node that was killed while both steps ran, and is up again. */
async function cutOff(terminal: string, before: (place: NodePlace) => void = () => {}) {
  const place = await nodePlace({ env: { TROUPE_TERMINAL: terminal } });
  onTestFinished(place.close);
  const workspace = join(place.folder, 'work');
  mkdirSync(workspace);
  const first = await up(place);
  const text = plan(place, workspace);
  const { plan: id } = await findNode(place.data, 'e2e').call<{ plan: string }>('plan.run', { text, approve: 'HIGH' });
  await eventually('both steps run', () => lines(join(place.folder, 'once')).length === 1 && lines(join(place.folder, 'again')).length === 1);
  before(place);
  await first.kill();
  if (terminal !== 'tmux') await eventually('nothing outlives the node', () => place.left().length === 0);
  const second = await up(place);
  const settled = await eventually(
    'all but what was cut off has ended',
    async () => {
      const report = await reportOf(place, id);
      return statuses(report)['after-again'] === 'succeeded' ? report : undefined;
    },
    60_000,
  );
  return { place, id, second, settled };
}

describe('a node that is killed in the middle of a plan, with sessions in tmux', () => {
  it('finds its sessions at work: nothing is begun again, nothing is interrupted, and the next node has what came of it (K19)', async () => {
    const { place, id, second } = await cutOff('tmux');
    const report = await eventually(
      'the plan has ended',
      async () => {
        const now = await reportOf(place, id);
        return now.status === 'running' ? undefined : now;
      },
      60_000,
    );
    expect([report.status, statuses(report)]).toEqual(['succeeded', { once: 'succeeded', 'after-once': 'succeeded', again: 'succeeded', 'after-again': 'succeeded' }]);
    for (const name of ['once', 'again']) expect(lines(join(place.folder, name))).toEqual(['begun', 'ended']);
    expect(report.tasks.map(({ steps }) => steps[0]?.reruns)).toEqual([undefined, undefined, undefined, undefined]);
    await second.stop();
    expect(place.left()).toEqual([]);
  });
});

describe('a session that outlived its node and is not the one that the next node knows', () => {
  it('is ended, its agent gets a new one, and what it ran is interrupted', async () => {
    const { settled, place, second } = await cutOff('tmux', forge);
    expect(statuses(settled)).toMatchObject({ once: 'interrupted', again: 'succeeded', 'after-again': 'succeeded' });
    expect(lines(join(place.folder, 'once'))[0]).toBe('begun');
    await second.stop();
    expect(place.left()).toEqual([]);
  });
});

describe.each(['pty', 'pipes'])('a node that is killed in the middle of a plan, with sessions in %s', (terminal) => {
  it('goes on by itself; what may not be repeated waits as interrupted with what is known, and what needs it waits with it', async () => {
    const { place, id, second, settled } = await cutOff(terminal);
    expect(statuses(settled)).toEqual({ once: 'interrupted', 'after-once': 'pending', again: 'succeeded', 'after-again': 'succeeded' });
    expect(settled.status).toBe('interrupted');
    const [step] = settled.tasks[0]?.steps ?? [];
    expect(step).toMatchObject({ status: 'interrupted', risk: 'HIGH', verdict: { decision: 'approved', by: 'e2e' } });
    expect(step?.error?.code).toMatch(/^(EffectInterrupted|SessionLost)$/);
    expect(settled.tasks[2]?.steps[0]).toMatchObject({ status: 'succeeded', reruns: 1 });
    expect(lines(join(place.folder, 'once'))).toEqual(['begun']);
    const again = lines(join(place.folder, 'again'));
    expect([again.filter((line) => line === 'begun').length, again.filter((line) => line === 'ended').length]).toEqual([2, 1]);
    const shown = await troupe(place, ['task', `${id}.once`]);
    expect(shown.stdout).toContain(`troupe resolve ${id}.once rerun|done|skip|fail --why`);
    await second.stop();
    expect(place.left()).toEqual([]);
  });
});

describe.each(['tmux', 'pty'])('`troupe down` after the node was killed, with sessions in %s', (terminal) => {
  it('ends what is left of it and takes its sockets and temporary files away', async () => {
    const place = await nodePlace({ env: { TROUPE_TERMINAL: terminal } });
    onTestFinished(place.close);
    const temporary = join(place.folder, 'temporary');
    mkdirSync(temporary);
    const node = await up(place, [], { TMPDIR: temporary });
    await node.kill();
    expect(readdirSync(temporary)).toHaveLength(9);
    const down = await troupe(place, ['down'], { env: { TMPDIR: temporary } });
    expect(down.code, down.stderr).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(place.data)).not.toContain('tmux.sock');
    expect(place.left()).toEqual([]);
  });
});

describe('what was interrupted', () => {
  it.each([
    ['rerun', { once: 'succeeded', 'after-once': 'succeeded' }, 'succeeded', ['begun', 'begun', 'ended']],
    ['done', { once: 'succeeded', 'after-once': 'succeeded' }, 'succeeded', ['begun']],
    ['skip', { once: 'skipped', 'after-once': 'skipped' }, 'failed', ['begun']],
    ['fail', { once: 'failed', 'after-once': 'skipped' }, 'failed', ['begun']],
  ])('ends as a person says with `troupe resolve … %s`', async (action, tasks, status, written) => {
    const { place, id } = await cutOff('pty');
    const refused = await troupe(place, ['resolve', `${id}.once`, action]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--why')]);
    const resolved = await troupe(place, ['resolve', `${id}.once`, action, '--why', 'I looked', '--json']);
    expect(resolved.code, resolved.stderr).toBe(0);
    const report = await eventually(
      'the plan has ended',
      async () => {
        const now = await reportOf(place, id);
        return now.status === 'interrupted' || now.status === 'running' ? undefined : now;
      },
      60_000,
    );
    expect(statuses(report)).toMatchObject(tasks);
    expect(lines(join(place.folder, 'once'))).toEqual(written);
    expect(report.status).toBe(status);
  });
});
