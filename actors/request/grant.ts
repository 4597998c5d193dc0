// Decisions on a request: what runs at once, what a caller confirmed beforehand, what a person may decide.
import { RISK_LEVELS, type RiskLevel, type RiskVerdict } from '../work/types.ts';
import type { Grant, RequestContext, RequestOrder } from './request-context.ts';

function rank(level: RiskLevel): number {
  return RISK_LEVELS.indexOf(level);
}

/** LOW runs at once; up to the caller's level it counts as confirmed by the caller; CRITICAL is never waved through. */
export function grantAtOnce(order: RequestOrder, verdict: RiskVerdict, at: number): Grant | null {
  const { actionHash, level } = verdict;
  if (level === 'LOW') return { decision: 'auto', by: 'policy', why: verdict.policy, actionHash, at };
  if (level === 'CRITICAL' || order.approve === null || rank(level) > rank(order.approve)) return null;
  return { decision: 'approved', by: order.caller, why: `confirmed beforehand up to ${order.approve}`, actionHash, at };
}

export interface Decision {
  readonly decision: 'approve' | 'deny';
  readonly by: string;
  readonly reason: string;
  /** What the decider saw; refused when the request's hash is another. */
  readonly actionHash?: string | undefined;
}

export type DecisionRefusal = 'hash_mismatch' | 'own_request';

/** Undefined when the decision counts. Nobody decides what he asked for as an agent. */
export function refuseDecision(context: RequestContext, decision: Decision): DecisionRefusal | undefined {
  if (decision.actionHash !== undefined && decision.actionHash !== context.verdict?.actionHash) return 'hash_mismatch';
  const { agent } = context.order;
  if ([agent, `agent:${agent}`, `agents/${agent}`].includes(decision.by)) return 'own_request';
  return undefined;
}

/** What is executed is what was granted: the same hash, and either LOW, or confirmed by somebody. */
export function isGranted(context: RequestContext): boolean {
  const { grant, verdict } = context;
  if (grant === null || verdict === null || grant.actionHash !== verdict.actionHash) return false;
  return grant.decision === 'approved' || verdict.level === 'LOW';
}
