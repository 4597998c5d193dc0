// What a request may execute: what runs at once, and what was granted by its approval for exactly its action.
import type { ApprovalOrder } from '../approval/approval-context.ts';
import type { ApprovalTerms } from '../approval/terms.ts';
import type { RiskVerdict } from '../work/types.ts';
import type { Grant, RequestContext } from './request-context.ts';

/** LOW runs at once. Everything else takes an approval. */
export function grantAtOnce(verdict: RiskVerdict, at: number): Grant | null {
  if (verdict.level !== 'LOW') return null;
  return { decision: 'auto', by: 'policy', why: verdict.policy, actionHash: verdict.actionHash, at, approval: null };
}

/** What is executed is what was granted: the same hash, and either LOW, or the grant of an approval. */
export function isGranted({ grant, verdict }: RequestContext): boolean {
  if (grant === null || verdict === null || grant.actionHash !== verdict.actionHash) return false;
  return verdict.level === 'LOW' || (grant.decision === 'approved' && grant.approval !== null);
}

/** Throws before the request is assessed. */
export function approvalOrder({ order, verdict, terms, reruns, rerun }: RequestContext): ApprovalOrder & { readonly terms: ApprovalTerms } {
  if (verdict === null || terms === null) throw new Error(`request ${order.id} is not assessed`);
  const { id: requestId, planId, taskId, step, attempt, agent, action, caller, approve, approvalMs: waitMs, wayBack } = order;
  // A deployment goes on where it was cut off, under the same grant.
  const idempotent = order.idempotent || action.type === 'DEPLOYMENT';
  const id = rerun === null ? requestId : `${requestId}.rerun-${reruns}`;
  return { id, requestId, planId, taskId, step, attempt, agent, action, idempotent, caller, approve, waitMs, verdict, terms, rerun, ...(wayBack === undefined ? {} : { wayBack }) };
}
