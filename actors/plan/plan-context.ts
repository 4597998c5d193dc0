// What a plan remembers. Plain JSON (K3).
import type { Plan, RiskLevel, StepError, TaskReport, WorkStatus } from '../work/types.ts';

/** A validated plan as somebody submitted it. */
export interface PlanOrder {
  readonly planId: string;
  readonly plan: Plan;
  readonly caller: string;
  readonly approve: RiskLevel | null;
  /** How long each decision is awaited. */
  readonly approvalMs: number;
  /** Address of the agent that owns it and delegates its tasks. */
  readonly owner: string;
  readonly submittedAt: number;
}

export interface TaskEntry {
  readonly status: WorkStatus;
  /** Handed to the owner. */
  readonly delegated: boolean;
  /** The task's own word; null before it lives. */
  readonly report: TaskReport | null;
}

export interface PlanContext {
  readonly order: PlanOrder;
  readonly tasks: Readonly<Record<string, TaskEntry>>;
  readonly branch: string | null;
  readonly cancelled: { readonly by: string; readonly why: string } | null;
  /** Why its worktrees could not be removed; the work itself is on the branch. */
  readonly closing: StepError | null;
  readonly endedAt: number | null;
  readonly waiters: readonly string[];
  readonly waited: number;
}

export function newPlan(order: PlanOrder): PlanContext {
  const tasks = Object.fromEntries(order.plan.tasks.map((task) => [task.id, { status: 'pending' as const, delegated: false, report: null }]));
  return { order, tasks, branch: null, cancelled: null, closing: null, endedAt: null, waiters: [], waited: 0 };
}
