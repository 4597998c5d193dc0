// A granted request of type DEPLOYMENT as its saga takes it.
import type { DeploymentOrder } from '../deployment/deployment-context.ts';
import type { RequestContext } from './request-context.ts';

/** Throws for a request that is no deployment, or was never granted. */
export function deploymentOrder({ order, surroundings, verdict, grant, begun }: RequestContext): DeploymentOrder {
  if (order.action.type !== 'DEPLOYMENT' || surroundings === null || verdict === null || grant === null) throw new Error(`request ${order.id} is no granted deployment`);
  const { id, planId, taskId, step, attempt, agent, caller, workspace, repository = workspace, timeoutMs, wayBack } = order;
  return {
    id,
    planId,
    taskId,
    step,
    attempt,
    agent,
    caller,
    payload: order.action.payload,
    surroundings,
    repository,
    actionHash: grant.actionHash,
    looked: verdict.looked ?? null,
    level: verdict.level,
    grant: grant.approval === null ? null : { approval: grant.approval, use: begun, by: grant.by },
    timeoutMs,
    within: wayBack?.deployment ?? null,
  };
}

/** Of what is executed outside only the decision is made here. */
export function isOursToDeploy({ order }: Pick<RequestContext, 'order'>): boolean {
  return order.action.type === 'DEPLOYMENT' && order.outside === undefined;
}
