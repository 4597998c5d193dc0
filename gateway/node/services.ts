// Puts together what the statecharts of work reach the outside through.
import type { Services } from '../../actors/fleet/services.ts';
import { createGate } from '../../actors/gate/index.ts';
import type { Hosts } from '../../actors/work/ports.ts';
import { createWorkspaces } from '../../actors/workspace/index.ts';
import type { Clock } from '../../runtime/index.ts';
import type { WorkPlaces } from './places.ts';

export interface ServicesOptions {
  readonly hosts: Hosts;
  readonly clock: Clock;
  readonly places: WorkPlaces;
  /** PATH in which git is looked for. */
  readonly path: string;
  readonly healthUrl: string;
}

export function workServices({ hosts, clock, places, path, healthUrl }: ServicesOptions): Services {
  return {
    hosts,
    clock,
    gate: createGate(),
    workspaces: createWorkspaces({ root: places.worktrees, path }),
    random: Math.random,
    surroundings: (_planId, workspace) => ({ workspace, deployRoot: places.deployments, healthUrl }),
    variables: (planId) => ({ node: { health: healthUrl }, plan: { id: planId, branch: `troupe/${planId}` } }),
  };
}
