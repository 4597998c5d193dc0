// The orderly end of a process group, shared by all terminals.
import type { Clock } from '../../../runtime/clock.ts';
import { awaitEnd, awaitGroupEnd, type ProcessIdentity, signalGroup } from '../process-identity.ts';

const KILL_WAIT_MS = 2_000;

/** SIGTERM, after `graceMs` SIGKILL, which also takes members that outlived their leader. Resolves when none of them is left. */
export async function endGroup(leader: ProcessIdentity, clock: Clock, graceMs: number): Promise<void> {
  signalGroup(leader, 'SIGTERM');
  await awaitEnd(leader, clock, graceMs);
  if (signalGroup(leader, 'SIGKILL')) await awaitGroupEnd(leader, clock, KILL_WAIT_MS);
}
