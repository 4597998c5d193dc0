// A target of a test whose versions run as real processes under a real supervisor: a small server that says which version it is.
//   const place = await deployedProgram({ ports: 2 });   place.write('1.0.0'), then deploy('1.0.0') as a deployment does it, step by step
//   await place.restart();                               the node is gone without a word, and another one takes its place
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SERVICE_LIMITS } from '../../actors/gate/execute/containment/limits.ts';
import { folderTarget } from '../../actors/gate/execute/folder-target.ts';
import { processDriver } from '../../actors/process/process-driver.ts';
import { processLauncher } from '../../actors/process/process-launcher.ts';
import type { ProcessTarget } from '../../actors/process/process-target.ts';
import { PROCESSES, Processes } from '../../actors/process/processes.ts';
import { readBook } from '../../actors/process/run-book.ts';
import { endGiven, findGiven } from '../../actors/session/owned-processes.ts';
import type { DeployWish } from '../../actors/work/ports.ts';
import { createSystem, type System, systemClock } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor } from '../../supervisors/index.ts';
import { freePort } from './free-port.ts';
import { eventually } from './node-process.ts';
import { privateFolder } from './private-folder.ts';

const NEVER = new AbortController().signal;
const PATIENCE_MS = 60_000;

/** Says its version to whoever asks; well unless its version's folder says otherwise. */
export const SERVER = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const version = readFileSync('version.txt', 'utf8').trim();
console.log('starts ' + version);
if (existsSync('broken')) throw new Error('cannot start ' + version);
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(3);
  response.statusCode = existsSync('ill') ? 503 : 200;
  response.end(version);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  console.log('ends ' + version);
  process.exit(0);
});
`;

export interface ProgramOptions {
  readonly ports?: number;
  readonly change?: (target: ProcessTarget) => Partial<ProcessTarget>;
}

export async function deployedProgram({ ports = 2, change = () => ({}) }: ProgramOptions = {}) {
  const folder = privateFolder();
  const [workspace, deployRoot, root, logs] = ['workspace', 'deployments', 'processes', 'logs'].map((name) => join(folder, name)) as [string, string, string, string];
  for (const made of [workspace, deployRoot, root, logs]) mkdirSync(made);
  onTestFinished(async () => {
    await endGiven(root, { clock: systemClock, graceMs: 0 });
  });
  const basic: ProcessTarget = {
    name: 'shop',
    run: [process.execPath, 'server.mjs'],
    env: {},
    ports: await Promise.all(Array.from({ length: ports }, freePort)),
    health: { url: 'http://127.0.0.1:{{port}}/', command: null, withinMs: 30_000, everyMs: 100, misses: 3 },
    stop: { signal: 'SIGTERM', graceMs: 10_000, drainMs: 0, withNode: true },
    limits: SERVICE_LIMITS,
    restarts: { intensity: 5, periodMs: 60_000 },
  };
  const target = { ...basic, ...change(basic) };
  const surroundings = { workspace, deployRoot, healthUrl: 'http://127.0.0.1:1/health' };
  const wishFor = (version: string): DeployWish => ({ key: `deploy-${version}`, payload: { environment: 'shop', version }, surroundings, hidden: [] });

  const live = async () => {
    const facts: string[] = [];
    const alerts: string[] = [];
    const launcher = processLauncher({ clock: systemClock, targets: [target], root, deployments: deployRoot, logs, path: process.env.PATH ?? '', contain: async (argv) => argv });
    let system: System | undefined;
    const systemNow = (): System => {
      if (system === undefined) throw new Error('the system does not run');
      return system;
    };
    const heard = {
      clock: systemClock,
      inspect: (...args: Parameters<System['inspect']>) => systemNow().inspect(...args),
      startChild: (...args: Parameters<System['startChild']>) => systemNow().startChild(...args),
      terminateChild: (...args: Parameters<System['terminateChild']>) => systemNow().terminateChild(...args),
      monitor: (...args: Parameters<System['monitor']>) => systemNow().monitor(...args),
      record: (kind: string, { version }: Readonly<Record<string, unknown>>) => void facts.push(`${kind} ${version}`),
      raiseAlert: ({ text }: { readonly text: string }) => void alerts.push(text),
      clearAlert: () => undefined,
    };
    const processes = new Processes({ launcher, targets: [target], systemNow: () => heard });
    const driver = processDriver({ clock: systemClock, target, folders: folderTarget, processes, launcher, root });
    const swept = await launcher.keepOnly(target.name, readBook(root, target.name).runs);
    system = await createSystem({
      name: 'test',
      clock: systemClock,
      root: supervisor({ children: [dynamicSupervisor(PROCESSES, { templates: { process: processes.template() } })] }),
    });
    await system.start();
    await driver.resume();
    return { system, launcher, processes, driver, facts, alerts, swept };
  };
  let life = await live();
  onTestFinished(() => life.system.stop());

  const versionAt = async (port: number | undefined): Promise<string | null> => {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    return answer === undefined ? null : answer.text();
  };
  return {
    folder,
    workspace,
    target,
    life: () => life,
    wishFor,
    /** What is deployed next. `files`: besides, by name. */
    write(version: string, files: Readonly<Record<string, string>> = {}): void {
      for (const [name, text] of Object.entries({ 'server.mjs': SERVER, 'version.txt': `${version}\n`, ...files })) writeFileSync(join(workspace, name), text);
    },
    /** As far as it runs there and is well; `retire` makes it the only one. */
    async deploy(version: string): Promise<void> {
      const wish = wishFor(version);
      await life.driver.place(wish, NEVER);
      await life.driver.lead(wish, version, NEVER);
    },
    lead: (version: string | null) => life.driver.lead(wishFor(version ?? 'none'), version, NEVER),
    retire: () => life.driver.retire(wishFor('any'), NEVER),
    trouble: () => life.driver.trouble(wishFor('any'), NEVER),
    current: async () => (await life.driver.current(wishFor('any'), NEVER))?.version ?? null,
    /** What answers on each port; null: nobody. */
    answering: () => Promise.all(target.ports.map(versionAt)),
    /** Versions whose process lives, by what their environment says. */
    living: (): readonly string[] =>
      findGiven(root)
        .map(({ pid }) => readFileSync(`/proc/${pid}/cwd/version.txt`, 'utf8').trim())
        .sort(),
    pids: (): readonly number[] => findGiven(root).map(({ pid }) => pid),
    log: (): string => readFileSync(life.launcher.logFile(target.name), 'utf8'),
    /** The node stops in order. */
    stop: async (): Promise<void> => {
      life.launcher.leave();
      await life.system.stop();
    },
    /** Another node, though the former one never said that it would end. */
    begin: async (): Promise<void> => {
      life = await live();
    },
    until: <T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> =>
      eventually(what, async () => (await look()) || undefined, PATIENCE_MS) as Promise<T>,
  };
}
