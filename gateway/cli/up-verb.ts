// `up`: runs a node until it is told to stop. `--detach` leaves it running in the background once it is ready.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { codedError, isCoded } from '../../runtime/index.ts';
import { openDataDir } from '../data-dir.ts';
import type { StartedNode } from '../main.ts';
import { pause } from '../node/wait-until.ts';
import { type NodeFile, readNodeFile } from '../node-file.ts';
import { readText } from '../private-file.ts';
import { type Cli, configOf, note, say } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { onSignal } from './signals.ts';
import type { Verb } from './verb.ts';

/** Set for the node that `--detach` starts. */
const DETACHED = 'TROUPE_DETACHED';
const STOP_MS = 30_000;
const DETACHED_READY_MS = 90_000;

function readyText(urls: StartedNode['urls'], more: readonly string[]): string {
  return ['ready', `  health   ${urls.health}/health`, `  routes   ${urls.api}/api/v1`, `  rpc      ${urls.rpc}/rpc`, ...more.map((line) => `  ${line}`)].join('\n');
}

/** What the node that `--detach` started says to who started it, past any file. */
interface Told {
  readonly terminal: string;
  readonly swept: readonly string[];
  readonly standing: Standing;
  readonly login?: string;
}

interface Standing {
  readonly agents: string;
  /** Why what agents run is not contained, with the fix; null: it is. */
  readonly uncontained: string | null;
}

const standingLines = ({ agents, uncontained }: Standing): readonly string[] => [`agents   ${agents}`, ...(uncontained === null ? [] : [`warning  not contained: ${uncontained}`])];

function tellStarter(told: Told): void {
  // It may be gone: then nobody is told.
  process.send?.(told, () => process.connected && process.disconnect());
}

const loginLines = (login: string | undefined): readonly string[] => (login === undefined ? [] : [`login    ${login} makes the first administrator, once`]);

async function foreground(cli: Cli): Promise<void> {
  const asked = stopRequest();
  try {
    const started = await startUnlessAsked(cli, asked);
    if (started !== undefined) await runUntilAsked(cli, started, asked);
  } finally {
    asked.forget();
  }
}

/** Undefined when somebody asked it to stop while it started: then nothing is left of it. */
async function startUnlessAsked(cli: Cli, asked: StopRequest): Promise<StartedNode | undefined> {
  // Loaded here: the other verbs start faster without a whole node.
  const { startNode } = await import('../main.ts');
  try {
    return await startNode({
      config: configOf(cli),
      cwd: cli.cwd,
      env: cli.env,
      clock: cli.clock,
      signal: asked.signal,
      onExit: (why) => asked.ask(`the node went down: ${why}`, true),
    });
  } catch (error) {
    if (!isCoded(error, 'NodeStopped')) throw error;
    const why = await asked.why;
    note(cli, `${why}: stopped before it was ready`);
    if (cli.options.json === true) say(cli, { ready: false, why }, () => '');
    if (asked.failed()) cli.exitCode = EXIT.failed;
    return undefined;
  }
}

async function runUntilAsked(cli: Cli, started: StartedNode, asked: StopRequest): Promise<void> {
  const { urls, node, terminal, fleet, swept, uncontained } = started;
  for (const left of swept) note(cli, `ended what an earlier node had left running: ${left}`);
  const { instance, dataDir } = node;
  const standing = { agents: `${fleet.agents.length} of ${fleet.from}, in ${terminal}`, uncontained };
  const link = started.firstLink();
  // In the background its words go to a file, where a link that lets somebody in has no place: who started it is told.
  const login = cli.env[DETACHED] === undefined ? link : undefined;
  say(cli, { ready: true, pid: process.pid, instance, dataDir, urls, terminal, uncontained, swept, ...(login === undefined ? {} : { login }) }, () =>
    readyText(urls, [...standingLines(standing), `data     ${dataDir}`, ...loginLines(login)]),
  );
  if (cli.env[DETACHED] !== undefined) tellStarter({ terminal, swept, standing, ...(link === undefined ? {} : { login: link }) });
  note(cli, `${await asked.why}: stopping`);
  await stopInTime(cli, started);
  if (asked.failed()) cli.exitCode = EXIT.failed;
}

