// Starts, watches and ends the sessions of agents. One session an agent: the next start waits until the last one is wholly gone.
// What it starts carries two markers, the node's owner token and the session's own id, so that nothing outlives its session.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { codedError, type TroupeError } from '../../runtime/errors.ts';
import { findExecutable } from './choose-terminal.ts';
import type { HostInfo } from './host-connection.ts';
import type { HostDirectory } from './host-directory.ts';
import { endOfSession, SESSION_VARIABLE } from './owned-processes.ts';
import type { RunningTerminal, Terminal, TerminalKind } from './terminal.ts';

export interface LauncherOptions {
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly hosts: HostDirectory;
  readonly ownerToken: string;
  /** Made with mode 0700: tickets lie here until their host has read them. */
  readonly ticketDir: string;
  /** Made with mode 0700: one transcript an agent. */
  readonly logDir: string;
  /** Where each session gets a folder for the temporary files of its steps. */
  readonly temporaryDir: string;
  /** `ws://127.0.0.1:9999/ws`. */
  readonly url: () => string;
  /** Program and arguments of the agent host. */
  readonly argv: readonly [string, ...string[]];
  /** PATH, HOME, LANG, TERM: all that a host has besides TROUPE_ variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly readyMs: number;
  /** What each stage of an orderly end may take: host.stop, SIGTERM, the sweep. */
  readonly graceMs: number;
}

export interface Launched {
  readonly kind: TerminalKind;
  readonly pid: number;
  readonly attach: readonly string[] | null;
}

export interface SessionLauncher {
  /** Rejects with `TerminalFailed`. */
  launch(agent: string, signal: AbortSignal): Promise<Launched>;
  /** Resolves when the host inside has answered the nonce. Rejects with `SessionNotReady`. */
  ready(agent: string, signal: AbortSignal): Promise<HostInfo>;
  /** Rejects with `SessionLost` when the terminal or the connection ends; never resolves. */
  life(agent: string, info: HostInfo, signal: AbortSignal): Promise<never>;
  /** host.stop, SIGTERM, SIGKILL, sweep: resolves when nothing of it is left. */
  stop(agent: string): Promise<void>;
  /** The same at once, without waiting; for what has no session it does nothing. */
  abandon(agent: string): void;
  terminal(agent: string): RunningTerminal | undefined;
  /** Ends every session and what they shared. */
  close(): Promise<void>;
}

interface Session {
  readonly id: string;
  readonly nonce: string;
  readonly ticketFile: string;
  readonly temporary: string;
  /** Resolves with how the terminal ended. */
  readonly ended: Promise<string>;
  readonly starting: Promise<RunningTerminal>;
  terminal: RunningTerminal | undefined;
}

type Place = Pick<Session, 'id' | 'nonce' | 'ticketFile' | 'temporary'>;

async function prepare({ ticketFile, temporary }: Place, ticket: string): Promise<void> {
  await mkdir(temporary, { mode: 0o700 });
  await writeFile(ticketFile, ticket, { mode: 0o600, flag: 'wx' });
}

/** How long a host whose connection is gone may take to end by itself. */
const LONELY_MS = 3_000;

