// What a request says of itself: to its task, to those who ask, to projections and the audit.
import type { Message } from '../../runtime/index.ts';
import type { ApprovalMessage } from '../approval/approval.messages.ts';
import type { StepOutcome, StepReport } from '../work/types.ts';
import { type RequestContext, stepKind } from './request-context.ts';

/** Told to the task at every change. */
export interface StepChanged {
  readonly type: 'STEP_CHANGED';
  readonly requestId: string;
  readonly step: number;
  readonly attempt: number;
  readonly report: StepReport;
  /** Set once it has settled. */
  readonly outcome: StepOutcome | null;
}

function verdictOf(context: RequestContext): StepReport['verdict'] {
  const { verdict, grant, refusal } = context;
  if (verdict === null) return undefined;
  const rules = [...new Set(verdict.findings.map((finding) => finding.rule))];
  if (refusal !== null) return { decision: 'denied', by: refusal.by, why: refusal.why, rules };
  if (grant !== null) return { decision: grant.decision, by: grant.by, why: grant.why, rules };
  return { decision: 'pending', why: verdict.findings.map((finding) => finding.why).join('; '), rules };
}

export function stepReport(context: RequestContext): StepReport {
  const { order, outcome, status, startedAt, endedAt, reruns } = context;
  const verdict = verdictOf(context);
  const { status: _settled, ...told } = outcome ?? { status: undefined };
  return {
    ...told,
    type: stepKind(order.action.type),
    status,
    ...(context.verdict === null ? {} : { risk: context.verdict.level }),
    ...(verdict === undefined ? {} : { verdict }),
    attempts: order.attempt,
    ...(startedAt === null ? {} : { startedAt }),
    ...(endedAt === null ? {} : { endedAt }),
    ...(reruns === 0 ? {} : { reruns }),
  };
}

export function stepChanged(context: RequestContext): StepChanged {
  const { id, step, attempt } = context.order;
  return { type: 'STEP_CHANGED', requestId: id, step, attempt, report: stepReport(context), outcome: context.outcome };
}

export interface RequestReport {
  readonly id: string;
  readonly planId: string;
  readonly taskId: string;
  readonly agent: string;
  readonly action: RequestContext['order']['action'];
  readonly idempotent: boolean;
  readonly verdictHash: string | null;
  readonly findings: NonNullable<RequestContext['verdict']>['findings'];
  /** Null before it was assessed. */
  readonly surroundings: RequestContext['surroundings'];
  /** Of what the gate looked at; null when it looked at nothing. */
  readonly factsHash: string | null;
  readonly report: StepReport;
}

/** Answer to GET: everything a decider must see. */
export function requestReport(context: RequestContext): RequestReport {
  const { id, planId, taskId, agent, action, idempotent } = context.order;
  return {
    id,
    planId,
    taskId,
    agent,
    action,
    idempotent,
    verdictHash: context.verdict?.actionHash ?? null,
    findings: context.verdict?.findings ?? [],
    surroundings: context.surroundings,
    factsHash: context.verdict?.looked?.factsHash ?? null,
    report: stepReport(context),
  };
}

/** Body of `request.changed`: without the outputs, which the task's report keeps. */
export function requestFact(context: RequestContext): Readonly<Record<string, unknown>> {
  const { id, planId, taskId, agent } = context.order;
  const { stdout: _stdout, stderr: _stderr, result: _result, ...report } = stepReport(context);
  return { id, planId, taskId, agent, report };
}

/** Body of `request.recorded`: the action and its verdict, before anything runs (G10). */
export function recordedFact(context: RequestContext): Readonly<Record<string, unknown>> {
  const { id, planId, taskId, step, attempt, agent, action, idempotent } = context.order;
  return { id, planId, taskId, step, attempt, agent, action, idempotent, verdict: context.verdict, surroundings: context.surroundings };
}

/** Body of `approval.decided` for what needs no approval, and a person wants begun again. */
export function rerunFact({ grant, order, verdict }: RequestContext): Readonly<Record<string, unknown>> {
  return { id: order.id, decision: 'approved', by: grant?.by ?? '', why: grant?.why ?? '', at: grant?.at ?? 0, actionHash: verdict?.actionHash ?? null };
}

/** Told to the approval that waits or was granted, once the request needs it no more. */
export function requestEnded({ outcome }: RequestContext): Extract<ApprovalMessage, { type: 'REQUEST_ENDED' }> & Message {
  return { type: 'REQUEST_ENDED', status: outcome?.status ?? 'cancelled', why: outcome?.error?.message ?? '' };
}
