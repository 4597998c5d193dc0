// Puts together what the statecharts of work reach the outside through.
import type { Services } from '../../actors/fleet/services.ts';
import { createGate } from '../../actors/gate/index.ts';
import type { Hosts, Workspaces } from '../../actors/work/ports.ts';
import type { Clock } from '../../runtime/index.ts';
import type { WorkPlaces } from './places.ts';

export interface ServicesOptions {
  readonly hosts: Hosts;
  readonly clock: Clock;
  readonly places: WorkPlaces;
  readonly workspaces: Workspaces;
  readonly healthUrl: string;
}

export function workServices({ hosts, clock, places, workspaces, healthUrl }: ServicesOptions): Services {
  return {
    hosts,
    clock,
    gate: createGate(),
    workspaces,
    random: Math.random,
    surroundings: (_planId, workspace) => ({ workspace, deployRoot: places.deployments, healthUrl }),
    variables: (planId) => ({ node: { health: healthUrl }, plan: { id: planId, branch: `troupe/${planId}` } }),
  };
}
