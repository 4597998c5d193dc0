// What follows when an assessment or an execution ended without an answer of its host (G4: nothing that may have acted is repeated silently).
import type { StepError } from '../work/types.ts';

/** Executions begun again under the same key, and waits for a session, before giving up. */
export const MOST_RERUNS = 10;
export const MOST_WAITS = 10;

/** The host went, or the node did, while it ran. */
const CUT_OFF: readonly string[] = ['SessionLost', 'EffectInterrupted'];

/** Nothing has run: no session took it, or its grant, or the rules to assess it by, could not be had. */
const UNREACHED: readonly string[] = ['NoSession', 'JournalUnavailable', 'AskTimeout', 'MailboxFull'];

export type CutOff = 'run_again' | 'wait_again' | 'interrupted' | 'failed';

export function judgeCutOff(error: StepError, known: { readonly idempotent: boolean; readonly reruns: number; readonly unreached: number }): CutOff {
  if (UNREACHED.includes(error.code)) return known.unreached < MOST_WAITS ? 'wait_again' : 'failed';
  if (CUT_OFF.includes(error.code)) {
    if (!known.idempotent) return 'interrupted';
    return known.reruns < MOST_RERUNS ? 'run_again' : 'failed';
  }
  return error.code === 'EffectDeadline' && !known.idempotent ? 'interrupted' : 'failed';
}
