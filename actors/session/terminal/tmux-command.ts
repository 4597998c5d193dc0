// Runs the tmux client against one private socket, with no configuration file and a cleared environment.
import { execFile } from 'node:child_process';

export interface TmuxServer {
  readonly binary: string;
  /** Absolute path of the private socket; at most 107 bytes (sun_path). */
  readonly socket: string;
  /** The environment of the server: what every session inherits. Holds the owner token. */
  readonly env: Readonly<Record<string, string>>;
}

export type TmuxAnswer = { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly problem: string };

const DEADLINE_MS = 10_000;

/** tmux reads a trailing `;` of an argument as the end of a command. */
function literal(argument: string): string {
  return argument.endsWith(';') ? `${argument.slice(0, -1)}\\;` : argument;
}

/** Several commands go to the server in one call, in order. */
export function runTmux(server: TmuxServer, ...commands: ReadonlyArray<readonly string[]>): Promise<TmuxAnswer> {
  const words = commands.flatMap((command, index) => [...(index === 0 ? [] : [';']), ...command.map(literal)]);
  const options = { env: { ...server.env }, timeout: DEADLINE_MS, maxBuffer: 4_194_304 };
  return new Promise((resolve) => {
    execFile(server.binary, ['-S', server.socket, '-f', '/dev/null', ...words], options, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, stdout });
      else resolve({ ok: false, problem: stderr.trim() || error.message });
    });
  });
}
