// `attach` and `logs`: an agent's real terminal, and what it has printed.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import { codedError, isSegment } from '../../runtime/index.ts';
import { pause } from '../node/wait-until.ts';
import { type Cli, configOf, nodeOf, say } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import type { Verb } from './verb.ts';

const LOOK_EVERY_MS = 300;

async function attach(cli: Cli, [agent = '']: readonly string[]): Promise<void> {
  const { session, state } = await nodeOf(cli).call<AgentReport>('agent.status', { agent });
  if (session === null) throw codedError('NotDone', { what: 'attach', reason: `'${agent}' is ${state} and has no session` });
  const [binary, ...args] = session.attach ?? [];
  if (binary === undefined)
    throw codedError('NotDone', {
      what: 'attach',
      reason: `the terminal of '${agent}' is ${session.terminal}, which only its node holds: follow it with \`troupe logs ${agent} --follow\``,
    });
  if (cli.options.json === true) return say(cli, { agent, command: [binary, ...args] }, () => '');
  // Within another tmux this is still another server: TMUX would make it refuse.
  const { TMUX: _outer, ...env } = cli.env;
  const { status } = spawnSync(binary, args, { stdio: 'inherit', env: env as NodeJS.ProcessEnv });
  if (status !== 0) cli.exitCode = EXIT.failed;
}

/** Returns the new place; a file that was begun anew is read from its start. With --json a document for each stretch: one, or lines of them. */
function printFrom(file: string, from: number, cli: Cli, agent: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw codedError('UnreadableFile', { file, problem: 'does not exist: the agent never had a session here' });
  const start = size < from ? 0 : from;
  const bytes = Buffer.alloc(size - start);
  const handle = openSync(file, 'r');
  const read = readSync(handle, bytes, 0, bytes.length, start);
  closeSync(handle);
  const shown = bytes.subarray(0, read);
  if (cli.options.json !== true) cli.terminal.stdout.write(shown);
  else if (read > 0 || from === 0) cli.terminal.stdout.write(`${JSON.stringify({ agent, text: shown.toString() })}\n`);
  return start + read;
}

async function logs(cli: Cli, [agent = '']: readonly string[]): Promise<void> {
  if (!isSegment(agent)) throw codedError('InvalidInput', { problem: `'${agent}' is no agent's name` });
  const file = join(configOf(cli).dataDir, 'logs', `${agent}.log`);
  let place = printFrom(file, 0, cli, agent);
  while (cli.options.follow === true) {
    await pause(cli.clock, LOOK_EVERY_MS);
    place = printFrom(file, place, cli, agent);
  }
}

export const TERMINAL_VERBS: readonly Verb[] = [
  { name: 'attach', summary: "an agent's real terminal; leave it with Ctrl-b d", args: ['<agent>'], example: 'troupe attach testing', run: attach },
  {
    name: 'logs',
    summary: "what an agent's terminal has shown",
    args: ['<agent>'],
    options: [['--follow', 'and what it will show']],
    example: 'troupe logs testing --follow',
    run: logs,
  },
];
