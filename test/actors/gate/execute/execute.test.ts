import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Action } from '../../../../actors/work/types.ts';
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
