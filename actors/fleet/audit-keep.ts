// The section `audit` of a fleet file: how long facts stay in the journal before they are archived. Without it they stay for ever.
import { z } from 'zod';
import { knownKeys } from '../source-file/index.ts';

/** What either of them keeps stays. */
export interface AuditKeep {
  readonly days: number | null;
  /** So many of the newest. */
  readonly facts: number | null;
}

const keepDays = z.int().min(1).max(36_500);
const keepFacts = z.int().min(1_000).max(1_000_000_000);

export const auditSchema = knownKeys({ keepDays: keepDays.optional(), keepFacts: keepFacts.optional() });

/** Null: everything is kept. */
export function auditKeepOf(section: z.infer<typeof auditSchema> | undefined): AuditKeep | null {
  const { keepDays: days = null, keepFacts: facts = null } = section ?? {};
  return days === null && facts === null ? null : { days, facts };
}
