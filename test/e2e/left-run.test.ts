// Whoever leaves a plan that the running node has: it goes on there, and they are told how to find it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NodePlace, type NodeProcess, nodePlace, startTroupe, TROUPE, troupe, up } from '../support/node-process.ts';
import { openScreen } from '../support/tmux-screen.ts';

const GOES_ON = /error: cancelled by \S+: .*; only the watching: (wait-\w+) goes on, `troupe cancel \1` ends it/;
const SOON_MS = 30_000;

let place: NodePlace;
let node: NodeProcess;

beforeAll(async () => {
  place = await nodePlace({ env: { TROUPE_TERMINAL: 'pty' } });
  mkdirSync(join(place.folder, 'work'));
  const steps = ['  - id: a', '    agent: testing', '    steps: [{ file: { op: write, path: A.md, content: a } }]'];
  writeFileSync(join(place.folder, 'wait.yaml'), ['name: wait', 'workspace: work', 'tasks:', ...steps, ''].join('\n'));
  node = await up(place);
});

afterAll(async () => {
  await place.close();
});

/** Ends the plan that was left, which must be there to be ended. */
async function endLeft(text: string): Promise<void> {
  const [, plan = ''] = GOES_ON.exec(text) ?? [];
  expect(await troupe(place, ['cancel', plan])).toMatchObject({ code: 0, stdout: `${plan} is cancelled\n` });
}

describe('a plan that somebody leaves', () => {
  it.each(['C-c', 'C-d'])('with %s at its question waits on, and that is said', async (key) => {
    const screen = openScreen({ folder: place.folder, cwd: place.folder, env: place.env, command: `${process.execPath} ${TROUPE} run wait.yaml` });
    try {
      await screen.shows(/approve\? \[y\/N\]/, SOON_MS);
      screen.press(key);
      await endLeft(await screen.shows(GOES_ON, SOON_MS));
    } finally {
      screen.close();
    }
  });

  it('with SIGINT goes on, and that is said', async () => {
    const run = startTroupe(place, ['run', 'wait.yaml']);
    await run.until(({ stdout }) => (stdout().includes('waits for a decision') ? true : undefined), SOON_MS);
    run.signal('SIGINT');
    const { code, stderr } = await run.ended(SOON_MS);
    expect([code, stderr]).toEqual([1, expect.stringMatching(GOES_ON)]);
    await endLeft(stderr);
  });

  it('because its node is killed goes on with the next start, and that is said', async () => {
    const run = startTroupe(place, ['run', 'wait.yaml']);
    await run.until(({ stdout }) => (stdout().includes('waits for a decision') ? true : undefined), SOON_MS);
    await node.kill();
    const { code, stderr } = await run.ended(SOON_MS);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^the node went away: wait-\w+ goes on when it is started again, see `troupe plans` then\nerror: no node answers/)]);
  });
});
