// A circuit breaker (opossum) in front of an outside dependency: after too many failures it is left alone for a while, so that
// callers fail at once instead of piling up. Opossum keeps real time itself; its timers hold no process alive.
import CircuitBreaker from 'opossum';
import { codedError } from '../runtime/index.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerOptions {
  /** A call that takes longer has failed, with `CallTimeout`, and its signal aborts. Default: none. */
  readonly timeoutMs?: number;
  /** Opens when more than this share of the calls of the last `windowMs` failed. Default 50. */
  readonly errorThresholdPercentage?: number;
  /** How long it stays open before one call may try. Default 30,000. */
  readonly resetMs?: number;
  /** Fewer calls than this in the window say nothing. Default 5. */
  readonly volume?: number;
  /** Default 10,000. */
  readonly windowMs?: number;
  /** Errors that are the caller's and not the dependency's: passed on, not counted. Default: none. */
  readonly expected?: (error: unknown) => boolean;
}

/** What health shows of a breaker. Counts are of the last window. */
export interface BreakerReport {
  readonly name: string;
  readonly state: BreakerState;
  readonly successes: number;
  readonly failures: number;
  readonly timeouts: number;
  readonly rejected: number;
}

export interface Breaker<TInput, TOutput> {
  readonly name: string;
  readonly state: BreakerState;
  /** Rejects with what the dependency rejected with, or `BreakerOpen`, `CallTimeout`, and `NodeStopped` after `stop()`. */
  call(input: TInput): Promise<TOutput>;
  report(): BreakerReport;
  /** Told after each change of state. Returns the way to stop listening. */
  onChange(listener: (state: BreakerState) => void): () => void;
  /** Refuses every call from now on. */
  stop(): void;
}

const CHANGES = ['open', 'close', 'halfOpen'] as const;

/** `run` gets a signal that aborts at the timeout: one that ignores it goes on, unseen. */
export function breaker<TInput, TOutput>(name: string, run: (input: TInput, signal: AbortSignal) => Promise<TOutput>, options: BreakerOptions = {}): Breaker<TInput, TOutput> {
  const { timeoutMs, resetMs = 30_000, expected = () => false } = options;
  const circuit = new CircuitBreaker(async (input: TInput, controller: AbortController) => run(input, controller.signal), {
    name,
    timeout: timeoutMs ?? false,
    errorThresholdPercentage: options.errorThresholdPercentage ?? 50,
    resetTimeout: resetMs,
    volumeThreshold: options.volume ?? 5,
    rollingCountTimeout: options.windowMs ?? 10_000,
    errorFilter: (error: unknown) => !isOwn(error) && expected(error),
  });
  const stateNow = (): BreakerState => (circuit.halfOpen ? 'half_open' : circuit.opened ? 'open' : 'closed');
  return {
    name,
    get state() {
      return stateNow();
    },
    async call(input) {
      const controller = new AbortController();
      try {
        return await circuit.fire(input, controller);
      } catch (error) {
        if (!isOwn(error)) throw error;
        controller.abort();
        throw inOurWords(error, name, resetMs, timeoutMs);
      }
    },
    report() {
      const { successes, failures, timeouts, rejects } = circuit.stats;
      return { name, state: stateNow(), successes, failures, timeouts, rejected: rejects };
    },
    onChange(listener) {
      const tell = (): void => listener(stateNow());
      for (const change of CHANGES) circuit.addListener(change, tell);
      return () => {
        for (const change of CHANGES) circuit.removeListener(change, tell);
      };
    },
    stop: () => circuit.shutdown(),
  };
}

/** Opossum's own error, not one of the dependency's that happens to look like it. */
function isOwn(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && CircuitBreaker.isOurError(error);
}

function inOurWords(error: { readonly code: string }, name: string, resetMs: number, timeoutMs: number | undefined): Error {
  if (error.code === 'EOPENBREAKER') return codedError('BreakerOpen', { name, resetMs });
  return error.code === 'ETIMEDOUT' ? codedError('CallTimeout', { method: name, timeoutMs }) : codedError('NodeStopped');
}
