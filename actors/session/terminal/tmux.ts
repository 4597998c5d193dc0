// Terminals in tmux, on a private socket of this node: a person can attach, and look at an agent while it works.
// Sessions are addressed by tmux's immutable ids; a session of the same name is replaced only if it carries our owner token.
import { rm } from 'node:fs/promises';
import type { Clock } from '../../../runtime/clock.ts';
import { codedError, type TroupeError } from '../../../runtime/errors.ts';
import { OWNER_VARIABLE } from '../owned-processes.ts';
import { identifyProcess, isRunning, type ProcessIdentity, signalGroup, watchProcess } from '../process-identity.ts';
import type { RunningTerminal, Terminal, TerminalStart, TerminalTrace } from '../terminal.ts';
import { endGroup } from './group-end.ts';
import { runTmux, type TmuxServer } from './tmux-command.ts';

export interface TmuxOptions extends TmuxServer {
  readonly clock: Clock;
}

const LOOK_EVERY_MS = 200;
const ATTEMPTS = 3;
const HISTORY_LINES = '10000';

export function tmuxTerminal(options: TmuxOptions): Terminal {
  return {
    kind: 'tmux',
    start: (start) => startSession(options, start),
    adopt: (trace, onExit) => (isRunning(trace) ? running(options, trace, onExit) : undefined),
    close: () => closeServer(options),
  };
}

async function startSession(options: TmuxOptions, start: TerminalStart): Promise<RunningTerminal> {
  let problem = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answer = await runTmux(options, ['start-server'], ['set-option', '-g', 'history-limit', HISTORY_LINES], newSession(start));
    if (answer.ok) return running(options, traceOf(start, answer.stdout.trim()), start.onExit);
    problem = answer.problem;
    // A server that just ended with its last session refuses the first call of the next.
    if (problem.includes('duplicate session')) await endOwnNamesake(options, start.name);
    else if (!/lost server|server exited|no server/.test(problem)) break;
  }
  throw failed(start, problem);
}

/** Argv of at least two words is executed without a shell. */
function newSession({ name, argv, env, cwd }: TerminalStart): string[] {
  const variables = Object.entries(env).flatMap(([variable, value]) => ['-e', `${variable}=${value}`]);
  const format = '#{session_id} #{pane_id} #{pane_pid} #{pid}';
  return ['new-session', '-d', '-s', name, '-x', '160', '-y', '48', '-P', '-F', format, '-c', cwd, ...variables, '--', '/usr/bin/env', ...argv];
}

function failed({ name }: TerminalStart, problem: string): TroupeError {
  return codedError('TerminalFailed', { kind: 'tmux', agent: name, problem, fix: 'check `tmux -V`, or set TROUPE_TERMINAL=pty to do without' });
}

async function endOwnNamesake(options: TmuxOptions, name: string): Promise<void> {
  const shown = await runTmux(options, ['show-environment', '-t', `=${name}`, OWNER_VARIABLE]);
  if (shown.ok && shown.stdout.trim() === `${OWNER_VARIABLE}=${options.env[OWNER_VARIABLE]}`) await runTmux(options, ['kill-session', '-t', `=${name}`]);
}

function traceOf(start: TerminalStart, answer: string): TerminalTrace {
  const [session, pane, pid, server] = answer.split(' ');
  if (session === undefined || pane === undefined || pid === undefined || server === undefined) throw failed(start, `it answered '${answer}'`);
  return { ...(identifyProcess(Number(pid)) ?? { pid: Number(pid), startTime: 0 }), ids: [session, pane], server: Number(server) };
}

function running(options: TmuxOptions, trace: TerminalTrace, onExit: (how: string) => void): RunningTerminal {
  const [session = '', pane = ''] = trace.ids;
  const identity: ProcessIdentity = { pid: trace.pid, startTime: trace.startTime };
  watchProcess(identity, options.clock, LOOK_EVERY_MS, () => onExit('its process ended'));
  return {
    ...identity,
    kind: 'tmux',
    trace,
    attachCommand: [options.binary, '-S', options.socket, 'attach-session', '-t', session],
    kill: (signal) => void signalGroup(identity, signal),
    end: (graceMs) => endGroup(identity, options.clock, graceMs),
    screen: async () => {
      const answer = await runTmux(options, ['capture-pane', '-p', '-t', pane]);
      return answer.ok ? answer.stdout.trimEnd() : '';
    },
    write: async (text) => {
      const lines = text.split('\n');
      const keys = lines.flatMap((line, index) => [
        ...(line === '' ? [] : [['send-keys', '-t', pane, '-l', '--', line]]),
        ...(index < lines.length - 1 ? [['send-keys', '-t', pane, 'Enter']] : []),
      ]);
      if (keys.length > 0) await runTmux(options, ...keys);
    },
  };
}

async function closeServer(options: TmuxOptions): Promise<void> {
  const sessions = await runTmux(options, ['list-sessions', '-F', '#{session_id}']);
  if (sessions.ok && sessions.stdout.trim() !== '') return;
  await runTmux(options, ['kill-server']);
  await rm(options.socket, { force: true });
}
