// Launches and endings of one run: real processes, whose start is cut off at its worst moment.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SERVICE_LIMITS } from '../../actors/gate/execute/containment/limits.ts';
import { processLauncher } from '../../actors/process/process-launcher.ts';
import type { ProcessTarget, Run } from '../../actors/process/process-target.ts';
import { endGiven, findGiven } from '../../actors/session/owned-processes.ts';
import { systemClock } from '../../runtime/index.ts';
import { eventually } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';

const RUN: Run = { id: 'shop.1', target: 'shop', version: '1.0.0', port: null };

type Argv = readonly [string, ...string[]];

function launching(contain: (argv: Argv) => Promise<Argv> = async (argv) => argv, change: Partial<ProcessTarget> = {}) {
  const folder = privateFolder();
  const [root, deployments, logs] = [join(folder, 'processes'), join(folder, 'deployments'), join(folder, 'logs')];
  mkdirSync(join(deployments, 'shop', 'versions', '1.0.0'), { recursive: true });
  const target: ProcessTarget = {
    name: 'shop',
    run: ['sleep', '600'],
    env: {},
    ports: [],
    health: { url: null, command: ['true'], withinMs: 30_000, everyMs: 1_000, misses: 3 },
    stop: { signal: 'SIGTERM', graceMs: 10_000, drainMs: 0, withNode: true },
    limits: SERVICE_LIMITS,
    restarts: { intensity: 5, periodMs: 60_000 },
    ...change,
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
  const { launcher, root } = launching();
  const never = new AbortController().signal;
  const first = await launcher.launch(RUN, never);
  const stopped = launcher.stop(RUN);
  const second = await launcher.launch(RUN, never);
  await stopped;
  expect([second.found, second.pid === first.pid, findGiven(root).map(({ pid }) => pid)]).toEqual([false, false, [second.pid]]);
});

const limitsOf = (pid: number): Readonly<Record<string, string>> =>
  Object.fromEntries([...readFileSync(`/proc/${pid}/limits`, 'utf8').matchAll(/^Max (.+?) {2,}(\S+)/gm)].map(([, name, soft]) => [name, soft]));

/** Once the program itself runs, as the process that was started. */
async function limitsOfProgram(change: Partial<ProcessTarget>): Promise<Readonly<Record<string, string>>> {
  const { launcher } = launching(undefined, change);
  const { pid } = await launcher.launch(RUN, new AbortController().signal);
  await eventually('the program runs', () => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep' || undefined);
  const limits = limitsOf(pid);
  await launcher.stop(RUN);
  return limits;
}

it('a process has the limits that its target says, and those alone', async () => {
  const own = limitsOf(process.pid);
  const few = await limitsOfProgram({ limits: { memoryMb: 512, processes: 300, fileMb: 64 } });
  expect([few['data size'], few.processes, few['file size'], few['core file size']]).toEqual([String(512 * 1_048_576), '300', String(64 * 1_048_576), '0']);
  expect(few['cpu time']).toBe(own['cpu time']);
  const none = await limitsOfProgram({ limits: { memoryMb: null, processes: null, fileMb: null } });
  expect([none['data size'], none.processes, none['file size']]).toEqual([own['data size'], own.processes, own['file size']]);
});

it('a process that writes more than it may ends, and its health is looked at under the same limits', async () => {
  const limits = { memoryMb: null, processes: null, fileMb: 1 };
  const { launcher } = launching(undefined, { run: ['dd', 'if=/dev/zero', 'of=/dev/stdout', 'bs=65536', 'count=64'], limits });
  const never = new AbortController().signal;
  const living = launcher.launch(RUN, never).then(() => launcher.life(RUN, never));
  await expect(living).rejects.toThrow(/ended by SIGXFSZ|File too large/);
  const health = { url: null, command: ['bash', '-c', '[ "$(ulimit -f)" = 1024 ]'], withinMs: 30_000, everyMs: 100, misses: 1 };
  const { launcher: looking } = launching(undefined, { limits, health });
  await looking.launch(RUN, never);
  await looking.well(RUN, never);
  await looking.stop(RUN);
});
