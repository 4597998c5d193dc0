// What a request does to the world: has its action assessed, and has it executed in the agent's session.
import { codedError, effect } from '../../runtime/index.ts';
import type { ApprovalTerms } from '../approval/terms.ts';
import type { Services } from '../fleet/services.ts';
import { readBegunIn, readEarlierOutcome, readStepOutcome } from '../work/outcome.ts';
import type { Asker } from '../work/ports.ts';
import type { ExecuteOrder, RiskVerdict, StepOutcome, Surroundings } from '../work/types.ts';
import type { RequestContext, RequestOrder } from './request-context.ts';

/** How long an execution waits for the agent's session to come (back). */
export const SESSION_WAIT_MS = 60_000;
/** The host ends a step at its own deadline; past this much more the host itself counts as stuck. */
const HOST_GRACE_MS = 30_000;

export interface Assessment {
  readonly verdict: RiskVerdict;
  readonly surroundings: Surroundings;
  readonly terms: ApprovalTerms | null;
}

function askerOf({ agent, planId, taskId, repository, workspace }: RequestOrder): Asker {
  return { agent, task: `${planId}.${taskId}`, repository: repository ?? workspace };
}

export function assessEffect(services: Services) {
  return effect<Assessment, RequestOrder>({
    idempotent: true,
    deadlineMs: 60_000,
    run: async ({ input }) => {
      const surroundings = services.surroundings(input.planId, input.workspace);
      const verdict = placed(input, await services.gate.assess(input.action, surroundings, askerOf(input)));
      return { surroundings, verdict, terms: verdict.level === 'LOW' ? null : services.approvals.terms(verdict.level) };
    },
  });
}

/** What would be harmless in a workspace takes a decision where nobody knows which one it is. */
function placed({ outside }: RequestOrder, verdict: RiskVerdict): RiskVerdict {
  if (outside !== 'unplaced' || verdict.level !== 'LOW') return verdict;
  const unknown = { rule: 'workspace-unknown', level: 'MEDIUM', why: 'the folder that it acts in is not known' } as const;
  return { ...verdict, level: 'MEDIUM', findings: [...verdict.findings, unknown] };
}

export interface Execution {
  readonly agent: string;
  readonly idempotent: boolean;
  /** Only the decision is made here. */
  readonly outside: boolean;
  readonly order: Omit<ExecuteOrder, 'epoch' | 'containment' | 'hidden'>;
  readonly verdict: RiskVerdict;
  /** Whose grant is used, at which beginning; null for what needs none. */
  readonly grant: { readonly approval: string; readonly use: number } | null;
}

/** Under the hash that was granted and the request's own key, the same in every rerun (K18). Throws for a request without a grant. */
export function executionOf(context: RequestContext): Execution {
  const { order, grant, surroundings, verdict, begun } = context;
  if (grant === null || surroundings === null || verdict === null) throw new Error(`request ${order.id} has no grant`);
  const { id, agent, idempotent, action, timeoutMs } = order;
  const outside = order.outside !== undefined;
  const used = grant.approval === null ? null : { approval: grant.approval, use: begun };
  return {
    agent,
    // To say once more that it may be run runs nothing.
    idempotent: idempotent || outside,
    outside,
    verdict,
    grant: used,
    order: { request: id, key: id, action, surroundings, actionHash: grant.actionHash, ...(verdict.looked === undefined ? {} : { looked: verdict.looked }), timeoutMs },
  };
}

/** `repeated`: how often it may have been begun before, by activations that ended under it. */
export type Executed = StepOutcome & { readonly repeated: number };

export function executeEffect(services: Services) {
  return effect<Executed, Execution>({
    idempotent: (input) => input.idempotent,
    // What may not be repeated is asked of the host that outlived its node; what may be is given to it again, and it goes on with it (K19).
    check: async ({ input: { agent, order }, epoch, signal }) => {
      if (!services.hosts.outlived(agent)) return { outcome: 'unknown' };
      const outcome = readEarlierOutcome(await services.hosts.call(agent, 'request.outcome', { key: order.key, epoch }, { signal, waitMs: SESSION_WAIT_MS }));
      return outcome === null ? { outcome: 'unknown' } : { outcome: 'done', output: { ...outcome, repeated: 0 } };
    },
    deadlineMs: (input) => input.order.timeoutMs + SESSION_WAIT_MS + HOST_GRACE_MS,
    run: async ({ input, signal, epoch, earlier }) => {
      const { grant, order: granted } = input;
      if (grant !== null) {
        const answer = await services.approvals.use(grant.approval, { actionHash: granted.actionHash, use: grant.use, epoch });
        if (!answer.ok) throw codedError('GrantRefused', { approval: grant.approval, reason: answer.reason });
      }
      if (input.outside) return { status: 'succeeded', result: { allowed: true }, repeated: 0 };
      const order: ExecuteOrder = { ...granted, epoch, containment: services.contain(input.verdict), hidden: services.hidden };
      const answer = await services.hosts.call(input.agent, 'request.execute', order, { signal, waitMs: SESSION_WAIT_MS });
      return { ...readStepOutcome(answer), repeated: Math.max(0, earlier - (epoch - readBegunIn(answer, epoch))) };
    },
  });
}

/** Repetitions under the same key count, whether this node or one before began them. */
export function afterExecution({ reruns }: RequestContext, { repeated, ...outcome }: Executed): Pick<RequestContext, 'outcome' | 'reruns'> {
  return { outcome, reruns: reruns + repeated };
}
