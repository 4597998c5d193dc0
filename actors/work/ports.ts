// What the statecharts of work ask of the outside: hosts, workspaces, the gate. Implementations live in actors/session,
// actors/workspace and actors/gate; the composition root puts them together as Services.
import type { UseAnswer } from '../approval/approval.messages.ts';
import type { GrantUse } from '../approval/grant-use.ts';
import type { ApprovalTerms } from '../approval/terms.ts';
import type { Notice } from '../webhook/notice.ts';
import type { Action, DeployPayload, PlannedStep, RiskVerdict, StepOutcome, Surroundings, WorkStatus } from './types.ts';

/** Calls into agent hosts. `call` rejects with `SessionLost` when the connection goes before the answer, `NoSession` when there is none in time. */
export interface Hosts {
  call(agent: string, method: string, params: unknown, options: { readonly signal: AbortSignal; readonly waitMs?: number }): Promise<unknown>;
  /** Best effort: dropped when the agent is not connected. */
  notify(agent: string, method: string, params: unknown): void;
  connected(agent: string): boolean;
  /** Whether a host that an earlier node started still works for the agent: it knows what became of that node's executions (K19). */
  outlived(agent: string): boolean;
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

export interface BackupWish {
  readonly id: string;
  readonly by: string;
  readonly why: string;
  /** How many stay, this one included. */
  readonly keep: number;
}

/** A backup that was restored into a scratch folder and found to be the state of its instant. */
export interface BackupTaken {
  readonly id: string;
  /** Wall time, ms. */
  readonly takenAt: number;
  readonly verifiedAt: number;
  /** The last fact that it holds. */
  readonly fact: number;
  readonly bytes: number;
  readonly rows: number;
  /** Older ones that were taken away. */
  readonly removed: readonly string[];
}

/** Backups of the node's own databases. */
export interface Backups {
  /** Under the same id it is the same backup. Rejects with `BackupFailed`; nothing half is left. */
  take(wish: BackupWish, signal: AbortSignal): Promise<BackupTaken>;
}

/** Where people are told that something waits for them. */
export interface Webhook {
  /** `over`: it waits no more. Rejects when nobody took it; may be called again. */
  deliver(notice: Notice, signal: AbortSignal): Promise<'delivered' | 'over'>;
}

/** Who asks for an action. */
export interface Asker {
  readonly agent: string;
  /** `<plan>.<task>` */
  readonly task: string;
  /** The plan's workspace, of which the task may have a worktree. */
  readonly repository: string;
}

export interface Gate {
  /** `asker`: null for what no agent asked for; then no rule that is scoped applies. */
  assess(action: Action, surroundings: Surroundings, asker: Asker | null): Promise<RiskVerdict>;
}

/** How requests are decided on, and the door to the grants. */
export interface Approvals {
  /** As the policy says now. */
  terms(risk: 'MEDIUM' | 'HIGH' | 'CRITICAL'): ApprovalTerms;
  /** Takes the approval's grant for one beginning of the execution: journalled before it resolves, so a node that may write no more gets no yes. */
  use(approval: string, use: GrantUse): Promise<UseAnswer | { readonly ok: false; readonly reason: 'gone' }>;
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

/** Keys of those who vote in rounds. Private halves never leave the node's own process. */
export interface VoterKeys {
  /** By voter; a key that is not there yet is made. */
  publicKeys(voters: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** Ed25519, base64url. The same text gives the same signature. */
  sign(voter: string, text: string): Promise<string>;
}

/** A request as it is, read anew and not as somebody tells it. */
export interface RequestFacts {
  readonly id: string;
  readonly planId: string;
  readonly taskId: string;
  readonly status: WorkStatus;
  readonly action: Action;
  readonly surroundings: Surroundings;
  /** Of what the gate looked at when it rated it; null when it looked at nothing. */
  readonly factsHash: string | null;
}

export interface PlanFacts {
  readonly planId: string;
  readonly status: WorkStatus;
  readonly tasks: ReadonlyArray<{ readonly id: string; readonly needs: readonly string[]; readonly status: WorkStatus }>;
}

export interface VoterFacts {
  readonly role: string;
  readonly capabilities: readonly string[];
}

/** A backup whose restore was compared with what was backed up, and found to be the same. */
export interface VerifiedBackup {
  readonly id: string;
  /** The instant at which it was cut. */
  readonly at: number;
  readonly verifiedAt: number;
}

/** What a deployment goes back to when it fails. */
export type RollbackTarget =
  /** Nothing runs there yet: taking the new version away is all there is to do. */
  | { readonly kind: 'first' }
  /** `restorable`: all of it is there to be switched to. */
  | { readonly kind: 'version'; readonly version: string; readonly restorable: boolean; readonly problem?: string };

/** What voters look at when a round asks them. Undefined: there is no such thing. */
export interface Evidence {
  request(id: string): Promise<RequestFacts | undefined>;
  plan(planId: string): Promise<PlanFacts | undefined>;
  agent(name: string): Promise<VoterFacts | undefined>;
  /** The command that tests a workspace, as the workspace itself says it. */
  testCommand(workspace: string): Promise<string | undefined>;
  latestVerifiedBackup(): Promise<VerifiedBackup | undefined>;
  rollbackTarget(deployment: DeployPayload, surroundings: Surroundings): Promise<RollbackTarget>;
}

/** One deployment as drivers see it. */
export interface DeployWish {
  /** The same in every repetition of it. */
  readonly key: string;
  readonly payload: DeployPayload;
  readonly surroundings: Surroundings;
  /** Folders that are never deployed. */
  readonly hidden: readonly string[];
}

/** A version as it was found or laid down. */
export interface DeployedVersion {
  readonly version: string;
  /** Of all that it holds: the same content, the same digest. */
  readonly digest: string;
}

/**
 * How versions come to a place and run there. Every call may be cut off anywhere and repeated under the same key, with the same end.
 * Rejects with `DeployRefused` or `PathRefused` for what cannot be.
 */
export interface DeployDriver {
  /** Names the place: deployments to the same one follow each other. */
  placeOf(wish: DeployWish): string;
  /** What runs there; null: nothing. Changes nothing. */
  current(wish: DeployWish, signal: AbortSignal): Promise<DeployedVersion | null>;
  /** Whether that version lies there, whatever is in it. Changes nothing. */
  holds(wish: DeployWish, version: string): Promise<boolean>;
  /** The new version is there, whole, and does not run yet. A version that is there with other content is refused. */
  place(wish: DeployWish, signal: AbortSignal): Promise<DeployedVersion & { readonly files: number }>;
  /** From then on that version runs; null: nothing. */
  lead(wish: DeployWish, to: string | null, signal: AbortSignal): Promise<void>;
  /** Undefined: that version is there, and byte for byte what it was. Else what is wrong with it. */
  fault(wish: DeployWish, version: DeployedVersion, signal: AbortSignal): Promise<string | undefined>;
  /** Takes away a version that does not run. */
  discard(wish: DeployWish, version: string): Promise<void>;
  /** Undefined: what the place leads to runs, and is well. Else what is wrong with it. Changes nothing. */
  trouble(wish: DeployWish, signal: AbortSignal): Promise<string | undefined>;
  /** What runs there holds: what ran before, and was kept to go back to at once, ends. */
  retire(wish: DeployWish, signal: AbortSignal): Promise<void>;
  /** Where a version lies: commands that verify it run there. */
  folderOf(wish: DeployWish, version: string): string;
}

/** What was deployed, as git keeps it. */
export interface Versions {
  /** Under a ref of its own: the workspace as it is. Null: the workspace is in no repository. */
  record(wish: { readonly workspace: string; readonly deployment: string; readonly message: string }): Promise<string | null>;
  /** The ref of what runs in a place; null takes it away. Nothing is done where there is no repository. */
  mark(wish: { readonly workspace: string; readonly place: string; readonly commit: string | null }): Promise<void>;
}
