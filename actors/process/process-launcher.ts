// Starts, finds again, watches and ends the processes of targets. One process a run: before one is started, whatever was started for the
// same run earlier is wholly gone. A process whose start was cut off is known by the folder that it was given (owned-processes.ts).
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { limitedService } from '../gate/execute/containment/limits.ts';
import { endGiven } from '../session/owned-processes.ts';
import { isRunning } from '../session/process-identity.ts';
import { lookAtHealth } from './process-health.ts';
import { argvOf, type ProcessTarget, printOf, type Run, variablesOf } from './process-target.ts';
import { ProcessWatch } from './process-watch.ts';
import { readTrace, removeRunFolder, runFolder, runFolders, writeTrace } from './run-book.ts';
import { boundLog, findProcess, logLength, type StartedProcess, startProcess } from './started-process.ts';

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

export function processLauncher(options: LauncherOptions): ProcessLauncher {
  return new Launcher(options);
}

class Launcher implements ProcessLauncher {
  readonly #options: LauncherOptions;
  readonly #watches = new Map<string, ProcessWatch>();
  /** By run, what is the last to happen to it as yet. */
  readonly #turns = new Map<string, Promise<void>>();
  #leaving = false;

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  launch(run: Run, signal: AbortSignal): Promise<Launched> {
    return this.#inTurn(run, async () => {
      signal.throwIfAborted();
      const { root, clock, logs } = this.#options;
      const target = this.#target(run);
      mkdirSync(logs, { recursive: true, mode: 0o700 });
      const print = printOf(target, run);
      const known = readTrace(root, run);
      if (known !== undefined && known.print === print && isRunning(known)) {
        this.#watch(run, findProcess(known, clock), 0);
        return { pid: known.pid, startedAt: known.startedAt, found: true };
      }
      await this.#endAll(run, target);
      signal.throwIfAborted();
      if (run.port !== null && (await isTaken(run.port))) throw new Error(`port ${run.port} is taken: another program answers there`);
      boundLog(this.logFile(run.target));
      const started = await this.#start(run, target, signal);
      const trace = { ...started.identity, print, startedAt: clock.now() };
      writeTrace(root, run, trace);
      return { pid: trace.pid, startedAt: trace.startedAt, found: false };
    });
  }

  async well(run: Run, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { withinMs } = this.#target(run).health;
    const until = clock.monotonic() + withinMs;
    for (;;) {
      const trouble = await this.trouble(run, signal);
      const watch = this.#watches.get(run.id);
      if (trouble === undefined) return;
      if (watch === undefined || watch.hasEnded) throw new Error(trouble);
      if (clock.monotonic() >= until) throw new Error(`was not well within ${withinMs} ms: ${trouble}${watch.lastWords()}`);
      await watch.pause(LOOK_AGAIN_MS);
    }
  }

  async life(run: Run, signal: AbortSignal): Promise<never> {
    const { everyMs, misses } = this.#target(run).health;
    for (let missed = 0; ; ) {
      await this.#watches.get(run.id)?.pause(everyMs);
      signal.throwIfAborted();
      const trouble = await this.trouble(run, signal);
      missed = trouble === undefined ? 0 : missed + 1;
      if (trouble !== undefined && (missed >= misses || this.#watches.get(run.id)?.hasEnded !== false)) throw new Error(trouble);
      boundLog(this.logFile(run.target));
    }
  }

  async trouble(run: Run, signal: AbortSignal): Promise<string | undefined> {
    const watch = this.#watches.get(run.id);
    return watch === undefined ? 'does not run' : watch.trouble(signal);
  }

  stop(run: Run): Promise<void> {
    return this.#inTurn(run, async () => {
      const target = this.#target(run);
      this.#letGo(run);
      if (!this.#leaving || target.stop.withNode) await this.#endAll(run, target);
    });
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

  /** Whoever gives up meanwhile ends what was started, in the turn after this one. */
  async #start(run: Run, target: ProcessTarget, signal: AbortSignal): Promise<StartedProcess> {
    const { root } = this.#options;
    const temporary = join(runFolder(root, run), 'own');
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    const { cwd, env } = this.#placeOf(run);
    const argv = await this.#keep(argvOf(target, run), target, { folder: cwd, temporary });
    signal.throwIfAborted();
    const logFile = this.logFile(run.target);
    const logFrom = logLength(logFile);
    const started = await startProcess({ argv, cwd, env, logFile });
    this.#watch(run, started, logFrom);
    return started;
  }

  #keep(argv: Argv, { limits }: ProcessTarget, place: { readonly folder: string; readonly temporary: string }): Promise<Argv> {
    return this.#options.contain(limitedService(argv, limits), place);
  }

  #placeOf(run: Run): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
    const { root, deployments, path } = this.#options;
    const temporary = join(runFolder(root, run), 'own');
    const env = { LANG: 'C.UTF-8', ...variablesOf(this.#target(run), run), PATH: path, HOME: temporary, TMPDIR: temporary };
    return { cwd: join(deployments, run.target, 'versions', run.version), env };
  }

  #watch(run: Run, started: StartedProcess, logFrom: number): void {
    const { clock, root } = this.#options;
    const { cwd, env } = this.#placeOf(run);
    const behind = (argv: Argv, temporary: string) => this.#keep(argv, this.#target(run), { folder: cwd, temporary });
    const place = { clock, cwd, env, temporary: join(runFolder(root, run), 'health'), behind };
    const look = (signal: AbortSignal) => lookAtHealth(this.#target(run), run, place, signal);
    this.#watches.set(run.id, new ProcessWatch({ clock, started, look, logFile: this.logFile(run.target), logFrom }));
  }

  #letGo(run: Run): void {
    this.#watches.get(run.id)?.forget();
    this.#watches.delete(run.id);
  }

  /** Launches and endings of a run come one after another, so that nothing is started behind the back of its end. */
  #inTurn<T>(run: Run, act: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(run.id) ?? Promise.resolve()).then(act);
    const over = done.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(run.id, over);
    void over.then(() => {
      if (this.#turns.get(run.id) === over) this.#turns.delete(run.id);
    });
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
