// What a request remembers. Plain JSON (K3).
import type { ApprovalTerms } from '../approval/terms.ts';
import type { Action, PlannedStep, RequestType, RiskLevel, RiskVerdict, StepOutcome, Surroundings, WorkStatus } from '../work/types.ts';

/** A side effect asked for by a task's step. `id` is `<planId>.<taskId>.<step>.<attempt>` and the key of its execution. */
export interface RequestOrder {
  readonly id: string;
  readonly planId: string;
  readonly taskId: string;
  /** Address of the task, told about every change. */
  readonly task: string;
  readonly step: number;
  readonly attempt: number;
  readonly agent: string;
  readonly action: Action;
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  /** The task's worktree. */
  readonly workspace: string;
  /** The plan's workspace, whatever worktree the task has of it; that worktree when not said. */
  readonly repository?: string;
  /** Who asked for the plan, and up to which level that person confirmed beforehand. */
  readonly caller: string;
  readonly approve: RiskLevel | null;
  /** How long a decision is awaited. */
  readonly approvalMs: number;
  /**
   * Who asks executes it too, outside this node: only the decision is made here, and no task hears of it. In the workspace that is
   * named, or `unplaced`, in one that is not known.
   */
  readonly outside?: 'placed' | 'unplaced';
  /** Of what takes a deployment back that did not hold: the grant of that covers it. */
  readonly wayBack?: WayBack;
}

/** Whose way back it is, granted up to which level, under which approval and by whom. */
export interface WayBack {
  readonly deployment: string;
  readonly approval: string;
  readonly level: RiskLevel;
  readonly by: string;
}

/** Permission to run exactly the action of that hash, once (reruns under the same key are the same run). */
export interface Grant {
  readonly decision: 'auto' | 'approved';
  readonly by: string;
  readonly why: string;
  readonly actionHash: string;
  readonly at: number;
  /** Id of the approval that is asked at each beginning; null for what needs none. */
  readonly approval: string | null;
}

export interface Refusal {
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

export interface RequestContext {
  readonly order: RequestOrder;
  readonly status: WorkStatus;
  /** Where it may act, as assessed: part of what an approval binds. */
  readonly surroundings: Surroundings | null;
  readonly verdict: RiskVerdict | null;
  /** How it is decided on, as the policy was when it was assessed; null for what needs no decision. */
  readonly terms: ApprovalTerms | null;
  /** Id of the approval that waits, or whose grant is not used up: it is told how the request ends. */
  readonly approval: string | null;
  readonly grant: Grant | null;
  readonly refusal: Refusal | null;
  readonly outcome: StepOutcome | null;
  /** Who wants it begun again after it was cut off. */
  readonly rerun: { readonly by: string; readonly why: string } | null;
  /** How often its execution was begun. */
  readonly begun: number;
  /** How often it was begun again after a cut-off. */
  readonly reruns: number;
  /** How often in turn there was nobody to assess it, or no session to run it in. */
  readonly unreached: number;
  /** Nobody's turn wants it now: it does not begin to run. */
  readonly held: boolean;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Names of deferred replies to AWAIT, and how many were ever given out. */
  readonly waiters: readonly string[];
  readonly waited: number;
}

const STEP_KINDS: Readonly<Record<RequestType, PlannedStep['kind']>> = {
  BASH_COMMAND: 'bash',
  FILE_OPERATION: 'file',
  API_CALL: 'api',
  DATABASE_QUERY: 'query',
  DEPLOYMENT: 'deploy',
};

export function stepKind(type: RequestType): PlannedStep['kind'] {
  return STEP_KINDS[type];
}

export function newRequest(order: RequestOrder): RequestContext {
  return {
    order,
    status: 'running',
    surroundings: null,
    verdict: null,
    terms: null,
    approval: null,
    grant: null,
    refusal: null,
    outcome: null,
    rerun: null,
    begun: 0,
    reruns: 0,
    unreached: 0,
    held: false,
    startedAt: null,
    endedAt: null,
    waiters: [],
    waited: 0,
  };
}

/** The word of reports for how it ended. */
export function statusOf(outcome: StepOutcome | null): WorkStatus {
  if (outcome === null) return 'running';
  return outcome.status === 'denied' ? 'failed' : outcome.status;
}
