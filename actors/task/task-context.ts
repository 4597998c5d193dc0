// What a task remembers. Plain JSON (K3).
import type { Route } from '../router/router-context.ts';
import type { PlannedTask, RiskLevel, StepError, StepOutcome, StepReport, TaskAnswer, TaskReport, WorkStatus } from '../work/types.ts';

/** A task as its plan hands it over. */
export interface TaskOrder {
  readonly planId: string;
  readonly taskId: string;
  readonly task: PlannedTask;
  /** The plan's workspace. */
  readonly workspace: string;
  /** Address of the plan. */
  readonly plan: string;
  readonly caller: string;
  readonly approve: RiskLevel | null;
  readonly approvalMs: number;
  /** One entry a finished task, for templates. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Who delegated it, by which message. */
  readonly delegatedBy: string;
  readonly messageId: string;
  readonly delegatedAt: number;
}

export interface PendingRerun {
  readonly requestId: string;
  readonly by: string;
  readonly why: string;
}

export interface TaskContext {
  readonly order: TaskOrder;
  readonly status: WorkStatus;
  readonly agent: string | null;
  readonly delegation: TaskReport['delegation'];
  /** Counts from 1; 0 before the first. */
  readonly attempt: number;
  /** Turns begun, over all attempts: a lost session repeats the turn, not the attempt. */
  readonly turns: number;
  /** Sessions lost, or not there, in the present attempt. */
  readonly losses: number;
  /** The task's worktree, once opened. */
  readonly path: string | null;
  readonly branch: string | null;
  /** Outcomes that need not be had again, by step. */
  readonly results: Readonly<Record<number, StepOutcome>>;
  /** By step; null for one that was not reached. */
  readonly reports: ReadonlyArray<StepReport | null>;
  /** Ids of requests that exist until told to forget. */
  readonly requests: readonly string[];
  /** The step that was cut off, while the task is interrupted. */
  readonly cutOff: number | null;
  readonly rerun: PendingRerun | null;
  readonly retryMs: number;
  /** While it rests between two attempts; absent in what an older version wrote. */
  readonly retryAt?: number | null;
  /** Time spent in turns, approvals not counted, against the task's timeout. */
  readonly spentMs: number;
  readonly actingSince: number | null;
  readonly error: StepError | null;
  /** Of a task in words; absent in what an older version wrote. */
  readonly note?: string | null;
  readonly answer?: TaskAnswer | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** What the router wants to know besides who may take it: only what is not as usual. */
export function formOf({ text, priority }: PlannedTask): Pick<Route, 'form' | 'priority'> {
  return { ...(text === undefined ? {} : { form: 'words' }), ...(priority === undefined ? {} : { priority }) };
}

export function newTask(order: TaskOrder): TaskContext {
  return {
    order,
    status: 'pending',
    agent: null,
    delegation: null,
    attempt: 0,
    turns: 0,
    losses: 0,
    path: null,
    branch: null,
    results: {},
    reports: order.task.steps.map(() => null),
    requests: [],
    cutOff: null,
    rerun: null,
    retryMs: 0,
    spentMs: 0,
    actingSince: null,
    error: null,
    startedAt: null,
    endedAt: null,
  };
}
