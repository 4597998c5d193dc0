// The node's sessions: which terminal, which host program, what their environment holds.
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  chooseTerminal,
  findExecutable,
  type HostDirectory,
  hostCommand,
  livingRecords,
  openTerminal,
  type SessionLauncher,
  type SessionRecord,
  sessionLauncher,
  type TerminalChoice,
} from '../../actors/session/index.ts';
import type { Clock } from '../../runtime/index.ts';
import type { DataDir } from '../data-dir.ts';
import { CLIENT_VARIABLES, type ClientFiles } from '../tls/client-config.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface SessionsOptions {
  readonly clock: Clock;
  readonly dataDir: DataDir;
  readonly env: Env;
  readonly hosts: HostDirectory;
  /** Of the JSON-RPC door. */
  readonly url: string;
  /** Whom hosts believe besides the authorities that Node.js knows; null: whom this process was told to. */
  readonly caFile: string | null;
  /** What hosts show a node that asks for a certificate. */
  readonly shown: ClientFiles | undefined;
  /** Program of the agent host; default the built one beside the session's code. */
  readonly hostProgram?: string | undefined;
  /** Within which its host must answer. */
  readonly readyMs: number;
  /** Sessions of the node before that still work. */
  readonly survivors: readonly SessionRecord[];
}

export interface Sessions {
  readonly launcher: SessionLauncher;
  readonly terminal: TerminalChoice;
}

const GRACE_MS = 2_000;
/** So long a host that still executes something waits for the next node. */
const OUTLIVE_MS = 60_000;
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

const recordDir = (dataDir: string): string => join(dataDir, 'sessions');

/** Sessions in the data directory that outlived their node. */
export function livingSessions(dataDir: string): readonly SessionRecord[] {
  return livingRecords(recordDir(dataDir));
}

/** All that hosts inherit: no variable that could hold a credential. */
export function hostEnvironment(env: Env): Readonly<Record<'PATH' | 'HOME' | 'LANG' | 'TERM', string>> {
  const path = `${env.PATH ?? DEFAULT_PATH}:${dirname(process.execPath)}`;
  return { PATH: path, HOME: env.HOME ?? '/', LANG: env.LANG ?? 'C.UTF-8', TERM: env.TERM === undefined || env.TERM === 'dumb' ? 'xterm-256color' : env.TERM };
}

/** Throws `TerminalFailed` when TROUPE_TERMINAL names what is not there. */
export async function openSessions({ clock, dataDir, env, hosts, url, caFile, shown, hostProgram, readyMs, survivors }: SessionsOptions): Promise<Sessions> {
  const { path, instance, ownerToken, logs } = dataDir;
  const authority = caFile ?? env.NODE_EXTRA_CA_CERTS;
  const show = shown === undefined ? {} : { [CLIENT_VARIABLES.cert]: shown.certFile, [CLIENT_VARIABLES.key]: shown.keyFile };
  const inherited = { ...hostEnvironment(env), ...(authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: authority }), ...show };
  // In the PATH as it was given: what lies beside node is for hosts alone.
  const terminal = await chooseTerminal({ env, which: (binary) => findExecutable(binary, env.PATH ?? DEFAULT_PATH) });
  const launcher = sessionLauncher({
    clock,
    hosts,
    terminal: openTerminal(terminal, { clock, dataDir: path, instance, ownerToken, env: inherited }),
    ownerToken,
    ticketDir: join(path, 'tickets'),
    logDir: logs,
    temporaryDir: tmpdir(),
    url: () => `${url.replace(/^http/, 'ws')}/ws`,
    argv: hostCommand(hostProgram),
    env: inherited,
    cwd: path,
    readyMs,
    graceMs: GRACE_MS,
    outlive: { recordDir: recordDir(path), urlFile: join(path, 'hosts.url'), withinMs: OUTLIVE_MS, survivors },
  });
  return { launcher, terminal };
}
