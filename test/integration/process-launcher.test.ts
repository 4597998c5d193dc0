// Launches and endings of one run: real processes, whose start is cut off at its worst moment.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { processLauncher } from '../../actors/process/process-launcher.ts';
import type { ProcessTarget, Run } from '../../actors/process/process-target.ts';
import { endGiven, findGiven } from '../../actors/session/owned-processes.ts';
import { systemClock } from '../../runtime/index.ts';
import { privateFolder } from '../support/private-folder.ts';

const RUN: Run = { id: 'shop.1', target: 'shop', version: '1.0.0', port: null };

function launching(contain: (argv: readonly [string, ...string[]]) => Promise<readonly [string, ...string[]]>, run: readonly string[] = ['sleep', '600']) {
  const folder = privateFolder();
  const [root, deployments, logs] = [join(folder, 'processes'), join(folder, 'deployments'), join(folder, 'logs')];
  mkdirSync(join(deployments, 'shop', 'versions', '1.0.0'), { recursive: true });
  const target: ProcessTarget = {
    name: 'shop',
    run,
    env: {},
    ports: [],
    health: { url: null, command: ['true'], withinMs: 30_000, everyMs: 1_000, misses: 3 },
    stop: { signal: 'SIGTERM', graceMs: 10_000, drainMs: 0, withNode: true },
    restarts: { intensity: 5, periodMs: 60_000 },
  };
  onTestFinished(async () => {
    await endGiven(root, { clock: systemClock, graceMs: 0 });
  });
  const launcher = processLauncher({ clock: systemClock, targets: [target], root, deployments, logs, path: process.env.PATH ?? '', contain });
  return { launcher, root };
}

it('a start that is given up while its containment is made leaves no process behind', async () => {
  let goOn = (): void => undefined;
  const made = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let asked = (): void => undefined;
  const containing = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { launcher, root } = launching(async (argv) => {
    asked();
    await made;
    return argv;
  });
  const given = new AbortController();
  const launched = launcher.launch(RUN, given.signal).catch(({ message }: Error) => message);
  await containing;
  given.abort(new Error('given up'));
  const stopped = launcher.stop(RUN);
  goOn();
  expect(await launched).toBe('given up');
  await stopped;
  expect(findGiven(root)).toEqual([]);
});

it('a process that is launched again while it ends comes after its end, as another one', async () => {
  const { launcher, root } = launching(async (argv) => argv);
  const never = new AbortController().signal;
  const first = await launcher.launch(RUN, never);
  const stopped = launcher.stop(RUN);
  const second = await launcher.launch(RUN, never);
  await stopped;
  expect([second.found, second.pid === first.pid, findGiven(root).map(({ pid }) => pid)]).toEqual([false, false, [second.pid]]);
});
