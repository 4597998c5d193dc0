// Delay before a restart: exponential with full jitter, so that children that fell together do not come back together.
import type { Backoff } from '../runtime/index.ts';

/** `failures` counts restarts in a row, from 1. `random` is uniform in [0, 1). */
export function backoffDelay(backoff: Backoff, failures: number, random: number): number {
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (failures - 1));
  return Math.round(ceiling * random);
}
