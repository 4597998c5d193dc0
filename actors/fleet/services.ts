// What the statecharts of work reach the outside through. One object a node, built by the composition root.
import type { Clock } from '../../runtime/index.ts';
import type { Policy } from '../gate/index.ts';
import type { Approvals, Backups, DeployDriver, Evidence, Gate, Hosts, Versions, VoterKeys, Webhook, Workspaces } from '../work/ports.ts';
import type { Containment, RiskVerdict, Surroundings } from '../work/types.ts';

export interface Services {
  readonly hosts: Hosts;
  readonly workspaces: Workspaces;
  readonly gate: Gate;
  /** What the fleet's policy says now. */
  readonly policy: { current(): Policy };
  readonly approvals: Approvals;
  readonly evidence: Evidence;
  readonly voterKeys: VoterKeys;
  readonly backups: Backups;
  /** Null: nobody is told. */
  readonly webhook: Webhook | null;
  readonly deployDriver: DeployDriver;
  readonly versions: Versions;
  readonly clock: Clock;
  /** Uniform in [0, 1): jitter of retries. */
  readonly random: () => number;
  /** How far an action under this verdict reaches; null where the machine cannot contain. */
  contain(verdict: RiskVerdict): Containment | null;
  /** Folders that nothing an agent asks for ever reaches. */
  readonly hidden: readonly string[];
  /** Where a task of the plan may act, given its worktree. */
  surroundings(planId: string, workspace: string): Surroundings;
  /** What templates may name besides finished tasks: `node`, `plan`. Plain JSON, no secrets. */
  variables(planId: string): Readonly<Record<string, unknown>>;
}
