// The `limits` of a fleet file: how much of the fleet is kept in memory, and how much may wait for one actor. What is left out is as the
// kernel has it; docs/fleet-file.md says what each means.
import { z } from 'zod';
import { MAILBOX_LIMITS, type MailboxLimits, RESIDENCY, type ResidencyLimits } from '../../runtime/index.ts';
import { knownKeys, type Source, type SourceProblem } from '../source-file/index.ts';

export interface FleetLimits {
  readonly residency: ResidencyLimits;
  readonly mailboxes: MailboxLimits;
}

export const DEFAULT_LIMITS: FleetLimits = { residency: RESIDENCY, mailboxes: MAILBOX_LIMITS };

/** Upper bounds are what a node's memory can bear: beyond them a mistyped number is more likely than a wish. */
export const limitsSchema = knownKeys({
  maxResident: z.int().min(1).max(1_000_000).default(RESIDENCY.maxResident),
  passivateAfterMs: z.int().min(1_000).max(604_800_000).default(RESIDENCY.passivateAfterMs),
  maxMailbox: z.int().min(10).max(1_000_000).default(MAILBOX_LIMITS.maxMailbox),
  pauseAbove: z.int().min(1).max(1_000_000).optional(),
});

type LimitsFile = z.infer<typeof limitsSchema>;

/** Who is told that a mailbox is full must have met its pause before: senders within the node slow down first. */
export function checkLimits(source: Source, limits: LimitsFile | undefined): SourceProblem[] {
  if (limits?.pauseAbove === undefined || limits.pauseAbove <= limits.maxMailbox) return [];
  return [source.problem(['limits', 'pauseAbove'], `must be at most maxMailbox, which is ${limits.maxMailbox}`)];
}

export function fleetLimits(limits: LimitsFile | undefined): FleetLimits {
  if (limits === undefined) return DEFAULT_LIMITS;
  const { maxResident, passivateAfterMs, maxMailbox, pauseAbove = Math.min(MAILBOX_LIMITS.pauseAbove, maxMailbox) } = limits;
  return { residency: { maxResident, passivateAfterMs }, mailboxes: { maxMailbox, pauseAbove } };
}
