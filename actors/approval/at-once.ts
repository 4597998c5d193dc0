// What needs no asking: confirmed beforehand by whoever gave the work, allowed by a rule that somebody stands for, or begun again by a person who alone may decide.
import { RISK_LEVELS } from '../work/types.ts';
import type { ApprovalContext, Vote } from './approval-context.ts';
import { peopleNeeded } from './ladder.ts';

/** Undefined when somebody must be asked. CRITICAL is never waved through, and one person's word stands neither for several nor for a login. */
export function grantedAtOnce({ order, votes, openedAt }: ApprovalContext): Vote | undefined {
  const { verdict, approve, caller, terms } = order;
  if (verdict.level === 'CRITICAL' || terms.login || peopleNeeded(terms) > 1) return undefined;
  const [rerun] = votes;
  if (rerun !== undefined) return rerun;
  // Somebody has approved exactly this before, and said that it goes on.
  if (verdict.allowed !== undefined) return { by: verdict.allowed.owner, why: `allowed by the rule ${verdict.allowed.rule}`, at: openedAt };
  if (approve === null || RISK_LEVELS.indexOf(verdict.level) > RISK_LEVELS.indexOf(approve)) return undefined;
  return { by: caller, why: `confirmed beforehand up to ${approve}`, at: openedAt };
}
