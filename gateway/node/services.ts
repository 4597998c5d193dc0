// Puts together what the statecharts of work reach the outside through.
import type { Services } from '../../actors/fleet/services.ts';
import type { ContainmentFound } from '../../actors/gate/execute/containment/probe.ts';
import { createGate } from '../../actors/gate/index.ts';
import { reachOf } from '../../actors/request/reach.ts';
import type { Evidence, Hosts, VoterKeys, Workspaces } from '../../actors/work/ports.ts';
import type { Clock } from '../../runtime/index.ts';
import type { WorkPlaces } from './places.ts';

export interface ServicesOptions {
  readonly hosts: Hosts;
  readonly clock: Clock;
  readonly places: WorkPlaces;
  readonly workspaces: Workspaces;
  readonly evidence: Evidence;
  readonly voterKeys: VoterKeys;
  readonly healthUrl: string;
  readonly containment: ContainmentFound;
  readonly hidden: readonly string[];
}

export function workServices({ hosts, clock, places, workspaces, evidence, voterKeys, healthUrl, containment, hidden }: ServicesOptions): Services {
  return {
    hosts,
    clock,
    gate: createGate(),
    workspaces,
    evidence,
    voterKeys,
    random: Math.random,
    contain: (verdict) => (containment.kind === 'none' ? null : reachOf(verdict)),
    hidden,
    surroundings: (_planId, workspace) => ({ workspace, deployRoot: places.deployments, healthUrl }),
    variables: (planId) => ({ node: { health: healthUrl }, plan: { id: planId, branch: `troupe/${planId}` } }),
  };
}
