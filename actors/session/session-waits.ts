// Those who wait for a session of an agent to come: until it does, until their deadline, or until they give up.
import type { Clock } from '../../runtime/clock.ts';
import { codedError } from '../../runtime/errors.ts';

export interface WaitOptions<T> {
  /** What is there already. */
  readonly now: T | undefined;
  readonly when: (arrival: T) => boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface SessionWaits<T> {
  /** Rejects with `NoSession`, or the signal's reason. */
  next(agent: string, options: WaitOptions<T>): Promise<T>;
  arrived(agent: string, arrival: T): void;
  close(): void;
}

interface Waiter<T> {
  readonly agent: string;
  readonly when: (arrival: T) => boolean;
  readonly resolve: (arrival: T) => void;
  readonly reject: (error: unknown) => void;
}

export function sessionWaits<T>(clock: Clock): SessionWaits<T> {
  const waiters = new Set<Waiter<T>>();
  return {
    async next(agent, { now, when, timeoutMs, signal }) {
      signal?.throwIfAborted();
      if (now !== undefined && when(now)) return now;
      if (timeoutMs <= 0) throw codedError('NoSession', { agent, waited: '' });
      return new Promise<T>((resolve, reject) => {
        const aborted = (): void => settle(() => reject(signal?.reason));
        const cancelTimer = clock.after(timeoutMs, () => settle(() => reject(codedError('NoSession', { agent, waited: ` after ${timeoutMs} ms` }))));
        const waiter: Waiter<T> = { agent, when, resolve: (arrival) => settle(() => resolve(arrival)), reject: (error) => settle(() => reject(error)) };
        const settle = (then: () => void): void => {
          waiters.delete(waiter);
          cancelTimer();
          signal?.removeEventListener('abort', aborted);
          then();
        };
        waiters.add(waiter);
        signal?.addEventListener('abort', aborted, { once: true });
      });
    },
    arrived(agent, arrival) {
      for (const waiter of [...waiters]) if (waiter.agent === agent && waiter.when(arrival)) waiter.resolve(arrival);
    },
    close() {
      for (const waiter of [...waiters]) waiter.reject(codedError('NodeStopped'));
    },
  };
}
