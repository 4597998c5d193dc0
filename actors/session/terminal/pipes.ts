// The plainest terminal: a child process with pipes, in its own process group. For machines without tmux and without node-pty.
// The child dies with the node: its connection goes, and so does its standard input.
import { spawn } from 'node:child_process';
import type { Clock } from '../../../runtime/clock.ts';
import { codedError } from '../../../runtime/errors.ts';
import { identifyProcess, signalGroup } from '../process-identity.ts';
import type { RunningTerminal, Terminal, TerminalStart } from '../terminal.ts';
import { endGroup } from './group-end.ts';
import { recentOutput } from './recent-output.ts';

export function pipesTerminal({ clock }: { readonly clock: Clock }): Terminal {
  return {
    kind: 'pipes',
    start: (options) => startPipes(options, clock),
    close: async () => {},
  };
}

async function startPipes({ name, argv: [binary, ...args], env, cwd, onExit }: TerminalStart, clock: Clock): Promise<RunningTerminal> {
  const child = spawn(binary, args, { cwd, env: { ...env, TERM: 'dumb' }, detached: true, stdio: 'pipe' });
  const output = recentOutput();
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', output.add);
  child.stdin.on('error', () => {});
  const started = new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(codedError('TerminalFailed', { kind: 'pipes', agent: name, problem: error.message, fix: `check that '${binary}' exists and may be executed` })),
    );
    child.once('spawn', () => resolve(child.pid as number));
  });
  child.once('exit', (code, signal) => onExit(signal === null ? `exit code ${code}` : `signal ${signal}`));
  const pid = await started;
  const identity = identifyProcess(pid) ?? { pid, startTime: 0 };
  return {
    ...identity,
    kind: 'pipes',
    kill: (signal) => void signalGroup(identity, signal),
    end: (graceMs) => endGroup(identity, clock, graceMs),
    screen: async () => output.text(),
    write: async (text) => void child.stdin.write(text),
    onData: output.follow,
  };
}
