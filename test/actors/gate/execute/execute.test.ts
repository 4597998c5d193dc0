import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createGate, shippedPolicy } from '../../../../actors/gate/index.ts';
import type { Action, ExecuteOrder } from '../../../../actors/work/types.ts';
import { execution } from './execution.ts';

const write: Action = { type: 'FILE_OPERATION', payload: { op: 'write', path: 'made', content: 'x' } };

it('an action that is not the granted one is refused, and nothing of it runs', async () => {
  const { run, workspace, folder } = execution();
  const other: Action = { type: 'FILE_OPERATION', payload: { op: 'write', path: 'made', content: 'y' } };
  const elsewhere = { workspace: folder, deployRoot: join(folder, 'deploy'), healthUrl: 'http://127.0.0.1:1/health' };
  for (const tamper of [{ action: other }, { surroundings: elsewhere }, { actionHash: 'f'.repeat(64) }]) {
    expect(await run(write, { tamper })).toMatchObject({ status: 'failed', error: { code: 'GateMismatch' } });
  }
  expect([workspace, folder].map((root) => existsSync(join(root, 'made')))).toEqual([false, false]);
  expect(await run(write)).toMatchObject({ status: 'succeeded' });
  expect(existsSync(join(workspace, 'made'))).toBe(true);
});

it('what was given up before it began does not begin', async () => {
  const { run, workspace } = execution();
  const given = AbortSignal.abort(new Error('enough'));
  expect(await run(write, { signal: given })).toMatchObject({ status: 'interrupted', error: { code: 'Interrupted' } });
  expect(await run({ type: 'BASH_COMMAND', payload: { command: 'touch made' } }, { signal: given })).toMatchObject({ status: 'interrupted' });
  expect(existsSync(join(workspace, 'made'))).toBe(false);
});

it('a workspace that is gone is named', async () => {
  const { run, folder } = execution();
  rmSync(join(folder, 'workspace'), { recursive: true });
  expect(await run(write)).toMatchObject({ status: 'failed', error: { code: 'WorkspaceUnusable' } });
  expect(await run({ type: 'BASH_COMMAND', payload: { command: 'true' } })).toMatchObject({ status: 'failed', error: { code: 'WorkspaceUnusable' } });
});

it('what the system says no to is an answer, with the call it said it to', async () => {
  const { run, workspace } = execution();
  const outcome = await run({ type: 'BASH_COMMAND', payload: { command: 'true' } }, { temporary: '/dev/null/step' });
  expect(outcome).toMatchObject({ status: 'failed', error: { code: 'SystemFailed', message: 'the system said no to mkdir: ENOTDIR' } });
  expect(await run({ type: 'FILE_OPERATION', payload: { op: 'write', path: `${'n'.repeat(300)}`, content: '' } })).toMatchObject({
    status: 'failed',
    error: { code: 'FileFailed' },
  });
  expect(existsSync(join(workspace, 'n'.repeat(300)))).toBe(false);
});

it('a link that was swapped between assessment and execution is refused, whatever it leads to now', async () => {
  const { run, workspace, deployRoot } = execution();
  const surroundings = { workspace, deployRoot, healthUrl: 'http://127.0.0.1:1/health' };
  for (const name of ['a', 'b']) writeFileSync(join(workspace, name), name);
  symlinkSync('a', join(workspace, 'link'));
  const read: Action = { type: 'BASH_COMMAND', payload: { command: 'cat link' } };
  const { actionHash, looked } = await createGate({ policy: () => shippedPolicy(), rules: async () => [], contained: true, now: () => 0 }).assess(read, surroundings, null);
  const tamper = { actionHash, looked } as Partial<ExecuteOrder>;
  expect(await run(read, { tamper })).toMatchObject({ status: 'succeeded', stdout: 'a' });

  rmSync(join(workspace, 'link'));
  symlinkSync('b', join(workspace, 'link'));
  expect(await run(read, { tamper })).toMatchObject({ status: 'failed', error: { code: 'FactsChanged' } });
  // Facts that were cut down to what still holds are not the facts that were granted.
  const less = { actionHash, looked: { factsHash: looked?.factsHash ?? '', paths: [], trees: [] } };
  expect(await run(read, { tamper: less })).toMatchObject({ status: 'failed', error: { code: 'FactsChanged' } });
  expect(await run(read, { tamper: { actionHash, looked: undefined } as unknown as Partial<ExecuteOrder> })).toMatchObject({ error: { code: 'GateMismatch' } });
});
