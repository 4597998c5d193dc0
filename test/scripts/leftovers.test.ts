// What the runner calls left behind: processes of its run, however they hid, and nobody else's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endLeftovers, openRun } from '../../scripts/leftovers.mjs';

let run: ReturnType<typeof openRun>;
let children: ChildProcess[];

beforeEach(() => {
  run = openRun();
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  run.close();
});

/** Resolves once the process runs its own program: until then it still is a copy of this one. */
async function sleeper(env: Record<string, string>, cwd = '/'): Promise<number> {
  const child = spawn('/bin/sh', ['-c', 'echo up; exec sleep 60'], { env: { PATH: '/usr/bin:/bin', ...env }, cwd, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return Number(child.pid);
}

describe('what a run left behind', () => {
  it('is known by the token, by the scratch folder in its environment, and by its working directory', async () => {
    const byToken = await sleeper({ TROUPE_TEST_RUN: String(run.env.TROUPE_TEST_RUN) });
    const byFolder = await sleeper({ TMPDIR: `${run.scratch}/step-1` });
    const byPlace = await sleeper({}, run.scratch);
    const left = await endLeftovers(run, 0);
    expect(left.map(({ pid }) => pid).sort()).toEqual([byToken, byFolder, byPlace].sort());
  });

  it('is killed', async () => {
    await sleeper({}, run.scratch);
    const child = children[0] as ChildProcess;
    const gone = once(child, 'exit');
    await endLeftovers(run, 0);
    expect(await gone).toEqual([null, 'SIGKILL']);
  });

  it('is nobody of another run, and nothing when nothing is left', async () => {
    await sleeper({ TROUPE_TEST_RUN: `${run.env.TROUPE_TEST_RUN}x`.slice(1) });
    expect(await endLeftovers(run, 0)).toEqual([]);
  });
});

describe('the environment of a run', () => {
  it('has none of what a person set for their own node, and everything else', () => {
    process.env.TROUPE_DATA = '/somewhere';
    const inner = openRun();
    inner.close();
    delete process.env.TROUPE_DATA;
    expect(inner.env).not.toHaveProperty('TROUPE_DATA');
    expect(inner.env).toMatchObject({ PATH: process.env.PATH, TMPDIR: inner.scratch, TMUX_TMPDIR: inner.scratch });
  });
});
