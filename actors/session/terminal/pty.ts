// A pseudo terminal of the node itself, by node-pty (optional: it has no Linux prebuild). Its process gets SIGHUP when the node dies.
import type { IPty } from 'node-pty';
import type { Clock } from '../../../runtime/clock.ts';
import { codedError } from '../../../runtime/errors.ts';
import { identifyProcess, signalGroup } from '../process-identity.ts';
import type { RunningTerminal, Terminal, TerminalStart } from '../terminal.ts';
import { endGroup } from './group-end.ts';
import { recentOutput } from './recent-output.ts';

export type PtyModule = Pick<typeof import('node-pty'), 'spawn'>;

/** Null when node-pty is not installed or was not built for this machine. */
export async function loadPty(): Promise<PtyModule | null> {
  try {
    return await import('node-pty');
  } catch {
    return null;
  }
}

export function ptyTerminal({ clock, pty }: { readonly clock: Clock; readonly pty: PtyModule }): Terminal {
  return {
    kind: 'pty',
    start: async (options) => startPty(options, clock, pty),
    close: async () => {},
  };
}

function startPty(options: TerminalStart, clock: Clock, pty: PtyModule): RunningTerminal {
  const child = spawnPty(options, pty);
  const output = recentOutput();
  child.onData(output.add);
  child.onExit(({ exitCode, signal }) => options.onExit(signal === undefined || signal === 0 ? `exit code ${exitCode}` : `signal ${signal}`));
  const identity = identifyProcess(child.pid) ?? { pid: child.pid, startTime: 0 };
  return {
    ...identity,
    kind: 'pty',
    kill: (signal) => void signalGroup(identity, signal),
    end: (graceMs) => endGroup(identity, clock, graceMs),
    screen: async () => output.text(),
    write: async (text) => child.write(text),
    onData: output.follow,
  };
}

function spawnPty({ name, argv: [binary, ...args], env, cwd }: TerminalStart, pty: PtyModule): IPty {
  try {
    return pty.spawn(binary, args, { name: 'xterm-256color', cols: 120, rows: 40, cwd, env: { ...env } });
  } catch (error) {
    throw codedError('TerminalFailed', {
      kind: 'pty',
      agent: name,
      problem: error instanceof Error ? error.message : 'it did not start',
      fix: 'set TROUPE_TERMINAL=pipes to do without',
    });
  }
}
