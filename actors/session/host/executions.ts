// What a host executes, by its request's key. Losing the node ends no execution: who comes after it is given the same run, once, and is
// told how a run of an earlier epoch ended (K19). Only a caller that takes its call back ends one.
import type { Clock } from '../../../runtime/clock.ts';
import type { ExecuteOrder, ExecuteResult } from '../../work/types.ts';

export interface ExecutionsOptions {
  readonly clock: Clock;
  execute(order: ExecuteOrder, signal: AbortSignal): Promise<ExecuteResult>;
}

interface Run {
  readonly epoch: number;
  readonly actionHash: string;
  readonly cancel: AbortController;
  readonly result: Promise<ExecuteResult>;
  /** Monotonic; undefined while it runs. */
  endedAt: number | undefined;
  /** Its result went out to a node that was there. */
  told: boolean;
}

/** So long after its answer went out a node may have died before it wrote that down. */
const RECENT_MS = 10_000;

export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #runs = new Map<string, Run>();

  constructor(options: ExecutionsOptions) {
    this.#options = options;
  }

  /** Begins it, or goes on with the one that an earlier node began, in the epoch that it says. `takenBack` ends it. */
  async run(order: ExecuteOrder, takenBack: AbortSignal): Promise<ExecuteResult & { readonly begunIn: number }> {
    this.#forgetOld();
    const run = this.#toGoOnWith(order) ?? this.#begin(order);
    const cancel = (): void => run.cancel.abort(takenBack.reason);
    if (takenBack.aborted) cancel();
    takenBack.addEventListener('abort', cancel, { once: true });
    const result = await run.result.finally(() => takenBack.removeEventListener('abort', cancel));
    return { ...result, begunIn: run.epoch };
  }

  /** Its answer went out. */
  told(key: string): void {
    const run = this.#runs.get(key);
    if (run !== undefined) run.told = true;
  }

  /** How the run of that epoch ended, once it has; undefined when this host has no such run. */
  outcome(key: string, epoch: number, takenBack: AbortSignal): Promise<ExecuteResult> | undefined {
    const run = this.#runs.get(key);
    if (run === undefined || run.epoch !== epoch || run.cancel.signal.aborted) return undefined;
    takenBack.addEventListener('abort', () => run.cancel.abort(takenBack.reason), { once: true });
    return run.result;
  }

  /** Whether a next node would want to know something of this host. */
  get worthKeeping(): boolean {
    this.#forgetOld();
    return this.#runs.size > 0;
  }

  abort(reason: Error): void {
    for (const { cancel } of this.#runs.values()) cancel.abort(reason);
  }

  #toGoOnWith({ key, actionHash }: ExecuteOrder): Run | undefined {
    const run = this.#runs.get(key);
    return run === undefined || run.told || run.cancel.signal.aborted || run.actionHash !== actionHash ? undefined : run;
  }

  #begin(order: ExecuteOrder): Run {
    const { execute, clock } = this.#options;
    const cancel = new AbortController();
    const run: Run = { epoch: order.epoch, actionHash: order.actionHash, cancel, result: execute(order, cancel.signal), endedAt: undefined, told: false };
    const ended = (): void => {
      run.endedAt = clock.monotonic();
    };
    run.result.then(ended, ended);
    this.#runs.set(order.key, run);
    return run;
  }

  #forgetOld(): void {
    const before = this.#options.clock.monotonic() - RECENT_MS;
    for (const [key, { endedAt, told }] of this.#runs) if (told && endedAt !== undefined && endedAt <= before) this.#runs.delete(key);
  }
}
