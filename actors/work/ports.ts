// What the statecharts of work ask of the outside: hosts, workspaces, the gate. Implementations live in actors/session,
// actors/workspace and actors/gate; the composition root puts them together as Services.
import type { Action, PlannedStep, RiskVerdict, StepOutcome, Surroundings } from './types.ts';

/** Calls into agent hosts. `call` rejects with `SessionLost` when the connection goes before the answer, `NoSession` when there is none in time. */
export interface Hosts {
  call(agent: string, method: string, params: unknown, options: { readonly signal: AbortSignal; readonly waitMs?: number }): Promise<unknown>;
  /** Best effort: dropped when the agent is not connected. */
  notify(agent: string, method: string, params: unknown): void;
  connected(agent: string): boolean;
}

export interface TaskPlace {
  readonly planId: string;
  readonly taskId: string;
  /** The plan's workspace. */
  readonly workspace: string;
}

/** Where a task works. */
export interface TaskWorkspace {
  readonly path: string;
  /** The task's branch `troupe/<planId>.<taskId>`; null when the workspace is no git repository. */
  readonly branch: string | null;
}

/** A git worktree per task, outside the repository. Every operation may be repeated with the same arguments. */
export interface Workspaces {
  /** Opens the task's worktree on the plan's branch as it is now; keeps what is there when it exists already. */
  open(place: TaskPlace): Promise<TaskWorkspace>;
  /** Commits what is uncommitted to the task's branch and merges that into `troupe/<planId>`. Rejects with `MergeConflict`. */
  integrate(place: TaskPlace): Promise<{ readonly commit: string | null; readonly branch: string | null }>;
  /** Keeps what is uncommitted as `refs/troupe/wip/<planId>.<taskId>` (before a stop or a restart). */
  keep(place: TaskPlace): Promise<{ readonly ref: string | null }>;
  /** Removes worktrees and task branches of the plan; the branch `troupe/<planId>` stays. */
  close(plan: { readonly planId: string; readonly workspace: string; readonly taskIds: readonly string[] }): Promise<void>;
}

export interface Gate {
  assess(action: Action, surroundings: Surroundings): Promise<RiskVerdict>;
}

/** Params of `turn.start`, node → host. */
export interface TurnOrder {
  readonly turn: string;
  readonly planId: string;
  readonly taskId: string;
  readonly agent: string;
  readonly attempt: number;
  readonly steps: readonly PlannedStep[];
  /** Outcomes of the steps that need not run again, by index. */
  readonly results: Readonly<Record<number, StepOutcome>>;
  /** For `{{a.b}}` templates: one entry a finished task, `node`, `plan`. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly workspace: string;
}

/** Result of `turn.start`. */
export interface TurnOutcome {
  readonly status: 'succeeded' | 'failed' | 'interrupted' | 'cancelled';
  readonly error?: { readonly code: string; readonly message: string };
}

/** Params of `request.submit`, host → node; answered with a StepOutcome once settled. `id` is `<planId>.<taskId>.<step>.<attempt>`. */
export interface RequestSubmission {
  readonly id: string;
  readonly planId: string;
  readonly taskId: string;
  readonly step: number;
  readonly attempt: number;
  readonly action: Action;
  readonly idempotent: boolean;
  readonly timeoutMs?: number;
}
