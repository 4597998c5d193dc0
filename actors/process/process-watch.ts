// What is seen of one process while it runs: whether it is well, how it ended, its last words. Whoever looks is told of its end only as long as
// the look lasts, so that one that runs for months collects nobody.
import type { Clock } from '../../runtime/clock.ts';
import { isRunning } from '../session/process-identity.ts';
import { lastWords, type StartedProcess } from './started-process.ts';

export interface WatchOptions {
  readonly clock: Clock;
  readonly started: StartedProcess;
  /** One look: undefined when it is well. */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>;
  readonly logFile: string;
  /** Where its words begin in the log. */
  readonly logFrom: number;
}

export class ProcessWatch {
  readonly #options: WatchOptions;
  readonly #ended: Promise<string>;
  readonly #told = new Set<() => void>();
  #hasEnded = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      options.started.onEnd((how) => {
        this.#hasEnded = true;
        resolve(how);
        for (const tell of this.#told) tell();
      });
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Undefined when it runs and is well. */
  async trouble(signal: AbortSignal): Promise<string | undefined> {
    const { look, started } = this.#options;
    const looking = new AbortController();
    const giveUp = (): void => looking.abort(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    const found = await this.#telling(
      () => looking.abort(new Error('it ended')),
      () => look(looking.signal).catch(() => undefined),
    );
    signal.removeEventListener('abort', giveUp);
    signal.throwIfAborted();
    // Somebody else may answer where it did.
    if (!this.#hasEnded && isRunning(started.identity)) return found;
    return `${await this.#ended}${this.lastWords()}`;
  }

  /** Ends early when the process does. */
  async pause(ms: number): Promise<void> {
    let [over, cancel] = [(): void => undefined, (): void => undefined];
    const paused = new Promise<void>((resolve) => {
      over = resolve;
      cancel = this.#options.clock.after(ms, resolve);
    });
    await this.#telling(over, () => paused);
    cancel();
  }

  lastWords(): string {
    return lastWords(this.#options.logFile, this.#options.logFrom);
  }

  /** Looks no more. */
  forget(): void {
    this.#options.started.forget();
  }

  /** `told` of the end for as long as `act` lasts, at once when it has come already. */
  async #telling<T>(told: () => void, act: () => Promise<T>): Promise<T> {
    if (this.#hasEnded) told();
    this.#told.add(told);
    try {
      return await act();
    } finally {
      this.#told.delete(told);
    }
  }
}
