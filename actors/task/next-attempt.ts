// Whether a task is tried again, and after which pause.
import { LONGEST_PAUSE_MS } from '../plan/plan-schema.ts';
import type { PlannedTask } from '../work/types.ts';
import { wasDenied } from './step-progress.ts';
import type { TaskContext } from './task-context.ts';

/** Sessions that may go under one attempt before the attempt counts as failed. */
export const MOST_LOSSES = 10;

export function mayRetry(context: TaskContext): boolean {
  return context.attempt < context.order.task.retry.max && !wasDenied(context);
}

/** Full jitter: uniform between 0 and the exponential bound; a fixed pause is taken as it is. `random` is in [0, 1). */
export function retryPause(retry: PlannedTask['retry'], attempt: number, random: number): number {
  if (retry.backoff === 'fixed') return Math.min(retry.baseMs, LONGEST_PAUSE_MS);
  return Math.floor(random * Math.min(retry.baseMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS));
}