export function sessionLauncher(options: LauncherOptions): SessionLauncher {
  for (const folder of [options.ticketDir, options.logDir]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new Launcher(options);
}

class Launcher implements SessionLauncher {
  readonly #options: LauncherOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #endings = new Map<string, Promise<void>>();

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  async launch(agent: string, signal: AbortSignal): Promise<Launched> {
    await this.#endings.get(agent);
    signal.throwIfAborted();
    this.#checkProgram(agent);
    const session = this.#begin(agent);
    this.#sessions.set(agent, session);
    const { kind, pid, attachCommand } = await session.starting;
    return { kind, pid, attach: attachCommand ?? null };
  }

  async ready(agent: string, signal: AbortSignal): Promise<HostInfo> {
    const { hosts, readyMs } = this.#options;
    const session = this.#session(agent);
    const early = session.ended.then((how): never => {
      throw new Error(`ended before it was ready (${how})`);
    });
    try {
      return await Promise.race([hosts.ready(agent, session.nonce, readyMs, signal), early]);
    } catch (error) {
      signal.throwIfAborted();
      throw await this.#notReady(agent, session, error);
    }
  }

  async life(agent: string, info: HostInfo, signal: AbortSignal): Promise<never> {
    const { hosts, clock } = this.#options;
    const session = this.#session(agent);
    const gone = new Promise<string>((resolve) => {
      const forget = hosts.onGone(info, resolve);
      signal.addEventListener('abort', forget, { once: true });
    });
    const lonely = gone.then(async (why) => {
      const late = new Promise<string>((resolve) => void clock.after(LONELY_MS, () => resolve(why)));
      return Promise.race([session.ended, late]);
    });
    throw codedError('SessionLost', { agent, why: await Promise.race([session.ended, lonely]) });
  }

  stop(agent: string): Promise<void> {
    return this.#end(agent, async (session) => {
      const { graceMs } = this.#options;
      const terminal = await session.starting.catch(() => undefined);
      await this.#askToStop(agent, session);
      await terminal?.end(graceMs);
      await this.#sweep(session, graceMs);
    });
  }

  abandon(agent: string): void {
    this.#end(agent, async (session) => {
      session.terminal?.kill('SIGKILL');
      const terminal = await session.starting.catch(() => undefined);
      await terminal?.end(0);
      await this.#sweep(session, 0);
    }).catch(() => {
      // What cannot be ended now is found again by its owner token at the next start.
    });
  }

  terminal(agent: string): RunningTerminal | undefined {
    return this.#sessions.get(agent)?.terminal;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((agent) => this.stop(agent)));
    await Promise.all(this.#endings.values());
    await this.#options.terminal.close();
  }

  #session(agent: string): Session {
    const session = this.#sessions.get(agent);
    if (session === undefined) throw codedError('NoSession', { agent, waited: '' });
    return session;
  }

  #checkProgram(agent: string): void {
    const { argv, env, terminal } = this.#options;
    const missing = (problem: string, fix: string): TroupeError => codedError('TerminalFailed', { kind: terminal.kind, agent, problem, fix });
    if (findExecutable(argv[0], env.PATH ?? '') === null) throw missing(`'${argv[0]}' is not an executable`, 'install it, or correct the PATH of the node');
    const program = argv.find((word) => isAbsolute(word) && word.endsWith('.js') && !existsSync(word));
    if (program !== undefined) throw missing(`there is no ${program}`, 'run `npm run build`, or install troupe again');
  }

  #begin(agent: string): Session {
    const { hosts, ticketDir, temporaryDir } = this.#options;
    const { ticket, nonce } = hosts.mintTicket(agent);
    const id = randomUUID();
    const place = { id, nonce, ticketFile: join(ticketDir, `${agent}.${id}`), temporary: join(temporaryDir, `troupe-${id}`) };
    let exited: (how: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      exited = resolve;
    });
    const starting = prepare(place, ticket).then(() => this.#open(agent, place, exited));
    const session: Session = { ...place, ended, starting, terminal: undefined };
    starting.then(
      (terminal) => {
        session.terminal = terminal;
      },
      () => exited('it did not start'),
    );
    return session;
  }

  #open(agent: string, { id, nonce, ticketFile, temporary }: Place, onExit: (how: string) => void): Promise<RunningTerminal> {
    const { terminal, argv, env, cwd, ownerToken, url, logDir } = this.#options;
    const own = {
      TROUPE_OWNER: ownerToken,
      [SESSION_VARIABLE]: id,
      TROUPE_AGENT: agent,
      TROUPE_URL: url(),
      TROUPE_TICKET_FILE: ticketFile,
      TROUPE_NONCE: nonce,
      TROUPE_TEMPORARY: temporary,
      TROUPE_TRANSCRIPT_FILE: join(logDir, `${agent}.log`),
    };
    return terminal.start({ name: `claude-${agent}`, argv, env: { ...env, ...own }, cwd, onExit });
  }

  async #notReady(agent: string, { terminal }: Session, error: unknown): Promise<TroupeError> {
    const { readyMs, argv, logDir } = this.#options;
    const screen = (await terminal?.screen()) ?? '';
    const last = screen.split('\n').findLast((line) => line.trim() !== '');
    const problem = error instanceof Error && error.message.startsWith('ended') ? error.message : 'runs but is silent';
    const binary = argv.join(' ');
    const fix = `see ${join(logDir, `${agent}.log`)}, and run \`troupe doctor\``;
    return codedError('SessionNotReady', { agent, readyMs, binary, problem: last === undefined ? problem : `${problem}; its last words: ${last.slice(0, 200)}`, fix });
  }

  async #askToStop(agent: string, { ended }: Session): Promise<void> {
    const { hosts, clock, graceMs } = this.#options;
    if (!hosts.connected(agent)) return;
    const patience = new AbortController();
    const cancel = clock.after(graceMs, () => patience.abort(new Error('no answer')));
    const asked = hosts.call(agent, 'host.stop', {}, { signal: patience.signal }).catch(() => {});
    const impatient = new Promise<void>((resolve) => patience.signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([asked.then(() => ended), impatient]);
    cancel();
  }

  async #sweep({ id, temporary, ticketFile }: Session, graceMs: number): Promise<void> {
    const { clock, ownerToken } = this.#options;
    await endOfSession({ ownerToken, session: id, temporary }, { clock, graceMs });
    await rm(ticketFile, { force: true });
    await rm(temporary, { recursive: true, force: true });
  }

  /** One ending an agent at a time; a second one waits for the first. */
  #end(agent: string, ending: (session: Session) => Promise<void>): Promise<void> {
    const session = this.#sessions.get(agent);
    const running = this.#endings.get(agent);
    if (session === undefined) return running ?? Promise.resolve();
    this.#sessions.delete(agent);
    this.#options.hosts.revokeTicket(agent);
    const done = ending(session).finally(() => {
      if (this.#endings.get(agent) === done) this.#endings.delete(agent);
    });
    this.#endings.set(agent, done);
    return done;
  }
}
