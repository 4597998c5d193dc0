// What agents work with and in: their sessions, their places, the gate and all that it reaches the outside through. What an earlier node left
// running is ended first, but for sessions that still work.
import type { Services } from '../../actors/fleet/services.ts';
import { probeContainment } from '../../actors/gate/execute/containment/probe.ts';
import { endOwned, type SessionRecord, sharedTerminals } from '../../actors/session/index.ts';
import type { VoterKeys } from '../../actors/work/ports.ts';
import { createVersions, createWorkspaces } from '../../actors/workspace/index.ts';
import type { BreakerReport } from '../../supervisors/index.ts';
import { type NodeKey, openNodeKey } from '../audit/node-key.ts';
import { copyInThread } from '../backup/copy-in-thread.ts';
import { backupAlerts, nodeBackups } from '../backup/node-backups.ts';
import { openVoterKeys } from '../keys/voter-keys.ts';
import { loginsFolder } from '../logins-folder.ts';
import { removeNodeFile } from '../node-file.ts';
import { productVersion } from '../version.ts';
import { openWebhook } from '../webhook/webhook.ts';
import { type DrainableHosts, drainableHosts } from './drainable-hosts.ts';
import { loadDrivers } from './driver-modules.ts';
import type { Entrance } from './entrance.ts';
import { nodeEvidence } from './evidence.ts';
import type { Ground } from './ground.ts';
import { guardedWorkspaces } from './guarded-workspaces.ts';
import type { NodeLife } from './node-life.ts';
import { tidyPlaces, workPlaces } from './places.ts';
import { workServices } from './services.ts';
import { hostEnvironment, livingSessions, openSessions, type Sessions } from './sessions.ts';
import type { StartOptions } from './start-options.ts';
import { openTargets, type Targets } from './targets.ts';
import type { Undoing } from './undoing.ts';

const SWEEP_MS = 2_000;
const DEFAULT_PATH = '/usr/bin:/bin';

export interface Works {
  readonly sessions: Sessions;
  /** What an earlier node under this data directory had left running. */
  readonly swept: readonly string[];
  readonly hosts: DrainableHosts;
  readonly targets: Targets;
  readonly services: Services;
  readonly key: NodeKey;
  readonly voterKeys: VoterKeys;
  /** Why what agents run is not contained and could find the token file, with the fix; null: it is. */
  readonly uncontained: string | null;
  breakers(): readonly BreakerReport[];
}

/** A node that was killed cannot end its sessions: what carries its owner token is ended before new ones begin. */
async function sweep({ dataDir: { ownerToken }, clock, log }: Ground, survivors: readonly SessionRecord[]): Promise<readonly string[]> {
  const spare = survivors.map(({ place }) => ({ ownerToken, session: place.id, temporary: place.temporary }));
  const ended = await endOwned(ownerToken, { clock, graceMs: SWEEP_MS, spare, except: survivors.map(({ trace }) => trace.server) });
  for (const { place, trace } of survivors) log.info({ agent: place.agent, pid: trace.pid }, 'a session outlived its node and is taken over');
  for (const { pid, command, by } of ended) log.warn({ pid, command, by }, 'ended what an earlier node had left running');
  return ended.map(({ pid, command }) => `${pid} ${command}`);
}

function openBackups({ dataDir, clock }: Ground, key: NodeKey, { systemNow }: NodeLife) {
  return nodeBackups({ dataDir: dataDir.path, key, clock, product: productVersion(), instance: dataDir.instance, copy: copyInThread }, backupAlerts(systemNow));
}

export async function openWorks(ground: Ground, life: NodeLife, { directory }: Entrance, options: StartOptions & { readonly readyMs: number }, undo: Undoing): Promise<Works> {
  const { config, env, clock, dataDir, fleet, log, urls } = ground;
  const { systemNow } = life;
  const path = env.PATH ?? DEFAULT_PATH;
  removeNodeFile(dataDir.path);
  const survivors = livingSessions(dataDir.path);
  const swept = await sweep(ground, survivors);
  life.goOn();
  const places = workPlaces(dataDir, env);
  undo.add(() => tidyPlaces(places));
  const { caFile, shown } = config;
  const { hostProgram, readyMs } = options;
  const sessions = await openSessions({ clock, dataDir, env, hosts: directory, url: urls.rpc, caFile, shown, hostProgram, readyMs, survivors });
  undo.add(() => sessions.launcher.close());
  log.info({ terminal: sessions.terminal.kind, why: sessions.terminal.why, fleet: fleet.from }, 'starting');

  const containment = await probeContainment(env.PATH ?? '');
  if (containment.kind === 'none') log.warn({ why: containment.detail, fix: containment.fix }, 'what agents run is not contained');
  const hosts = drainableHosts(directory, clock);
  const git = createWorkspaces({ root: places.worktrees, path });
  const workspaces = guardedWorkspaces(git, { clock, onChange: (name, circuit) => log.warn({ breaker: name, state: circuit }, 'a circuit breaker changed its state') });
  undo.add(() => workspaces.stop());
  const key = openNodeKey(dataDir.keys);
  const backups = openBackups(ground, key, life);
  const webhook = openWebhook(fleet.waiting.webhook, clock, systemNow);
  undo.add(() => webhook?.stop());
  const voterKeys = openVoterKeys(dataDir.keys);
  const hidden = [dataDir.path, sharedTerminals(), loginsFolder(env)].filter((each) => each !== undefined);
  const others = await loadDrivers(fleet.drivers);
  const targets = openTargets({ targets: fleet.targets, others, dataDir, places, clock, path: hostEnvironment(env).PATH, containment, hidden, systemNow });
  await targets.sweep();
  const services = workServices({
    hosts,
    clock,
    places,
    workspaces,
    backups,
    webhook,
    deployDriver: targets.driver,
    versions: createVersions({ path }),
    evidence: nodeEvidence({ systemNow, dataDir: dataDir.path, deployDriver: targets.driver }),
    voterKeys,
    policy: options.policy?.(fleet.policy) ?? fleet.policy,
    healthUrl: `${urls.health}/health`,
    containment,
    hidden,
    systemNow,
  });
  const breakers = () => [...workspaces.reports(), ...(webhook === null ? [] : [webhook.report()])];
  return { sessions, swept, hosts, targets, services, key, voterKeys, uncontained: containment.kind === 'none' ? `${containment.detail}; ${containment.fix}` : null, breakers };
}
