// Starts, watches and ends the sessions of agents. One session an agent: the next start waits until the last one is wholly gone.
// What it starts carries two markers, the node's owner token and the session's own id, so that nothing outlives its session.
// A session that outlived its node is taken over once, by the first start of its agent (K19).
import { codedError, type TroupeError } from '../../runtime/errors.ts';
import { missingProgram } from './host-command.ts';
import type { HostInfo } from './host-connection.ts';
import type { HostDirectory } from './host-directory.ts';
import { proofOfResume, type Ticket } from './host-tickets.ts';
import { hostVariables, openPlaces, type PlaceOptions, preparePlace, type SessionPlace, sessionPlace, sweepPlace } from './session-place.ts';
import { removeRecord, type SessionRecord, writeRecord } from './session-record.ts';
import type { RunningTerminal, Terminal, TerminalKind } from './terminal.ts';

export interface LauncherOptions extends PlaceOptions {
  readonly terminal: Terminal;
  readonly hosts: HostDirectory;
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
  /** A new one, or the one that still works from before. Rejects with `TerminalFailed`. */
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
  readonly place: SessionPlace;
  readonly nonce: string;
  /** Resolves with how the terminal ended. */
  readonly ended: Promise<string>;
  readonly starting: Promise<RunningTerminal>;
  terminal: RunningTerminal | undefined;
}

/** How long a host of an earlier node may take to say hello: it tries several times a second. */
const TAKE_OVER_MS = 5_000;
/** How long a host whose connection is gone may take to end by itself. */
const LONELY_MS = 3_000;

export function sessionLauncher(options: LauncherOptions): SessionLauncher {
  // What ends with its node takes nothing over.
  const { outlive, ...rest } = options;
  const settled = options.terminal.adopt === undefined || outlive === undefined ? rest : { ...rest, outlive };
  openPlaces(settled);
  return new Launcher(settled, outlive?.survivors ?? []);
}

class Launcher implements SessionLauncher {
  readonly #options: LauncherOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #endings = new Map<string, Promise<void>>();
  readonly #survivors: Map<string, SessionRecord>;

  constructor(options: LauncherOptions, survivors: readonly SessionRecord[]) {
    this.#options = options;
    this.#survivors = new Map(survivors.map((record) => [record.place.agent, record]));
    for (const { place, proof } of survivors) options.hosts.announce(place.agent, proof);
  }

