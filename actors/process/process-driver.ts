// Deployments to targets whose versions run as processes. Where versions lie, and which one the place leads to, is the folder driver's; which
// processes are to run says the target's book. Every step may be cut off anywhere and repeated: what is not in the book is ended.
import { type Clock, codedError } from '../../runtime/index.ts';
import type { DeployDriver, DeployWish } from '../work/ports.ts';
import type { ProcessLauncher } from './process-launcher.ts';
import { isBeside, type ProcessTarget, type Run } from './process-target.ts';
import type { Processes } from './processes.ts';
import { readBook, writeBook } from './run-book.ts';

export interface ProcessDriverOptions {
  readonly clock: Clock;
  readonly target: ProcessTarget;
  readonly folders: DeployDriver;
  readonly processes: Processes;
  readonly launcher: ProcessLauncher;
  readonly root: string;
}

export interface ProcessDriver extends DeployDriver {
  /** After a start of the node: what is to run there runs. Resolves before it is well. */
  resume(): Promise<void>;
}

export function processDriver(options: ProcessDriverOptions): ProcessDriver {
  const { folders, target } = options;
  const place = new ProcessPlace(options);
  const currentOf = async (wish: DeployWish, signal: AbortSignal): Promise<string | null> => (await folders.current(wish, signal))?.version ?? null;
  return {
    ...folders,
    resume: () => place.alone(() => place.startAll()),
    lead: (wish, to, signal) =>
      place.alone(async () => {
        const current = await currentOf(wish, signal);
        if (to === null) {
          await folders.lead(wish, null, signal);
          await place.endAllBut([]);
        } else if (isBeside(target)) {
          await place.bringUpBeside(to, current, signal);
          await folders.lead(wish, to, signal).catch(async (error) => {
            if (to !== current) await place.without(to);
            throw error;
          });
        } else {
          await folders.lead(wish, to, signal);
          await place.bringUpAlone(to, signal);
        }
      }),
    async trouble(wish, signal) {
      const current = await currentOf(wish, signal);
      if (current === null) return undefined;
      const run = place.runOf(current);
      return run === undefined ? 'its process does not run' : place.alone(() => place.trouble(run, signal));
    },
    retire: (wish, signal) =>
      place.alone(async () => {
        const current = await currentOf(wish, signal);
        await place.drain(current, signal);
        await place.endAllBut([current]);
      }),
    discard: (wish, version) =>
      place.alone(async () => {
        const current = await currentOf(wish, new AbortController().signal);
        if (current !== version) await place.without(version);
        await folders.discard(wish, version);
      }),
  };
}

/** The processes of one target, changed by one at a time. */
class ProcessPlace {
  readonly #options: ProcessDriverOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ProcessDriverOptions) {
    this.#options = options;
  }

  alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  runOf(version: string): Run | undefined {
    return this.#runs().find((run) => run.version === version);
  }

  /** On other ports, where the fleet file has given them others. */
  async startAll(): Promise<void> {
    const { ports } = this.#options.target;
    const [fit, others] = [true, false].map((wanted) => this.#runs().filter(({ port }) => (port === null ? ports.length === 0 : ports.includes(port)) === wanted));
    if (others?.length) {
      await this.endAllBut((fit ?? []).map(({ version }) => version));
      for (const { version } of others) this.#enter(version, this.#runs());
    }
    for (const run of this.#runs()) await this.#options.processes.start(run);
  }

  /** One that died since is not waited for; one of an earlier node is found first. */
  async trouble(run: Run, signal: AbortSignal): Promise<string | undefined> {
    const { processes, launcher } = this.#options;
    if (!processes.knows(run)) await processes.start(run);
    const trouble = (await processes.outcome(run, signal)) ?? (await launcher.trouble(run, signal));
    return trouble === undefined ? undefined : `its process ${trouble}`;
  }

  /** The former one runs on until it is known that this one is well. */
  async bringUpBeside(version: string, current: string | null, signal: AbortSignal): Promise<void> {
    await this.endAllBut([version, current]);
    const run = this.runOf(version) ?? this.#enter(version, this.#runs());
    const trouble = await this.#bringUp(run, signal);
    if (trouble === undefined) return;
    if (version !== current) await this.without(version);
    throw codedError('VerificationFailed', { version, problem: trouble });
  }

  async bringUpAlone(version: string, signal: AbortSignal): Promise<void> {
    const run = this.runOf(version) ?? this.#enter(version, []);
    await this.endAllBut([version]);
    const trouble = await this.#bringUp(run, signal);
    if (trouble !== undefined) throw codedError('VerificationFailed', { version, problem: trouble });
  }

  /** Out of the book first: a start in between does not bring it back. */
  async endAllBut(versions: readonly (string | null)[]): Promise<void> {
    const { root, target, processes, launcher } = this.#options;
    const runs = this.#runs().filter(({ version }) => versions.includes(version));
    if (runs.length < this.#runs().length) writeBook(root, target.name, { ...readBook(root, target.name), runs });
    for (const run of processes.runsOf(target.name)) if (!runs.some(({ id }) => id === run.id)) await processes.stop(run);
    await launcher.keepOnly(target.name, runs);
  }

  without(version: string): Promise<void> {
    return this.endAllBut(this.#runs().flatMap((run) => (run.version === version ? [] : [run.version])));
  }

  /** Nobody is sent to the former one any more: it may finish what it has. */
  async drain(current: string | null, signal: AbortSignal): Promise<void> {
    const { clock, target } = this.#options;
    if (target.stop.drainMs === 0 || this.#runs().every(({ version }) => version === current)) return;
    await new Promise<void>((resolve) => {
      const over = (): void => {
        cancel();
        signal.removeEventListener('abort', over);
        resolve();
      };
      const cancel = clock.after(target.stop.drainMs, over);
      signal.addEventListener('abort', over);
    });
    signal.throwIfAborted();
  }

  #runs(): readonly Run[] {
    return readBook(this.#options.root, this.#options.target.name).runs;
  }

  #enter(version: string, beside: readonly Run[]): Run {
    const { root, target } = this.#options;
    const { next } = readBook(root, target.name);
    const port = target.ports.find((each) => beside.every((run) => run.port !== each)) ?? null;
    const run: Run = { id: `${target.name}.${next}`, target: target.name, version, port };
    writeBook(root, target.name, { next: next + 1, runs: [...beside, run] });
    return run;
  }

  async #bringUp(run: Run, signal: AbortSignal): Promise<string | undefined> {
    await this.#options.processes.start(run);
    return this.trouble(run, signal);
  }
}
