// What one execution may use, and when it must end: at its deadline, or when nobody wants it any more.
import type { Clock } from '../../../runtime/clock.ts';
import { codedError } from '../../../runtime/errors.ts';
import type { Containment, ExecuteOrder, StepOutcome, Surroundings } from '../../work/types.ts';

export interface ExecuteIo {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onOutput(stream: 'stdout' | 'stderr', text: string): void;
  /** Where programs are looked for. */
  readonly path: string;
  /** A folder of this execution alone, absolute; what it starts is known by it. Its owner removes it. */
  readonly temporary: string;
  /** Addresses of a host name; default: the machine's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface StepScope extends Omit<ExecuteIo, 'signal'>, Surroundings {
  /** The same in every rerun of the step. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly containment: Containment | null;
  readonly hidden: readonly string[];
  /** Its reason is a coded error: `StepTimeout`, or `Interrupted` when the caller gave the step up. */
  readonly signal: AbortSignal;
}

/** Carries out one action. Rejects with a coded error when it was refused or failed, with the signal's reason when it was cut off. */
export type Executor<Payload> = (payload: Payload, scope: StepScope) => Promise<StepOutcome>;

/** `close` ends the deadline. */
export function openScope({ surroundings, key, timeoutMs, containment, hidden }: ExecuteOrder, io: ExecuteIo): { readonly scope: StepScope; close(): void } {
  const end = new AbortController();
  const giveUp = (): void => end.abort(codedError('Interrupted', { why: 'the caller gave the step up' }));
  const cancel = io.clock.after(timeoutMs, () => end.abort(codedError('StepTimeout', { timeoutMs })));
  if (io.signal.aborted) giveUp();
  io.signal.addEventListener('abort', giveUp, { once: true });
  const close = (): void => {
    cancel();
    io.signal.removeEventListener('abort', giveUp);
  };
  return { scope: { ...io, ...surroundings, key, timeoutMs, containment, hidden, signal: end.signal }, close };
}
