// The processes of a node's targets, each under a supervisor of its own (`processes/<run>`) that starts it again when it dies, as often as
// its target says. Whoever waits for one learns whether it came to run.
import { type ChildSpec, codedError, type System } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';
import { type KeepingSystem, keepChild } from '../fleet/kept-child.ts';
import { type ProcessEars, processMachine } from './process.machine.ts';
import type { Launched, ProcessLauncher } from './process-launcher.ts';
import type { ProcessTarget, Run } from './process-target.ts';

export const PROCESSES = 'processes';
/** Beyond the grace that its target gives it. */
const SHUTDOWN_MS = 10_000;

export type RunState = 'starting' | 'running' | 'restarting' | 'given_up' | 'stopped';

/** A run as people see it. */
export interface RunReport {
  readonly run: string;
  readonly version: string;
  readonly port: number | null;
  readonly state: RunState;
  readonly pid: number | null;
  readonly startedAt: number | null;
  /** Times that it was started again. */
  readonly restarts: number;
  readonly why: string | null;
}

interface Watched {
  readonly run: Run;
  state: RunState;
  launched: Launched | null;
  restarts: number;
  why: string | null;
  readonly waiting: Array<(trouble: string | undefined) => void>;
}

export interface ProcessesOptions {
  readonly launcher: ProcessLauncher;
  readonly targets: readonly ProcessTarget[];
  systemNow(): KeepingSystem & Pick<System, 'terminateChild' | 'record' | 'raiseAlert' | 'clearAlert'>;
}

export class Processes implements ProcessEars {
  readonly #options: ProcessesOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** Template `process` of the dynamic supervisor `processes`, with a Run. */
  template(): (input: unknown, id: string) => ChildSpec {
    const logic = processMachine(this.#options.launcher, this);
    return (input, id) => {
      const run = input as Run;
      const { restarts, stop } = this.#options.targets.find(({ name }) => name === run.target) ?? FORGOTTEN;
      const child = worker('process', logic, { input: run, shutdownMs: stop.graceMs + SHUTDOWN_MS, backoff: { baseMs: 200, maxMs: 5_000, resetAfterMs: 30_000 } });
      return supervisor(id, { restart: 'temporary', ...restarts, children: [child] });
    };
  }

  /** Runs from now on, or does already. One that has died is tried anew. */
  async start(run: Run): Promise<void> {
    const before = this.#watched.get(run.id);
    if (before?.state === 'starting' || before?.state === 'running') return;
    await this.stop(run);
    const watched: Watched = { run, state: 'starting', launched: null, restarts: 0, why: null, waiting: [] };
    this.#watched.set(run.id, watched);
    const system = this.#options.systemNow();
    const answer = await keepChild(system, {
      supervisor: PROCESSES,
      template: 'process',
      id: run.id,
      input: run,
      isWanted: () => this.#watched.get(run.id) === watched,
      lost: (why) => this.lost(run, why),
      gaveUp: () => this.#over(watched, true),
      stopped: () => this.#over(watched, false),
    });
    if (!answer.ok) throw codedError('DeployRefused', { version: run.version, problem: `${run.id} was not started: ${answer.reason}` });
  }

  /** Whether it was started, or found, in this life of the node. */
  knows({ id }: Run): boolean {
    return this.#watched.has(id);
  }

  /** Undefined once it is well; else why it ended before. */
  async outcome({ id }: Run, signal: AbortSignal): Promise<string | undefined> {
    const watched = this.#watched.get(id);
    if (watched === undefined) return 'does not run';
    if (watched.state === 'running') return undefined;
    if (watched.state !== 'starting') return watched.why ?? 'does not run';
    return new Promise((resolve, reject) => {
      const cut = (): void => reject(signal.reason);
      signal.addEventListener('abort', cut, { once: true });
      watched.waiting.push((trouble) => {
        signal.removeEventListener('abort', cut);
        resolve(trouble);
      });
    });
  }

  /** Resolves when nothing of it is left. */
  async stop(run: Run): Promise<void> {
    if (!this.#watched.delete(run.id)) return;
    const { systemNow, launcher } = this.#options;
    await systemNow().terminateChild(PROCESSES, run.id);
    await launcher.stop(run);
    systemNow().record('process.stopped', { ...factOf(run) });
    systemNow().clearAlert('process', `${PROCESSES}/${run.id}`);
  }

  reports(target: string): readonly RunReport[] {
    return [...this.#watched.values()]
      .filter(({ run }) => run.target === target)
      .map(({ run, state, launched, restarts, why }) => ({
        run: run.id,
        version: run.version,
        port: run.port,
        state,
        pid: launched?.pid ?? null,
        startedAt: launched?.startedAt ?? null,
        restarts,
        why,
      }));
  }

  runsOf(target: string): readonly Run[] {
    return [...this.#watched.values()].flatMap(({ run }) => (run.target === target ? [run] : []));
  }

  started(run: Run, launched: Launched): void {
    this.#change(run, { launched });
    this.#options.systemNow().record(launched.found ? 'process.found' : 'process.started', { ...factOf(run), pid: launched.pid });
  }

  well(run: Run): void {
    this.#change(run, { state: 'running', why: null });
    this.#settle(run, undefined);
    this.#options.systemNow().clearAlert('process', `${PROCESSES}/${run.id}`);
  }

  lost(run: Run, why: string): void {
    const restarts = (this.#watched.get(run.id)?.restarts ?? 0) + 1;
    this.#change(run, { state: 'restarting', launched: null, why, restarts });
    this.#settle(run, why);
    this.#options.systemNow().record('process.lost', { ...factOf(run), why });
  }

  gone(run: Run): void {
    const { state } = this.#watched.get(run.id) ?? {};
    if (state !== 'starting' && state !== 'running') return;
    const why = 'it was ended from outside';
    this.#change(run, { state: 'restarting', launched: null, why });
    this.#settle(run, why);
  }

  #change(run: Run, change: Partial<Omit<Watched, 'run' | 'waiting'>>): void {
    const watched = this.#watched.get(run.id);
    if (watched !== undefined) Object.assign(watched, change);
  }

  #settle({ id }: Run, trouble: string | undefined): void {
    for (const settle of this.#watched.get(id)?.waiting.splice(0) ?? []) settle(trouble);
  }

  #over(watched: Watched, givenUp: boolean): void {
    const { run, why } = watched;
    if (this.#watched.get(run.id) !== watched) return;
    this.#change(run, { state: givenUp ? 'given_up' : 'stopped', launched: null });
    this.#settle(run, why ?? 'it was stopped');
    if (!givenUp) return;
    const text = `${run.target} ${run.version} died again and again (${why}); deploy another version, or take it back`;
    this.#options.systemNow().raiseAlert({ kind: 'process', severity: 'critical', address: `${PROCESSES}/${run.id}`, text });
  }
}

/** A run whose target the fleet file names no more; it is never started. */
const FORGOTTEN = { restarts: { intensity: 0, periodMs: 1_000 }, stop: { graceMs: 0 } } as const;

function factOf({ id, target, version, port }: Run): Readonly<Record<string, unknown>> {
  return { id, target, version, port };
}
