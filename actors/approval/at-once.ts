// What needs no asking: confirmed beforehand by whoever gave the work, allowed by a rule that somebody stands for, or begun again by a person who alone may decide.
import { RISK_LEVELS } from '../work/types.ts';
import type { ApprovalContext, Vote } from './approval-context.ts';
import { peopleNeeded } from './ladder.ts';

/** Undefined when somebody must be asked. CRITICAL is never waved through, and one person's word stands neither for several nor for a login. */
export function grantedAtOnce({ order, votes, openedAt }: ApprovalContext): Vote | undefined {
  const { verdict, approve, caller, terms } = order;
  const covered = coveredBy(order);
  if (covered !== undefined) return { ...covered, at: openedAt };
  if (verdict.level === 'CRITICAL' || terms.login || peopleNeeded(terms) > 1) return undefined;
  const [rerun] = votes;
  if (rerun !== undefined) return rerun;
  // Somebody has approved exactly this before, and said that it goes on.
  if (verdict.allowed !== undefined) return { by: verdict.allowed.owner, why: `allowed by the rule ${verdict.allowed.rule}`, at: openedAt };
  if (approve === null || RISK_LEVELS.indexOf(verdict.level) > RISK_LEVELS.indexOf(approve)) return undefined;
  return { by: caller, why: `confirmed beforehand up to ${approve}`, at: openedAt };
}

/** The way back goes with the grant of its deployment, if it is no more dangerous than that was, and is not CRITICAL. */
function coveredBy({ wayBack, action, verdict }: ApprovalContext['order']): Omit<Vote, 'at'> | undefined {
  if (wayBack === undefined || verdict.level === 'CRITICAL') return undefined;
  if (action.type !== 'DEPLOYMENT' || action.payload.rollbackTo === undefined) return undefined;
  if (RISK_LEVELS.indexOf(verdict.level) > RISK_LEVELS.indexOf(wayBack.level)) return undefined;
  return { by: wayBack.by, why: `the way back of ${wayBack.deployment}, which was granted with it` };
}