interface StopRequest {
  /** Resolves with who or what asked first. */
  readonly why: Promise<string>;
  readonly signal: AbortSignal;
  ask(why: string, failed?: boolean): void;
  /** Whether it was the node's own fault. */
  failed(): boolean;
  forget(): void;
}

/** Heard from now on, also while the node starts. */
function stopRequest(): StopRequest {
  const asked = new AbortController();
  let failed = false;
  const why = new Promise<string>((resolve) => asked.signal.addEventListener('abort', () => resolve(String(asked.signal.reason))));
  const forget = onSignal((signal) => asked.abort(signal));
  return {
    why,
    signal: asked.signal,
    ask(reason, isFailure = false) {
      failed ||= isFailure && !asked.signal.aborted;
      asked.abort(reason);
    },
    failed: () => failed,
    forget,
  };
}

async function stopInTime({ clock }: Cli, started: StartedNode): Promise<void> {
  const late = pause(clock, STOP_MS).then(() => {
    throw codedError('StopIncomplete', { pid: process.pid, withinMs: STOP_MS });
  });
  await Promise.race([started.stop(), late]);
}

async function detached(cli: Cli): Promise<void> {
  const { dataDir } = configOf(cli);
  const { logs } = openDataDir(dataDir);
  const [said, noted] = [join(logs, 'up.out'), join(logs, 'up.log')];
  const files = [said, noted].map((file) => openSync(file, 'w', 0o600));
  const args = process.argv.slice(1).filter((word) => word !== '--detach');
  const child = spawn(process.execPath, args, { cwd: cli.cwd, env: { ...cli.env, [DETACHED]: '1' }, detached: true, stdio: ['ignore', ...files, 'ipc'] });
  const told = new Promise<Told>((resolve) => child.once('message', (message) => resolve(message as Told)));
  for (const file of files) closeSync(file);
  const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? EXIT.failed)));
  const ready = await untilReady(cli, dataDir, child.pid ?? 0, exited);
  const heard = typeof ready === 'number' ? ready : await Promise.race([told, exited]);
  if (typeof ready === 'number' || typeof heard === 'number') {
    // Its words are ours: the document of --json too.
    cli.terminal.stdout.write(readText(said) ?? '');
    cli.terminal.stderr.write(readText(noted) ?? '');
    cli.exitCode = Number(heard);
    return;
  }
  child.unref();
  const { standing, login, terminal, swept } = heard;
  const { uncontained } = standing;
  for (const left of swept) note(cli, `ended what an earlier node had left running: ${left}`);
  say(cli, { ready: true, pid: ready.pid, instance: ready.instance, dataDir, urls: ready.urls, terminal, uncontained, swept, ...(login === undefined ? {} : { login }) }, () =>
    readyText(ready.urls, [...standingLines(standing), `pid      ${ready.pid}; \`troupe down\` stops it`, `data     ${dataDir}`, ...loginLines(login)]),
  );
}

/** What the node says of itself, or the exit code of one that did not come up. */
async function untilReady({ clock }: Cli, dataDir: string, pid: number, exited: Promise<number>): Promise<NodeFile | number> {
  let code: number | undefined;
  void exited.then((value) => {
    code = value;
  });
  const until = clock.monotonic() + DETACHED_READY_MS;
  while (clock.monotonic() < until && code === undefined) {
    const node = readNodeFile(dataDir);
    if (node?.pid === pid) return node;
    await pause(clock, 50);
  }
  if (code !== undefined) return code;
  process.kill(pid, 'SIGTERM');
  throw codedError('NodeNotReady', { withinMs: DETACHED_READY_MS, problem: 'see logs/up.log in the data directory' });
}

export const UP_VERB: Verb = {
  name: 'up',
  summary: 'runs a node until it is told to stop',
  options: [
    ['--config <file>', 'fleet file; default troupe.yaml here, else the nine built-in agents'],
    ['--port-offset <n>', 'shifts every port, so that several nodes fit on one machine (TROUPE_PORT_OFFSET)'],
    ['--host <ip>', 'address to listen on; default 127.0.0.1 (TROUPE_HOST)'],
    ['--detach', 'in the background, once it is ready'],
  ],
  example: 'troupe up --port-offset 100',
  run: (cli) => (cli.options.detach === true ? detached(cli) : foreground(cli)),
};
