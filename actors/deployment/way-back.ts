// The way back of a deployment that did not hold: a request of its own, assessed and recorded like every other. The grant of the deployment covers
// it, since whoever gave that knew of it, as long as it is no more dangerous; else it waits for a decision.
import type { RequestOrder } from '../request/request-context.ts';
import type { DeploymentContext } from './deployment-context.ts';

const APPROVAL_MS = 7 * 24 * 3_600_000;

export const wayBackId = ({ order }: Pick<DeploymentContext, 'order'>): string => `${order.id}.rollback`;

/** Throws for a deployment without a grant, which has changed nothing. */
export function wayBackOrder(context: DeploymentContext): RequestOrder {
  const { order, good } = context;
  const { id, planId, taskId, step, attempt, agent, caller, repository, timeoutMs, level, grant } = order;
  if (grant === null) throw new Error(`deployment ${id} has no grant`);
  const { environment, target, version } = order.payload;
  const where = target === undefined ? { environment } : { environment, target };
  const verify = good === null || good.verify === null ? {} : { verify: good.verify };
  return {
    id: wayBackId(context),
    planId,
    taskId,
    task: `deployments/${id}`,
    step,
    attempt,
    agent,
    action: { type: 'DEPLOYMENT', payload: { ...where, version, rollbackTo: good?.version ?? null, ...verify } },
    idempotent: true,
    timeoutMs,
    workspace: order.surroundings.workspace,
    repository,
    caller,
    approve: null,
    approvalMs: APPROVAL_MS,
    wayBack: { deployment: id, approval: grant.approval, level, by: grant.by },
  };
}