  async launch(agent: string, signal: AbortSignal): Promise<Launched> {
    this.abandon(agent);
    await this.#endings.get(agent)?.catch(() => {});
    signal.throwIfAborted();
    this.#checkProgram(agent);
    const session = (await this.#takeOver(agent, signal)) ?? this.#begin(agent);
    this.#sessions.set(agent, session);
    const { kind, pid, attachCommand } = await session.starting;
    return { kind, pid, attach: attachCommand ?? null };
  }

  async ready(agent: string, signal: AbortSignal): Promise<HostInfo> {
    const { hosts, readyMs } = this.#options;
    const session = this.#session(agent);
    const answered = hosts.ready(agent, session.nonce, readyMs, signal).catch(() => 'runs but is silent');
    const ended = session.ended.then((how) => `ended before it was ready (${how})`);
    const first = await Promise.race([answered, ended]);
    if (typeof first !== 'string') return first;
    signal.throwIfAborted();
    throw await this.#notReady(agent, session, first);
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
      await this.#sweep(session.place, graceMs);
    });
  }

  abandon(agent: string): void {
    this.#end(agent, async (session) => {
      session.terminal?.kill('SIGKILL');
      const terminal = await session.starting.catch(() => undefined);
      await terminal?.end(0);
      await this.#sweep(session.place, 0);
    }).catch(() => {
      // What cannot be ended now is found again by its owner token at the next start.
    });
  }

  terminal(agent: string): RunningTerminal | undefined {
    return this.#sessions.get(agent)?.terminal;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#survivors.keys()].map((agent) => this.#forget(agent)));
    await Promise.allSettled([...this.#sessions.keys()].map((agent) => this.stop(agent)));
    await Promise.allSettled(this.#endings.values());
    await this.#options.terminal.close();
  }

  #session(agent: string): Session {
    const session = this.#sessions.get(agent);
    if (session === undefined) throw codedError('NoSession', { agent, waited: '' });
    return session;
  }

  #checkProgram(agent: string): void {
    const { argv, env, terminal } = this.#options;
    const missing = missingProgram(argv, env.PATH ?? '');
    if (missing !== null) throw codedError('TerminalFailed', { kind: terminal.kind, agent, ...missing });
  }

  /** The session of an earlier node, once its host has said hello. Whatever is wrong with it, it is ended, and the agent gets a new one. */
  async #takeOver(agent: string, signal: AbortSignal): Promise<Session | undefined> {
    const { hosts, terminal } = this.#options;
    const record = this.#survivors.get(agent);
    if (record === undefined) return undefined;
    let exited: (how: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      exited = resolve;
    });
    const running = terminal.adopt?.(record.trace, exited);
    if (running !== undefined) {
      hosts.honour(agent);
      const came = hosts.ready(agent, record.nonce, TAKE_OVER_MS, signal).then(
        () => true,
        () => false,
      );
      if (await Promise.race([came, ended.then(() => false)])) {
        this.#survivors.delete(agent);
        return { place: record.place, nonce: record.nonce, ended, starting: Promise.resolve(running), terminal: running };
      }
    }
    await this.#forget(agent);
    signal.throwIfAborted();
    return undefined;
  }

  async #forget(agent: string): Promise<void> {
    const { hosts, terminal, graceMs } = this.#options;
    const record = this.#survivors.get(agent);
    this.#survivors.delete(agent);
    hosts.revokeTicket(agent);
    if (record === undefined) return;
    await terminal.adopt?.(record.trace, () => {})?.end(graceMs);
    await this.#sweep(record.place, graceMs);
  }

  async #sweep(place: SessionPlace, graceMs: number): Promise<void> {
    const { outlive } = this.#options;
    if (outlive !== undefined) removeRecord(outlive.recordDir, place.agent);
    await sweepPlace(this.#options, place, graceMs);
  }

  #keepRecord(place: SessionPlace, ticket: Ticket, { trace }: RunningTerminal): void {
    const { outlive } = this.#options;
    if (outlive !== undefined && trace !== undefined) writeRecord(outlive.recordDir, { place, nonce: ticket.nonce, proof: proofOfResume(ticket), trace });
  }

  #begin(agent: string): Session {
    const { hosts, terminal, argv, cwd, env } = this.#options;
    const ticket = hosts.mintTicket(agent);
    const place = sessionPlace(this.#options, agent);
    const variables = { ...env, ...hostVariables(this.#options, place, ticket) };
    let exited: (how: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      exited = resolve;
    });
    const starting = preparePlace(place, ticket).then(() => terminal.start({ name: `claude-${agent}`, argv, env: variables, cwd, onExit: exited }));
    const session: Session = { place, nonce: ticket.nonce, ended, starting, terminal: undefined };
    starting.then(
      (started) => {
        session.terminal = started;
        this.#keepRecord(place, ticket, started);
      },
      () => exited('it did not start'),
    );
    return session;
  }

  async #notReady(agent: string, { terminal, place }: Session, how: string): Promise<TroupeError> {
    const { readyMs, argv } = this.#options;
    const screen = (await terminal?.screen()) ?? '';
    const last = screen.split('\n').findLast((line) => line.trim() !== '');
    const problem = last === undefined ? how : `${how}; its last words: ${last.slice(0, 200)}`;
    return codedError('SessionNotReady', { agent, readyMs, binary: argv.join(' '), problem, fix: `see ${place.logFile}, and run \`troupe doctor\`` });
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
