// How a child is started, restarted and stopped. OTP's child spec, verbatim: id, start (here: behaviour), restart, shutdown, type, significant.
import type { Behaviour } from './behaviour.ts';

export const RESTART_TYPES = ['permanent', 'transient', 'temporary'] as const;
export type RestartType = (typeof RESTART_TYPES)[number];

/** Milliseconds to exit in order, or no deadline, or none at all. */
export type Shutdown = number | 'infinity' | 'brutal_kill';

/** Delay between restarts with full jitter; OTP has none, so it is off unless given. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
  /** A child that ran this long starts from `baseMs` again. */
  readonly resetAfterMs: number;
}

export interface ChildSpec {
  readonly id: string;
  readonly type: 'worker' | 'supervisor';
  readonly restart: RestartType;
  readonly shutdown: Shutdown;
  readonly significant: boolean;
  readonly backoff: Backoff | undefined;
  readonly behaviour: Behaviour;
}
