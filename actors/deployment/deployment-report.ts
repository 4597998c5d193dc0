// What a deployment says of itself: to its request, to the keeper of releases, to those who ask, to projections and the audit.
import { workError } from '../work/outcome.ts';
import type { StepError, StepOutcome } from '../work/types.ts';
import type { DeploymentEnded } from './deployment.messages.ts';
import type { DeploymentContext } from './deployment-context.ts';
import type { Release, Settlement } from './release-book.ts';

type Body = Readonly<Record<string, unknown>>;

const END_STATES = ['promoted', 'restored', 'rolled_back', 'failed', 'stuck'] as const;
export type EndState = (typeof END_STATES)[number];

/** As they are recorded, in their order; the last five are ends. */
export const DEPLOYMENT_STATES = ['claiming', 'checking', 'backing_up', 'placing', 'leading', 'verifying', 'taking_back', ...END_STATES] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** Body of `deployment.opened`: what is to be done, under which grant. */
export function openedFact({ order, place, openedAt }: DeploymentContext): Body {
  const { id, planId, taskId, agent, caller, payload, repository, actionHash, level, grant, within } = order;
  const { environment, version, rollbackTo } = payload;
  const kind = rollbackTo === undefined ? 'deploy' : 'rollback';
  const asked = { caller, actionHash, level, approval: grant?.approval ?? null, grantedBy: grant?.by ?? null, workspace: repository };
  return { id, planId, taskId, agent, kind, environment, version, rollbackTo: rollbackTo ?? null, place, within, payload, openedAt, ...asked };
}

/** Body of `deployment.changed`. */
export function changedFact(context: DeploymentContext, state: DeploymentState): Body {
  const { id, planId, taskId } = context.order;
  return { id, planId, taskId, state, ...progressOf(context) };
}

function progressOf({ good, commit, backup, placed, problem, stuck, endedAt }: DeploymentContext): Body {
  return { lastGood: good?.version ?? null, commit, backup, digest: placed?.digest ?? null, files: placed?.files ?? null, problem, stuck, endedAt };
}

/** Answer to GET. */
export function deploymentReport(context: DeploymentContext): Body {
  return { ...openedFact(context), ...progressOf(context), releases: context.releases };
}

export function releaseOf({ order, placed, commit }: DeploymentContext, at: number): Release {
  const { id, payload } = order;
  return { version: payload.version, deployment: id, digest: placed?.digest ?? '', commit, verify: payload.verify ?? null, at };
}

export function settlementOf(context: DeploymentContext, state: EndState, at: number): Settlement {
  if (state === 'promoted') return { kind: 'promoted', release: releaseOf(context, at) };
  if (state === 'restored') return { kind: 'back', to: context.good?.version ?? null };
  return isBackAllTheSame(context) ? { kind: 'back', to: context.good?.version ?? null } : { kind: 'unchanged' };
}

/** A way back that did not hold is not undone: what the place leads to is what the next deployment begins from. */
function isBackAllTheSame({ order, leads }: DeploymentContext): boolean {
  return order.payload.rollbackTo !== undefined && leads?.version === order.payload.rollbackTo;
}

export function deploymentEnded(context: DeploymentContext, state: EndState): DeploymentEnded {
  return { type: 'DEPLOYMENT_ENDED', deployment: context.order.id, outcome: outcomeOf(context, state) };
}

function outcomeOf(context: DeploymentContext, state: EndState): StepOutcome {
  const { order, place, placed, good, backup, commit, there } = context;
  const { version } = order.payload;
  if (state === 'promoted') {
    const result = { deployment: order.id, version, previous: good?.version ?? null, place, files: placed?.files ?? 0, changed: !there, backup, commit };
    return { status: 'succeeded', result };
  }
  if (state === 'restored') return { status: 'succeeded', result: { deployment: order.id, version: good?.version ?? null, previous: version, place } };
  return { status: 'failed', error: errorOf(context, state) };
}

function errorOf(context: DeploymentContext, state: 'rolled_back' | 'failed' | 'stuck'): StepError {
  const { order, good, problem, stuck } = context;
  const { version, environment } = order.payload;
  const why = problem?.message ?? 'it was not promoted';
  if (state === 'failed') return problem ?? workError('DeployRefused', { version, problem: why });
  if (state === 'rolled_back') return workError('DeployRolledBack', { version, environment, problem: why, back: good === null ? 'nothing, as before' : good.version });
  return workError('DeployStuck', { version, environment, problem: why, why: stuck?.message ?? 'its way back failed', deployment: order.id });
}
