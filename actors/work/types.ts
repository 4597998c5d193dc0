// The words of work that plan, task, request, gate, host and report share. All plain JSON.

export const REQUEST_TYPES = ['BASH_COMMAND', 'FILE_OPERATION', 'API_CALL', 'DATABASE_QUERY', 'DEPLOYMENT'] as const;
export type RequestType = (typeof REQUEST_TYPES)[number];

export const RISK_LEVELS = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

export const WORK_STATUSES = ['pending', 'awaiting_approval', 'running', 'succeeded', 'failed', 'cancelled', 'skipped', 'interrupted'] as const;
export type WorkStatus = (typeof WORK_STATUSES)[number];

export interface BashPayload {
  readonly command: string;
  /** Relative to the workspace; default its root. */
  readonly cwd?: string;
}
export interface FilePayload {
  readonly op: 'read' | 'write' | 'append' | 'delete' | 'mkdir' | 'move' | 'list';
  readonly path: string;
  readonly content?: string;
  /** For `move`. */
  readonly to?: string;
}
export interface ApiPayload {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
export interface QueryPayload {
  readonly database: string;
  readonly dialect: 'sqlite';
  readonly sql: string;
  readonly params?: readonly (string | number | null)[];
}
/** How environments and versions are spelt where they name folders. */
export const DEPLOY_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;

export interface DeployPayload {
  readonly environment: string;
  readonly version: string;
  readonly strategy?: 'rolling' | 'blue_green' | 'all_at_once';
  /** Folder to deploy, relative to the workspace; default its root. */
  readonly source?: string;
  /** Folder that holds `versions/` and the link `current`, relative to the plan's deploy root. */
  readonly target?: string;
  /** Command that says whether the version holds, run in its folder once it runs; it changes nothing there. */
  readonly verify?: string;
  /** Not a new version: `version` is taken away, and what ran before is back. Null: nothing ran before. */
  readonly rollbackTo?: string | null;
}

export type Action =
  | { readonly type: 'BASH_COMMAND'; readonly payload: BashPayload }
  | { readonly type: 'FILE_OPERATION'; readonly payload: FilePayload }
  | { readonly type: 'API_CALL'; readonly payload: ApiPayload }
  | { readonly type: 'DATABASE_QUERY'; readonly payload: QueryPayload }
  | { readonly type: 'DEPLOYMENT'; readonly payload: DeployPayload };

/** Where an action may act. All absolute. */
export interface Surroundings {
  /** The task's worktree (or the plan's folder when it is no git repository). */
  readonly workspace: string;
  /** Outside the workspace; deployments go below it. */
  readonly deployRoot: string;
  /** The node's own health URL: LOW by policy. */
  readonly healthUrl: string;
}

export interface Finding {
  readonly rule: string;
  readonly level: RiskLevel;
  /** [start, end) in the command, SQL or URL text, when the finding has a place. */
  readonly span?: readonly [number, number];
  readonly why: string;
}

/** What was read before an action was assessed; it must read the same when it is executed. */
export interface LookedAt {
  readonly factsHash: string;
  readonly paths: readonly string[];
  /** Folders, as `Facts.trees` names them. */
  readonly trees: readonly string[];
}

/** Level is the maximum over the findings, of which there is at least one. */
export interface RiskVerdict {
  readonly level: RiskLevel;
  readonly findings: readonly Finding[];
  /** sha256 (hex) over the canonical JSON of action, surroundings and the hash of the facts: what an approval binds. */
  readonly actionHash: string;
  /** Absent for what was judged without looking at anything. */
  readonly looked?: LookedAt;
  /** A rule that allows exactly this, and who stands for it. */
  readonly allowed?: { readonly rule: string; readonly owner: string };
  readonly policy: string;
}

/** One step as the plan spells it out. Strings may hold `{{task.field}}` templates until the driver fills them. */
export interface PlannedStep {
  readonly kind: 'bash' | 'file' | 'api' | 'query' | 'deploy' | 'message';
  readonly payload: Readonly<Record<string, unknown>>;
  readonly idempotent: boolean;
  readonly timeoutMs?: number;
}

export interface PlannedTask {
  readonly id: string;
  readonly agent?: string;
  readonly capability?: readonly string[];
  readonly needs: readonly string[];
  readonly retry: { readonly max: number; readonly backoff: 'exponential' | 'fixed'; readonly baseMs: number };
  readonly timeoutMs?: number;
  readonly steps: readonly PlannedStep[];
  /** Words for an agent that thinks; then there are no steps. */
  readonly text?: string;
  /** Of those that wait for somebody, which is given first; default normal. */
  readonly priority?: 'high' | 'normal' | 'low';
}

/** A validated plan. `workspace` is absolute. */
export interface Plan {
  readonly name: string;
  readonly workspace: string;
  readonly goal?: string;
  readonly tasks: readonly PlannedTask[];
}

export interface StepError {
  readonly code: string;
  readonly message: string;
}

/** How a step ended. Texts are cut to OUTPUT_KEPT bytes each, `truncated` says so. */
export interface StepOutcome {
  readonly status: 'succeeded' | 'failed' | 'denied' | 'interrupted' | 'skipped' | 'cancelled';
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly truncated?: boolean;
  readonly result?: unknown;
  readonly error?: StepError;
}

/** How much of stdout and stderr each is kept in a record. */
export const OUTPUT_KEPT = 65_536;
/** Output beyond this ends the command (both streams together). */
export const OUTPUT_LIMIT = 1_048_576;

export interface StepReport extends Partial<Omit<StepOutcome, 'status'>> {
  readonly type: PlannedStep['kind'];
  readonly status: WorkStatus;
  readonly risk?: RiskLevel;
  readonly verdict?: { readonly decision: 'auto' | 'approved' | 'denied' | 'pending'; readonly by?: string; readonly why?: string; readonly rules: readonly string[] };
  readonly attempts: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** How often execution was begun again under the same key after a cut-off. */
  readonly reruns?: number;
}

export interface TaskReport {
  readonly id: string;
  readonly agent: string | null;
  readonly status: WorkStatus;
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly delegation: { readonly from: string; readonly to: string; readonly messageId: string; readonly at: number } | null;
  readonly error?: StepError;
  readonly steps: readonly StepReport[];
  /** When its next attempt begins, while it rests before it. */
  readonly retryAt?: number;
  /** Of a task in words, as the agent that holds it last said. */
  readonly note?: string;
  /** Of a task in words: what its agent reported, and under which epoch it held the task. */
  readonly answer?: TaskAnswer;
}

export interface TaskAnswer {
  readonly by: string;
  readonly epoch: number;
  readonly at: number;
  readonly result: unknown;
}

export interface PlanReport {
  readonly plan: string;
  readonly name: string;
  readonly status: WorkStatus;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly branch: string | null;
  readonly tasks: readonly TaskReport[];
}

/** `read`: changes nothing. `workspace`: writes there only. `machine`: whatever its user may, but for what is hidden. */
export const REACHES = ['read', 'workspace', 'machine'] as const;
export type Reach = (typeof REACHES)[number];

/** How far the processes of a step reach. */
export interface Containment {
  readonly reach: Reach;
  readonly network: boolean;
  /** What tools would run unasked later (settings of agents, editors, builds) stays as it is. */
  readonly keepSettings: boolean;
}

/** Node → host: run exactly this. The host recomputes the hash and refuses a mismatch. */
export interface ExecuteOrder {
  readonly request: string;
  /** The effect's idempotency key. */
  readonly key: string;
  readonly epoch: number;
  readonly action: Action;
  readonly surroundings: Surroundings;
  readonly actionHash: string;
  /** Of the verdict: the host looks again, and refuses when the world is another by now. */
  readonly looked?: LookedAt;
  readonly timeoutMs: number;
  /** Null where the machine cannot contain. */
  readonly containment: Containment | null;
  /** Folders that nothing an agent asks for ever reaches: the data directory. Real and absolute. */
  readonly hidden: readonly string[];
}

export type ExecuteResult = StepOutcome;
