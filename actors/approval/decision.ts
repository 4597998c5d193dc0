// Which decisions count. Pure. Nobody decides on what it asked for itself, an agent only where it was asked, a person once.
import type { ApprovalContext } from './approval-context.ts';
import { decidersOf, isOn } from './ladder.ts';

export interface Decision {
  readonly decision: 'approve' | 'deny';
  readonly by: string;
  readonly as: 'person' | 'agent';
  /** The person came in by a login, not with the token file. */
  readonly login: boolean;
  readonly reason: string;
  /** What the decider saw; refused when it is another. */
  readonly actionHash?: string | undefined;
}

export const DECISION_REFUSALS = ['not_waiting', 'hash_mismatch', 'own_request', 'not_asked', 'login_wanted', 'asked_for_it', 'voted_already', 'round_first'] as const;
export type DecisionRefusal = (typeof DECISION_REFUSALS)[number];

const namesOf = (agent: string): readonly string[] => [agent, `agent:${agent}`, `agents/${agent}`];

/** Undefined when it counts. */
export function refuseDecision(context: ApprovalContext, decision: Decision): DecisionRefusal | undefined {
  const { order, votes } = context;
  const { by, actionHash } = decision;
  if (actionHash !== undefined && actionHash !== order.verdict.actionHash) return 'hash_mismatch';
  if (namesOf(order.agent).includes(by)) return 'own_request';
  if (isAgent(decision)) return isDelegate(context, by) ? undefined : 'not_asked';
  const deciders = decidersOf(context);
  if (deciders.people?.includes(by) === false) return 'not_asked';
  if (deciders.login && !decision.login) return 'login_wanted';
  // Anybody may stop it; the rest is about saying yes.
  if (decision.decision === 'deny') return undefined;
  if (isOn(context, 'round')) return 'round_first';
  if (deciders.not.includes(by)) return 'asked_for_it';
  return votes.some((vote) => vote.by === by) ? 'voted_already' : undefined;
}

/** One that the present rungs name, for what is MEDIUM: no policy makes agents decide on more. */
function isDelegate(context: ApprovalContext, by: string): boolean {
  return context.order.verdict.level === 'MEDIUM' && decidersOf(context).agents.some((agent) => namesOf(agent).includes(by));
}

/** Whoever calls itself an agent is one. */
export function isAgent({ by, as }: Pick<Decision, 'by' | 'as'>): boolean {
  return as === 'agent' || /^agents?[:/]/.test(by);
}

/** Whether this yes is the last that it takes. */
export function decides(context: ApprovalContext, decision: Decision): boolean {
  return isAgent(decision) || context.votes.length + 1 >= decidersOf(context).count;
}
