// A node inside the command itself, for when none runs: the same node with the same doors, ended with the command.
import type { PlanReading } from '../../actors/plan/plan-file.ts';
import { readPlan } from '../../actors/plan/plan-file.ts';
import { problemsText } from '../../actors/source-file/index.ts';
import { codedError } from '../../runtime/index.ts';
import { adminTokenFile } from '../data-dir.ts';
import { freeOffset } from '../free-offset.ts';
import { type StartedNode, startNode } from '../main.ts';
import { loadFleet } from '../node/fleet.ts';
import type { StartOptions } from '../node/start-options.ts';
import { readText } from '../private-file.ts';
import { type Cli, configOf } from './cli.ts';
import type { PlanWish } from './follow-plan.ts';
import { NodeClient } from './node-client.ts';

export interface EmbeddedNode {
  readonly started: StartedNode;
  readonly client: NodeClient;
}

/** Throws `InvalidPlan` before anything is started. */
export function checkPlanFirst(cli: Cli, { text, file, baseDir }: PlanWish): void {
  const fleet = loadFleet(configOf(cli).fleetFile, cli.cwd);
  const reading: PlanReading = readPlan(text, { file, fleet, baseDir });
  if (!reading.ok) throw codedError('InvalidPlan', { problems: `\n${problemsText(reading.problems)}` });
}

/** Other ports than the default ones when those are taken and nobody asked for certain ones. */
export async function startEmbedded(cli: Cli, signal?: AbortSignal, more: Pick<StartOptions, 'policy'> = {}): Promise<EmbeddedNode> {
  const config = configOf(cli);
  const chosen = cli.options.portOffset !== undefined || (cli.env.TROUPE_PORT_OFFSET ?? '') !== '';
  const fleet = loadFleet(config.fleetFile, cli.cwd);
  const portOffset = chosen ? config.portOffset : await freeOffset(fleet.agents, config.host);
  const started = await startNode({
    config: { ...config, portOffset },
    cwd: cli.cwd,
    env: cli.env,
    clock: cli.clock,
    stderr: 'error',
    ...more,
    ...(signal === undefined ? {} : { signal }),
  });
  const token = readText(adminTokenFile(config.dataDir))?.trim() ?? '';
  return { started, client: new NodeClient({ urls: started.urls, token, person: cli.person, caFile: config.caFile, shown: config.shown ?? null }) };
}
