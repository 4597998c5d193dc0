// Puts together what the statecharts of work reach the outside through.
import { termsFor } from '../../actors/approval/terms.ts';
import { useGrant } from '../../actors/approval/use-grant.ts';
import type { Services } from '../../actors/fleet/services.ts';
import type { ContainmentFound } from '../../actors/gate/execute/containment/probe.ts';
import { createGate, type Policy } from '../../actors/gate/index.ts';
import { standingRules } from '../../actors/policy/policy.ts';
import { reachOf } from '../../actors/request/reach.ts';
import type { Backups, DeployDriver, Evidence, Hosts, Versions, VoterKeys, Webhook, Workspaces } from '../../actors/work/ports.ts';
import type { Clock, System } from '../../runtime/index.ts';
import type { WorkPlaces } from './places.ts';

export interface ServicesOptions {
  readonly hosts: Hosts;
  readonly clock: Clock;
  readonly places: WorkPlaces;
  readonly workspaces: Workspaces;
  readonly evidence: Evidence;
  readonly voterKeys: VoterKeys;
  readonly backups: Backups;
  readonly webhook: Webhook | null;
  readonly deployDriver: DeployDriver;
  readonly versions: Versions;
  readonly policy: Policy;
  readonly healthUrl: string;
  readonly containment: ContainmentFound;
  readonly hidden: readonly string[];
  /** Asked at each use: work begins only once the system runs. */
  systemNow(): System;
}

export function workServices({ clock, places, policy, healthUrl, containment, hidden, systemNow, ...given }: ServicesOptions): Services {
  return {
    ...given,
    clock,
    gate: createGate({ policy: () => policy, rules: () => standingRules(systemNow()), contained: containment.kind !== 'none', now: () => clock.now() }),
    policy: { current: () => policy },
    approvals: {
      terms: (risk) => termsFor({ approvals: policy.approvals, rounds: policy.rounds, unhidden: containment.kind === 'none' }, risk),
      use: (approval, use) => useGrant(systemNow(), approval, use),
    },
    random: Math.random,
    contain: (verdict) => (containment.kind === 'none' ? null : reachOf(verdict)),
    hidden,
    surroundings: (_planId, workspace) => ({ workspace, deployRoot: places.deployments, healthUrl }),
    variables: (planId) => ({ node: { health: healthUrl }, plan: { id: planId, branch: `troupe/${planId}` } }),
  };
}
