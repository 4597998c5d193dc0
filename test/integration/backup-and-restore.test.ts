// Backups of a real node, made by the thread of the built program while a plan runs, and a node that is put back to one of them.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, nodePlace, startTroupe, troupe, up } from '../support/node-process.ts';
import { type Items, verbsOf } from './verbs.ts';

const FLEET = `agents:
  - {name: supervisor, role: supervisor, capabilities: [delegate], port: 8089}
  - {name: testing, role: worker, capabilities: [test], port: 8094}
`;

interface Backup {
  readonly id: string;
  readonly status: string;
  readonly fact: number;
}

async function place() {
  const at = await nodePlace();
  onTestFinished(at.close);
  writeFileSync(join(at.folder, 'troupe.yaml'), FLEET);
  mkdirSync(join(at.folder, 'work'));
  return { at, ...verbsOf(() => at) };
}

const steps = (text: string, times: number) => Array.from({ length: times }, (_, n) => ({ bash: `echo ${text}-${n}; sleep 0.1`, idempotent: true }));

describe('a node', () => {
  it('is backed up while a plan runs, and put back to that moment: what ran goes on, what came later is gone, the audit log is whole (G14)', async () => {
    const { at, say, refused, planFile, runPlan, authorized } = await place();
    const node = await up(at);
    const running = startTroupe(at, ['run', planFile('busy', [{ id: 'count', agent: 'testing', steps: steps('early', 30) }]), '--approve', 'HIGH', '--json']);
    await eventually('the plan runs', async () => (await say<Items>('plans')).items.some(({ status }) => status === 'running'), 20_000);
    const backup = await say<Backup>('backup', '--why', 'in the middle');
    expect(backup).toMatchObject({ status: 'verified', why: 'in the middle', problem: null });
    expect((await say<Items>('plans')).items, 'the plan went on meanwhile').toMatchObject([{ status: 'running' }]);
    expect((await running.ended(30_000)).code).toBe(0);
    expect((await runPlan(planFile('later', [{ id: 'one', agent: 'testing', steps: steps('late', 1) }]))).code).toBe(0);
    expect(await (await fetch(`${at.urls.api}/api/v1/backups`, { headers: authorized() })).json()).toMatchObject({ items: [{ id: backup.id, status: 'verified' }] });
    expect(await refused('restore', backup.id, '--force')).toMatchObject({ code: 1, error: { code: 'DataDirInUse' } });
    expect(await say<Items<Backup>>('alerts')).toMatchObject({ items: [] });
    await node.stop();

    expect(await refused('restore', backup.id)).toMatchObject({ error: { code: 'DataDirNotEmpty' } });
    const { aside } = await say<{ aside: string }>('restore', backup.id, '--force');
    expect(readdirSync(aside)).toContain('shared_inbox.db');
    const again = await up(at);
    const plan = () => say<Items<Readonly<Record<string, unknown>>>>('plans');
    await eventually('the plan that ran has ended once more', async () => (await plan()).items[0]?.status === 'succeeded', 30_000);
    expect((await plan()).items.map(({ name }) => name)).toEqual(['busy']);
    expect(await say('audit', 'verify')).toMatchObject({ ok: true });
    expect((await say<Items<Backup>>('backups')).items).toMatchObject([{ id: backup.id, status: 'verified' }]);
    await again.stop();
  });

  it('lists its backups the newest first, in pages', async () => {
    const { at, say } = await place();
    const node = await up(at);
    const made: string[] = [];
    for (const keep of ['3', '3', '3', '2']) made.push((await say<Backup>('backup', '--keep', keep)).id);
    type Page = Items<Backup> & { readonly nextCursor: string | null };
    const first = await say<Page>('backups', '--limit', '1');
    const second = await say<Page>('backups', '--limit', '1', '--cursor', String(first.nextCursor));
    const rest = await say<Page>('backups', '--cursor', String(second.nextCursor));
    expect([first, second].map(({ items }) => items.map(({ id, status }) => [id, status]))).toEqual([[[made[3], 'verified']], [[made[2], 'verified']]]);
    expect(rest).toMatchObject({ items: [{ status: 'removed' }, { status: 'removed' }], nextCursor: null });
    expect(rest.items.map(({ id }) => id)).toEqual([made[1], made[0]]);
    await node.stop();
  });

  it('into which a restore was cut off does not start, and says how to finish', async () => {
    const { at, say } = await place();
    const node = await up(at);
    const { id } = await say<Backup>('backup');
    await node.stop();
    writeFileSync(join(at.data, 'restoring.json'), JSON.stringify({ backup: join(at.data, 'backups', id), aside: null }));
    const refusedStart = await troupe(at, ['up']);
    expect([refusedStart.code, refusedStart.stderr]).toEqual([1, expect.stringContaining(`finish it with \`troupe restore ${join(at.data, 'backups', id)}`)]);
    await say('restore', id);
    const again = await up(at);
    expect(await say('audit', 'verify')).toMatchObject({ ok: true });
    await again.stop();
  });
});
