// What a node stands on before anything of it can be seen: its fleet file, its data directory with the lock, its log, its certificate, its
// users. A mistake in any of them ends the start here.
import { type Clock, systemClock } from '../../runtime/index.ts';
import { lockDataDir } from '../../runtime/persistence/index.ts';
import { refuseUnfinishedRestore } from '../backup/restore-backup.ts';
import { type NodeConfig, siteOf } from '../config.ts';
import { type DataDir, openDataDir } from '../data-dir.ts';
import type { SharedAnswers } from '../http/response-cache/shared-answers.ts';
import { type Identity, openIdentity } from '../identity/identity.ts';
import { type Log, openLog } from '../log.ts';
import { AGENT_DOOR, type Door, doorsOf, type Site, urlOf } from '../ports.ts';
import { type LiveCertificate, openCertificate } from '../tls/live-certificate.ts';
import { proveTrust } from '../tls/prove-trust.ts';
import { type Fleet, loadFleet } from './fleet.ts';
import { openSharedAnswers } from './open-shared-answers.ts';
import type { StartOptions } from './start-options.ts';
import type { Undoing } from './undoing.ts';

export interface Ground {
  readonly config: NodeConfig;
  readonly env: StartOptions['env'];
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly dataDir: DataDir;
  readonly log: Log;
  readonly site: Site;
  readonly doors: readonly Door[];
  readonly urls: { readonly health: string; readonly api: string; readonly rpc: string };
  /** Null: its doors speak plain HTTP. */
  readonly certificate: LiveCertificate | null;
  readonly identity: Identity;
  readonly answers: SharedAnswers | null;
}

async function trustedCertificate(config: NodeConfig, site: Site, clock: Clock, log: Log, undo: Undoing): Promise<LiveCertificate | null> {
  if (config.tls === null) return null;
  const certificate = openCertificate({ config: config.tls, host: site.host, clock, log });
  undo.add(() => certificate.close());
  await proveTrust({ certificate: certificate.current(), bound: config.host, host: site.host, caFile: config.caFile, clients: certificate.clients, shown: config.shown, clock });
  return certificate;
}

export async function openGround({ config, cwd, env, clock = systemClock, stderr = 'warn' }: StartOptions, undo: Undoing): Promise<Ground> {
  const fleet = loadFleet(config.fleetFile, cwd);
  const dataDir = openDataDir(config.dataDir);
  const lock = lockDataDir(dataDir.path, { clock });
  undo.add(() => lock.release());
  refuseUnfinishedRestore(dataDir.path);
  const log = openLog({ dir: dataDir.logs, level: config.logLevel, instance: dataDir.instance, stderr });
  const doors = doorsOf(config.portOffset, fleet.agents);
  const site = siteOf(config);
  const certificate = await trustedCertificate(config, site, clock, log, undo);
  const agentDoors = doors.filter(({ name }) => name.startsWith(AGENT_DOOR));
  const identity = openIdentity({ dataDir: dataDir.path, keysDir: dataDir.keys, site, portOffset: config.portOffset, agentDoors, clock });
  undo.add(() => identity.close());
  const answers = openSharedAnswers({ redis: config.redis, caFile: config.caFile, sealing: identity.sealing, clock, log });
  undo.add(() => answers?.close());
  const [health, api, rpc] = doors.map(({ port }) => urlOf(site, port)) as [string, string, string];
  return { config, env, clock, fleet, dataDir, log, site, doors, urls: { health, api, rpc }, certificate, identity, answers };
}
