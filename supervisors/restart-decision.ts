// What becomes of a child that exited, by its restart type (OTP supervisor, "Child specification").
import type { ExitReason, RestartType } from '../runtime/index.ts';
import { isAbnormal } from '../runtime/index.ts';

/** `keep`: stays in the table, stopped. `remove`: leaves the table. */
export type RestartDecision = 'restart' | 'keep' | 'remove';

export function decideRestart(restart: RestartType, reason: ExitReason): RestartDecision {
  switch (restart) {
    case 'permanent':
      return 'restart';
    case 'transient':
      return isAbnormal(reason) ? 'restart' : 'keep';
    case 'temporary':
      return 'remove';
  }
}
