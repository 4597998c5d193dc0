// Starts, finds again, watches and ends the processes of targets. One process a run: before one is started, whatever was started for the
// same run earlier is wholly gone. A process whose start was cut off is known by the folder that it was given (owned-processes.ts).
import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { endGiven } from '../session/owned-processes.ts';
import { isRunning } from '../session/process-identity.ts';
import { lookAtHealth } from './process-health.ts';
import { argvOf, type ProcessTarget, printOf, type Run, variablesOf } from './process-target.ts';
import { readTrace, removeRunFolder, runFolder, runFolders, writeTrace } from './run-book.ts';
import { boundLog, findProcess, lastWords, logLength, type StartedProcess, startProcess } from './started-process.ts';

type Argv = readonly [string, ...string[]];

export interface LauncherOptions {
  readonly clock: Clock;
  readonly targets: readonly ProcessTarget[];
  /** Folder of books and of what processes write. */
  readonly root: string;
  /** Folder of the versions of targets. */
  readonly deployments: string;
  readonly logs: string;
  readonly path: string;
  /** Puts a program behind the machine's containment, where there is one. */
  readonly contain: (argv: Argv, place: { readonly folder: string; readonly temporary: string }) => Promise<Argv>;
}

export interface Launched {
  readonly pid: number;
  readonly startedAt: number;
  /** An earlier node started it. */
  readonly found: boolean;
}

export interface ProcessLauncher {
  /** A new one, or the one that runs from before. */
  launch(run: Run, signal: AbortSignal): Promise<Launched>;
  /** Resolves once it is well. Rejects when it ends before, or takes too long. */
  well(run: Run, signal: AbortSignal): Promise<void>;
  /** Rejects when it ends, or was not well several times in a row; never resolves. */
  life(run: Run, signal: AbortSignal): Promise<never>;
  /** One look: undefined when it runs and is well. */
  trouble(run: Run, signal: AbortSignal): Promise<string | undefined>;
  /** Asked to end, then killed: resolves when nothing of it is left. What outlives its node is only let go of while that stops. */
  stop(run: Run): Promise<void>;
  /** The same, without waiting. */
  abandon(run: Run): void;
  /** Ends whatever was started for a target but for these runs, and takes their folders away. Resolves with the runs of which something was ended. */
  keepOnly(target: string, runs: readonly Pick<Run, 'id'>[]): Promise<readonly string[]>;
  /** From now on `stop` leaves those running that outlive the node. */
  leave(): void;
  logFile(target: string): string;
}

const LOOK_AGAIN_MS = 200;
const CONNECT_MS = 1_000;
/** Of what no target says how it ends. */
const GRACE_MS = 5_000;

interface Life {
  readonly process: StartedProcess;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where its words begin in the log. */
  readonly logFrom: number;
  how: string | null;
}

export function processLauncher(options: LauncherOptions): ProcessLauncher {
  return new Launcher(options);
}

class Launcher implements ProcessLauncher {
  readonly #options: LauncherOptions;
  readonly #lives = new Map<string, Life>();
  readonly #endings = new Map<string, Promise<void>>();
  #leaving = false;

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  async launch(run: Run, signal: AbortSignal): Promise<Launched> {
    await this.#endings.get(run.id)?.catch(() => undefined);
    signal.throwIfAborted();
    const { root, clock, logs } = this.#options;
    const target = this.#target(run);
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    const print = printOf(target, run);
    const known = readTrace(root, run);
    if (known !== undefined && known.print === print && isRunning(known)) {
      this.#hold(run, findProcess(known, clock));
      return { pid: known.pid, startedAt: known.startedAt, found: true };
    }
    await this.#endAll(run, target);
    signal.throwIfAborted();
    if (run.port !== null && (await isTaken(run.port))) throw new Error(`port ${run.port} is taken: another program answers there`);
    boundLog(this.logFile(run.target));
    const started = await this.#start(run, target);
    const trace = { ...started.identity, print, startedAt: clock.now() };
    writeTrace(root, run, trace);
    return { pid: trace.pid, startedAt: trace.startedAt, found: false };
  }

