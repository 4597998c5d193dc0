// `up`: runs a node until it is told to stop. `--detach` leaves it running in the background once it is ready.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { codedError } from '../../runtime/index.ts';
import { type StartedNode, startNode } from '../main.ts';
import { pause } from '../node/wait-until.ts';
import { type NodeFile, readNodeFile } from '../node-file.ts';
import { readText } from '../private-file.ts';
import { type Cli, configOf, note, say } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { onSignal } from './signals.ts';
import type { Verb } from './verb.ts';

const STOP_MS = 30_000;
const DETACHED_READY_MS = 90_000;

function readyText(urls: StartedNode['urls'], more: readonly string[]): string {
  return ['ready', `  health   ${urls.health}/health`, `  routes   ${urls.api}/api/v1`, `  rpc      ${urls.rpc}/rpc`, ...more.map((line) => `  ${line}`)].join('\n');
}

async function foreground(cli: Cli): Promise<void> {
  let ask: (why: string) => void = () => undefined;
  const asked = new Promise<string>((resolve) => {
    ask = resolve;
  });
  // Also while it starts: then it stops as soon as it has started.
  const forget = onSignal(ask);
  let down: string | undefined;
  const started = await startNode({
    config: configOf(cli),
    cwd: cli.cwd,
    env: cli.env,
    clock: cli.clock,
    onExit: (why) => {
      down = why;
      ask(`the node went down: ${why}`);
    },
  });
  const { urls, node, terminal, fleet, swept } = started;
  for (const left of swept) note(cli, `ended what an earlier node had left running: ${left}`);
  const { instance, dataDir } = node;
  say(cli, { ready: true, pid: process.pid, instance, dataDir, urls, terminal, swept }, () =>
    readyText(urls, [`agents   ${fleet.agents.length} of ${fleet.from}, in ${terminal}`, `data     ${dataDir}`]),
  );
  const why = await asked;
  note(cli, `${why}: stopping`);
  await stopInTime(cli, started);
  forget();
  if (down !== undefined) cli.exitCode = EXIT.failed;
}

async function stopInTime({ clock }: Cli, started: StartedNode): Promise<void> {
  const late = pause(clock, STOP_MS).then(() => {
    throw codedError('StopIncomplete', { pid: process.pid, withinMs: STOP_MS });
  });
  await Promise.race([started.stop(), late]);
}

async function detached(cli: Cli): Promise<void> {
  const { dataDir } = configOf(cli);
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'logs', 'up.log');
  const output = openSync(file, 'w', 0o600);
  const args = process.argv.slice(1).filter((word) => word !== '--detach');
  const child = spawn(process.execPath, args, { cwd: cli.cwd, env: { ...cli.env }, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? EXIT.failed)));
  const ready = await untilReady(cli, dataDir, child.pid ?? 0, exited);
  if (typeof ready === 'number') {
    note(cli, (readText(file) ?? '').trimEnd());
    cli.exitCode = ready;
    return;
  }
  child.unref();
  say(cli, { ready: true, pid: ready.pid, instance: ready.instance, dataDir, urls: ready.urls }, () =>
    readyText(ready.urls, [`pid      ${ready.pid}; \`troupe down\` stops it`, `data     ${dataDir}`]),
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
