// Services of a test around scripted hosts: workspaces that are only names, and a gate that reads the level off the action.
import { createHash } from 'node:crypto';
import type { GrantUse } from '../../actors/approval/grant-use.ts';
import { type Approvals, DEFAULT_APPROVALS, termsFor } from '../../actors/approval/terms.ts';
import { useGrant } from '../../actors/approval/use-grant.ts';
import { DEFAULT_ROUND_POLICY, type RoundPolicy } from '../../actors/consensus/round-order.ts';
import type { Services } from '../../actors/fleet/services.ts';
import type { Approvals as ApprovalsPort, Evidence, Gate, Workspaces } from '../../actors/work/ports.ts';
import type { Action, DeployPayload, RiskLevel } from '../../actors/work/types.ts';
import { type Clock, canonicalJson, SimulatedClock, type System } from '../../runtime/index.ts';
import { NamedBackups } from './named-backups.ts';
import { NamedDeployments, NamedVersions } from './named-deployments.ts';
import { ScriptedHosts } from './scripted-hosts.ts';
import { memoryVoterKeys } from './voter-keys.ts';

/** As the real gate would, short of CRITICAL for what only goes back. */
function riskOf({ environment, strategy, rollbackTo }: DeployPayload): string {
  if (environment !== 'production') return 'risk MEDIUM';
  return strategy === 'all_at_once' && rollbackTo === undefined ? 'risk CRITICAL' : 'risk HIGH';
}

/** `risk HIGH` as a command is HIGH, a deployment to production is HIGH or CRITICAL; everything else is LOW. */
export const namedRiskGate: Gate = {
  assess: async (action: Action, surroundings) => {
    const text = action.type === 'BASH_COMMAND' ? action.payload.command : action.type === 'DEPLOYMENT' ? riskOf(action.payload) : '';
    const level = (/^risk (LOW|MEDIUM|HIGH|CRITICAL)/.exec(text)?.[1] ?? 'LOW') as RiskLevel;
    const actionHash = createHash('sha256').update(canonicalJson({ action, surroundings })).digest('hex');
    return { level, findings: [{ rule: `test.${level.toLowerCase()}`, level, why: `says ${level}` }], actionHash, policy: 'test' };
  },
};

export class NamedWorkspaces implements Workspaces {
  readonly log: string[] = [];
  /** Error codes to fail the next integrations with. */
  readonly conflicts: string[] = [];

  async open({ planId, taskId }: { planId: string; taskId: string }) {
    this.log.push(`open ${taskId}`);
    return { path: `/w/${planId}.${taskId}`, branch: `troupe/${planId}.${taskId}` };
  }
  async integrate({ planId, taskId }: { planId: string; taskId: string }) {
    const code = this.conflicts.shift();
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    this.log.push(`integrate ${taskId}`);
    return { commit: `commit-${taskId}`, branch: `troupe/${planId}` };
  }
  async keep() {
    return { ref: null };
  }
  async close({ planId }: { planId: string }) {
    this.log.push(`close ${planId}`);
  }
}

/** Finds what a test has planted: nothing, until it plants something. */
export class PlantedEvidence implements Evidence {
  readonly requests = new Map<string, Awaited<ReturnType<Evidence['request']>>>();
  readonly plans = new Map<string, Awaited<ReturnType<Evidence['plan']>>>();
  readonly agents = new Map<string, Awaited<ReturnType<Evidence['agent']>>>();
  tests: string | undefined;
  backup: Awaited<ReturnType<Evidence['latestVerifiedBackup']>>;
  rollback: Awaited<ReturnType<Evidence['rollbackTarget']>> = { kind: 'first' };

  request = async (id: string) => this.requests.get(id);
  plan = async (planId: string) => this.plans.get(planId);
  agent = async (name: string) => this.agents.get(name);
  testCommand = async () => this.tests;
  latestVerifiedBackup = async () => this.backup;
  rollbackTarget = async () => this.rollback;
}

/** The default terms, or those that a test gives; grants of the system that the test names. */
export class TestApprovals implements ApprovalsPort {
  system: Pick<System, 'ref'> | undefined;
  given: Approvals = DEFAULT_APPROVALS;
  rounds: RoundPolicy = DEFAULT_ROUND_POLICY;
  terms(risk: 'MEDIUM' | 'HIGH' | 'CRITICAL') {
    return termsFor({ approvals: this.given, rounds: this.rounds, unhidden: false }, risk);
  }
  use(approval: string, use: GrantUse) {
    if (this.system === undefined) throw new Error('the test named no system to use grants of');
    return useGrant(this.system, approval, use);
  }
}

export interface TestServices extends Services {
  readonly approvals: TestApprovals;
  readonly backups: NamedBackups;
  readonly deployDriver: NamedDeployments;
  readonly versions: NamedVersions;
  readonly hosts: ScriptedHosts;
  readonly workspaces: NamedWorkspaces;
  readonly evidence: PlantedEvidence;
  readonly clock: Clock & SimulatedClock;
}

export function testServices(clock = new SimulatedClock()): TestServices {
  return {
    hosts: new ScriptedHosts(),
    workspaces: new NamedWorkspaces(),
    gate: namedRiskGate,
    policy: { current: () => ({ version: 'test', rules: [], approvals: DEFAULT_APPROVALS, rounds: DEFAULT_ROUND_POLICY }) },
    evidence: new PlantedEvidence(),
    voterKeys: memoryVoterKeys(),
    approvals: new TestApprovals(),
    backups: new NamedBackups(),
    webhook: null,
    deployDriver: new NamedDeployments(),
    versions: new NamedVersions(),
    clock,
    random: () => 0.5,
    contain: () => null,
    hidden: [],
    surroundings: (planId, workspace) => ({ workspace, deployRoot: `/deploy/${planId}`, healthUrl: 'http://127.0.0.1:5001/health' }),
    variables: (planId) => ({ plan: { id: planId } }),
  };
}