  async well(run: Run, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { withinMs } = this.#target(run).health;
    const until = clock.monotonic() + withinMs;
    for (;;) {
      const trouble = await this.trouble(run, signal);
      if (trouble === undefined) return;
      if (this.#lives.get(run.id)?.how !== null) throw new Error(trouble);
      if (clock.monotonic() >= until) throw new Error(`was not well within ${withinMs} ms: ${trouble}${this.#lastWords(run)}`);
      await this.#pause(LOOK_AGAIN_MS, run);
    }
  }

  async life(run: Run, signal: AbortSignal): Promise<never> {
    const { everyMs, misses } = this.#target(run).health;
    for (let missed = 0; ; ) {
      await this.#pause(everyMs, run);
      signal.throwIfAborted();
      const trouble = await this.trouble(run, signal);
      missed = trouble === undefined ? 0 : missed + 1;
      if (trouble !== undefined && (missed >= misses || this.#lives.get(run.id)?.how !== null)) throw new Error(trouble);
      boundLog(this.logFile(run.target));
    }
  }

  async trouble(run: Run, signal: AbortSignal): Promise<string | undefined> {
    const life = this.#lives.get(run.id);
    if (life === undefined) return 'does not run';
    const { clock, root } = this.#options;
    const looking = new AbortController();
    const giveUp = (): void => looking.abort(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    void life.process.ended.then(() => looking.abort(new Error('it ended')));
    const behind = (argv: Argv, temporary: string) => this.#options.contain(argv, { folder: life.cwd, temporary });
    const place = { clock, cwd: life.cwd, env: life.env, temporary: join(runFolder(root, run), 'health'), behind };
    const found = await lookAtHealth(this.#target(run), run, place, looking.signal).catch(() => undefined);
    signal.removeEventListener('abort', giveUp);
    signal.throwIfAborted();
    // Somebody else may answer where it did.
    if (life.how === null && isRunning(life.process.identity)) return found;
    return `${await life.process.ended}${this.#lastWords(run)}`;
  }

  stop(run: Run): Promise<void> {
    const target = this.#target(run);
    return this.#leaving && !target.stop.withNode ? this.#letGo(run) : this.#end(run, target);
  }

  abandon(run: Run): void {
    this.stop(run).catch(() => {
      // What cannot be ended now is found again by its folder, before another one is started.
    });
  }

  async keepOnly(target: string, runs: readonly Pick<Run, 'id'>[]): Promise<readonly string[]> {
    const { root } = this.#options;
    const swept: string[] = [];
    const kept = new Set(runs.map(({ id }) => id));
    for (const id of runFolders(root, target)) {
      if (kept.has(id)) continue;
      const known = this.#options.targets.find(({ name }) => name === target);
      if (await this.#endAll({ target, id }, known)) swept.push(id);
      removeRunFolder(root, { target, id });
    }
    return swept;
  }

  leave(): void {
    this.#leaving = true;
  }

  logFile(target: string): string {
    return join(this.#options.logs, `target-${target}.log`);
  }

  #target({ target }: Pick<Run, 'target'>): ProcessTarget {
    const found = this.#options.targets.find(({ name }) => name === target);
    if (found === undefined) throw new Error(`no target '${target}' in the fleet file`);
    return found;
  }

  async #start(run: Run, target: ProcessTarget): Promise<StartedProcess> {
    const { root } = this.#options;
    const temporary = join(runFolder(root, run), 'own');
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    const { cwd, env } = this.#placeOf(run);
    const argv = await this.#options.contain(argvOf(target, run), { folder: cwd, temporary });
    const logFile = this.logFile(run.target);
    const logFrom = logLength(logFile);
    const started = await startProcess({ argv, cwd, env, logFile });
    this.#hold(run, started, logFrom);
    return started;
  }

  #placeOf(run: Run): Pick<Life, 'cwd' | 'env'> {
    const { root, deployments, path } = this.#options;
    const temporary = join(runFolder(root, run), 'own');
    const env = { LANG: 'C.UTF-8', ...variablesOf(this.#target(run), run), PATH: path, HOME: temporary, TMPDIR: temporary };
    return { cwd: join(deployments, run.target, 'versions', run.version), env };
  }

  #hold(run: Run, process: StartedProcess, logFrom = 0): void {
    const life: Life = { process, ...this.#placeOf(run), logFrom, how: null };
    this.#lives.set(run.id, life);
    void process.ended.then((how) => {
      life.how = how;
    });
  }

  #lastWords(run: Run): string {
    const life = this.#lives.get(run.id);
    return life === undefined ? '' : lastWords(readFileSync(this.logFile(run.target)).subarray(life.logFrom).toString());
  }

  async #letGo(run: Run): Promise<void> {
    this.#lives.get(run.id)?.process.forget();
    this.#lives.delete(run.id);
  }

  /** One ending a run at a time; a second one waits for the first. */
  #end(run: Run, target: ProcessTarget): Promise<void> {
    const running = this.#endings.get(run.id);
    if (running !== undefined) return running;
    const done = this.#letGo(run)
      .then(async () => void (await this.#endAll(run, target)))
      .finally(() => this.#endings.delete(run.id));
    this.#endings.set(run.id, done);
    return done;
  }

  async #endAll(run: Pick<Run, 'target' | 'id'>, target: ProcessTarget | undefined): Promise<boolean> {
    const { clock, root } = this.#options;
    const { signal = 'SIGTERM', graceMs = GRACE_MS } = target?.stop ?? {};
    const ended = await endGiven(runFolder(root, run), { clock, graceMs, signal });
    const alive = ended.find(({ by }) => by === 'alive');
    if (alive !== undefined) throw new Error(`process ${alive.pid} of ${run.id} (${alive.command}) cannot be ended`);
    return ended.length > 0;
  }

  /** Ends early when the process does. */
  async #pause(ms: number, run: Run): Promise<void> {
    let cancel = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(ms, resolve);
    });
    await Promise.race([over, this.#lives.get(run.id)?.process.ended ?? over]);
    cancel();
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: CONNECT_MS });
    const answer = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(true));
  });
}
