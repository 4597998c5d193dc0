// The composition root: one node from its configuration to `ready`, and its orderly end. Start order: data directory, lock, ports,
// journal and tree, sessions. What fails undoes what was done before it, so a start that fails leaves nothing running.
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { ensureFleet, fleetRoot } from '../actors/fleet/root.ts';
import { sessionGone } from '../actors/fleet/sessions.ts';
import { probeContainment } from '../actors/gate/execute/containment/probe.ts';
import type { Policy } from '../actors/gate/index.ts';
import { createHostDirectory, endOwned, type SessionRecord, sessionMachine, sharedTerminals } from '../actors/session/index.ts';
import { createVersions, createWorkspaces } from '../actors/workspace/index.ts';
import { type Clock, codedError, createSystem, describeExit, type System, sqliteJournal, systemClock } from '../runtime/index.ts';
import { lockDataDir } from '../runtime/persistence/index.ts';
import { AuditArchive } from './audit/audit-archive.ts';
import { openCheckpoints } from './audit/checkpoints.ts';
import { heldToCheckpoints } from './audit/held-to-checkpoints.ts';
import { keepAudit } from './audit/keep-audit.ts';
import { openNodeKey } from './audit/node-key.ts';
import { copyInThread } from './backup/copy-in-thread.ts';
import { backupAlerts, nodeBackups } from './backup/node-backups.ts';
import { refuseUnfinishedRestore } from './backup/restore-backup.ts';
import { type NodeConfig, siteOf } from './config.ts';
import { type DataDir, openDataDir, whenFull } from './data-dir.ts';
import { openDoors } from './http/open-doors.ts';
import { openIdentity } from './identity/identity.ts';
import { openVoterKeys } from './keys/voter-keys.ts';
import { type Log, openLog } from './log.ts';
import { loginsFolder } from './logins-folder.ts';
import { drainableHosts } from './node/drainable-hosts.ts';
import { loadDrivers } from './node/driver-modules.ts';
import { nodeEvidence } from './node/evidence.ts';
import { openFactFeed, withHead } from './node/fact-feed.ts';
import { type Fleet, loadFleet } from './node/fleet.ts';
import { guardedWorkspaces } from './node/guarded-workspaces.ts';
import { hostCalls } from './node/host-calls.ts';
import { openSharedAnswers } from './node/open-shared-answers.ts';
import { tidyPlaces, workPlaces } from './node/places.ts';
import { type Phase, type RunningNode, rosterOf } from './node/running-node.ts';
import { workServices } from './node/services.ts';
import { hostEnvironment, livingSessions, openSessions } from './node/sessions.ts';
import { startTree } from './node/start-tree.ts';
import { awaitSessions } from './node/start-up.ts';
import { openTargets } from './node/targets.ts';
import { ToolUses } from './node/tool-uses.ts';
import { Undoing } from './node/undoing.ts';
import { watchUnseen } from './node/unseen-approvals.ts';
import { watchNode } from './node/watch-node.ts';
import { removeNodeFile, writeNodeFile } from './node-file.ts';
import { AGENT_DOOR, doorsOf, urlOf } from './ports.ts';
import { openCertificate } from './tls/live-certificate.ts';
import { proveTrust } from './tls/prove-trust.ts';
import { productVersion } from './version.ts';
import { openWebhook } from './webhook/webhook.ts';

export interface StartOptions {
  readonly config: NodeConfig;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** Level of what goes to stderr besides the log file. Default: warnings. */
  readonly stderr?: NodeConfig['logLevel'];
  /** Program of the agent host; default the built one. */
  readonly hostProgram?: string;
  /** Within which a session must answer; default 20 s. */
  readonly readyMs?: number;
  /** Ends a start that goes on: it is undone and rejects with `NodeStopped`. */
  readonly signal?: AbortSignal;
  /** Changes what the fleet's policy says. */
  readonly policy?: (policy: Policy) => Policy;
  /** The node went down by itself. */
  readonly onExit?: (why: string) => void;
}

export interface StartedNode {
  readonly node: RunningNode;
  readonly urls: { readonly health: string; readonly api: string; readonly rpc: string };
  readonly terminal: string;
  readonly fleet: Fleet;
  /** What an earlier node under this data directory had left running. */
  readonly swept: readonly string[];
  /** A one-time link by which the first administrator logs in; undefined once there are users. */
  firstLink(): string | undefined;
  /** Drains, then ends everything. Resolves with what was stopped. */
  stop(): Promise<Stopped>;
}

export interface Stopped {
  readonly sessions: number;
  /** Steps that did not end in time and were cut off. */
  readonly cutOff: number;
}

const READY_MS = 20_000;
const HEARTBEAT_MS = 2_000;
const MISSED_HEARTBEATS = 5;
const DRAIN_MS = 10_000;
const SWEEP_MS = 2_000;
/** Epochs of hosts grow over restarts: a node's own epoch, then its sessions. */
const EPOCHS_PER_NODE = 1_000_000;

/** Rejects with a coded error that names what is wrong and the fix; nothing is left running then. */
export async function startNode(options: StartOptions): Promise<StartedNode> {
  const undo = new Undoing();
  try {
    return await start(options, undo);
  } catch (error) {
    // Why it failed is the news; what cannot be undone is found by the next start.
    await undo.all().catch(() => undefined);
    throw whenFull(error, options.config.dataDir);
  }
}

async function start(options: StartOptions, undo: Undoing): Promise<StartedNode> {
  const { config, cwd, env, clock = systemClock, readyMs = READY_MS, policy = (shipped) => shipped } = options;
  const fleet = loadFleet(config.fleetFile, cwd);
  const dataDir = openDataDir(config.dataDir);
  const lock = lockDataDir(dataDir.path, { clock });
  undo.add(() => lock.release());
  refuseUnfinishedRestore(dataDir.path);
  const log = openLog({ dir: dataDir.logs, level: config.logLevel, instance: dataDir.instance, stderr: options.stderr ?? 'warn' });
  const doors = doorsOf(config.portOffset, fleet.agents);
  const site = siteOf(config);
  const certificate = config.tls === null ? null : openCertificate({ config: config.tls, host: site.host, clock, log });
  undo.add(() => certificate?.close());
  if (certificate !== null)
    await proveTrust({ certificate: certificate.current(), bound: config.host, host: site.host, caFile: config.caFile, clients: certificate.clients, shown: config.shown, clock });
  const agentDoors = doors.filter(({ name }) => name.startsWith(AGENT_DOOR));
  const identity = openIdentity({ dataDir: dataDir.path, keysDir: dataDir.keys, site, portOffset: config.portOffset, agentDoors, clock });
  undo.add(() => identity.close());
  const answers = openSharedAnswers({ redis: config.redis, caFile: config.caFile, sealing: identity.sealing, clock, log });
  undo.add(() => answers?.close());
  const [health, api, rpc] = doors.map(({ port }) => urlOf(site, port)) as [string, string, string];
  const state: { phase: Phase; node?: RunningNode; system?: System; epoch: number } = { phase: 'starting', epoch: 0 };
  const systemNow = (): System => {
    if (state.system === undefined) throw codedError('NodeStarting');
    return state.system;
  };
  const goOn = (): void => {
    if (options.signal?.aborted === true) throw codedError('NodeStopped');
  };

  const directory = createHostDirectory({
    clock,
    heartbeatMs: HEARTBEAT_MS,
    missedHeartbeats: MISSED_HEARTBEATS,
    nextEpoch: () => ++state.epoch,
    ...hostCalls(systemNow, log),
  });
  undo.add(() => directory.close());
  const ending = new AbortController();
  // Each stream and socket listens.
  setMaxListeners(0, ending.signal);
  const pagePorts = [...doors.map(({ port }) => port), 5173 + config.portOffset];
  const front = await openDoors({
    doors,
    trust: { host: config.host, site, pagePorts, origins: config.origins, adminToken: dataDir.adminToken, tokens: identity.tokens },
    requestsPerMinute: config.requestsPerMinute,
    busyAfterMs: config.busyAfterMs,
    stopping: ending.signal,
    identity,
    certificate,
    clientDocuments: config.clientDocuments,
    clock,
    log,
    nodeNow: () => state.node,
    acceptHost: (socket, remote) => directory.accept(socket, remote),
  });
  undo.add(() => front.close());

  removeNodeFile(dataDir.path);
  const survivors = livingSessions(dataDir.path);
  const swept = await sweep(dataDir, survivors, clock, log);
  goOn();
  const places = workPlaces(dataDir, env);
  undo.add(() => tidyPlaces(places));
  const sessions = await openSessions({
    clock,
    dataDir,
    env,
    hosts: directory,
    url: rpc,
    caFile: config.caFile,
    shown: config.shown,
    hostProgram: options.hostProgram,
    readyMs,
    survivors,
  });
  undo.add(() => sessions.launcher.close());
  log.info({ terminal: sessions.terminal.kind, why: sessions.terminal.why, fleet: fleet.from }, 'starting');

  const containment = await probeContainment(env.PATH ?? '');
  if (containment.kind === 'none') log.warn({ why: containment.detail, fix: containment.fix }, 'what agents run is not contained');

  const hosts = drainableHosts(directory, clock);
  const git = createWorkspaces({ root: places.worktrees, path: env.PATH ?? '/usr/bin:/bin' });
  const workspaces = guardedWorkspaces(git, { clock, onChange: (name, circuit) => log.warn({ breaker: name, state: circuit }, 'a circuit breaker changed its state') });
  undo.add(() => workspaces.stop());
  const key = openNodeKey(dataDir.keys);
  const backups = nodeBackups({ dataDir: dataDir.path, key, clock, product: productVersion(), instance: dataDir.instance, copy: copyInThread }, backupAlerts(systemNow));
  const webhook = openWebhook(fleet.waiting.webhook, clock, systemNow);
  undo.add(() => webhook?.stop());
  const voterKeys = openVoterKeys(dataDir.keys);
  const hidden = [dataDir.path, sharedTerminals(), loginsFolder(env)].filter((path) => path !== undefined);
  const targets = openTargets({
    targets: fleet.targets,
    others: await loadDrivers(fleet.drivers),
    dataDir,
    places,
    clock,
    path: hostEnvironment(env).PATH,
    containment,
    hidden,
    systemNow,
  });
  await targets.sweep();
  const services = workServices({
    hosts,
    clock,
    places,
    workspaces,
    backups,
    webhook,
    deployDriver: targets.driver,
    versions: createVersions({ path: env.PATH ?? '/usr/bin:/bin' }),
    evidence: nodeEvidence({ systemNow, dataDir: dataDir.path, deployDriver: targets.driver }),
    voterKeys,
    policy: policy(fleet.policy),
    healthUrl: `${health}/health`,
    containment,
    hidden,
    systemNow,
  });
  const { journal, head } = withHead(heldToCheckpoints(sqliteJournal({ dir: dataDir.path }), { dataDir: dataDir.path, key }));
  const system = await createSystem({
    name: 'troupe',
    clock,
    journal,
    residency: fleet.limits.residency,
    mailboxes: fleet.limits.mailboxes,
    root: fleetRoot({
      services,
      sessionLogic: sessionMachine(sessions.launcher, (agent) => sessionGone(systemNow(), agent)),
      processTemplate: targets.processTemplate,
    }),
    onExit: (reason) => {
      log.error({ reason: describeExit(reason) }, 'the node went down');
      options.onExit?.(describeExit(reason));
    },
  });
  // Behind the node's last fact.
  let endCheckpoints = (): void => undefined;
  undo.add(() => endCheckpoints());
  undo.add(() => system.stop());
  undo.add(() => targets.leave());
  state.system = system;
  await startTree({ system, clock, log, signal: options.signal });
  targets.resume().catch((error: unknown) => log.error({ err: error }, 'a process of a target could not be started'));
  goOn();
  state.epoch = head().nodeEpoch * EPOCHS_PER_NODE;
  const facts = openFactFeed({
    file: join(dataDir.path, 'mcp_system.db'),
    system,
    head: head(),
    onFault: (error) => log.error({ err: error }, 'the read model could not follow the journal'),
  });
  undo.add(() => facts.close());
  undo.add(watchUnseen({ clock, system, facts, afterMs: fleet.waiting.alertAfterMs, onFault: (error) => log.error({ err: error }, 'approvals that wait could not be looked at') }));
  endCheckpoints = openCheckpoints({
    dataDir: dataDir.path,
    key,
    era: head().era,
    clock,
    system,
    onFault: (error) => log.error({ err: error }, 'a checkpoint of the audit log could not be written'),
  });
  const auditArchive = new AuditArchive({ dataDir: dataDir.path, clock, system, projected: () => facts.position() });
  undo.add(keepAudit({ archive: auditArchive, keep: fleet.audit, clock, onFault: (error) => log.error({ err: error }, 'old facts of the audit log could not be archived') }));
  undo.add(watchNode({ clock, system, log, logs: dataDir.logs, endAfterMs: config.endBlockedMs }));
  const node: RunningNode = {
    version: productVersion(),
    instance: dataDir.instance,
    startedAt: clock.now(),
    dataDir: dataDir.path,
    host: config.host,
    site,
    certificate,
    doors,
    clock,
    system,
    facts,
    auditArchive,
    auditKeep: fleet.audit,
    hosts: directory,
    toolUses: new ToolUses(),
    identity,
    sharedAnswers: answers,
    voterKeys,
    unhidden: containment.kind === 'none',
    assess: (action, workspace, asker) => services.gate.assess(action, services.surroundings('', workspace), asker),
    targetReport: (place) => targets.reports(place),
    breakers: () => [...workspaces.reports(), ...(webhook === null ? [] : [webhook.report()])],
    phase: () => state.phase,
    stopping: ending.signal,
  };
  state.node = node;
  await ensureFleet(system, { agents: withSpawned(fleet, system) });
  await awaitSessions(node, { readyMs, signal: options.signal });
  goOn();
  const ports = Object.fromEntries(doors.map(({ name, port }) => [name, port]));
  const { version, instance, startedAt, host } = node;
  writeNodeFile(dataDir.path, {
    version,
    instance,
    startedAt,
    host,
    portOffset: config.portOffset,
    ports,
    urls: { health, api, rpc, auth: identity.resources.issuer },
    caFile: config.caFile,
    shown: config.shown ?? null,
  });
  undo.add(() => removeNodeFile(dataDir.path));
  state.phase = 'ready';
  log.info({ urls: { health, api, rpc }, agents: fleet.agents.length }, 'ready');

  const stop = async (): Promise<Stopped> => {
    state.phase = 'stopping';
    log.info({}, 'stopping');
    ending.abort();
    const [cutOff, unanswered] = await Promise.all([hosts.drain(DRAIN_MS), front.drain(DRAIN_MS)]);
    const count = directory.list().length;
    await undo.all();
    log.info({ sessions: count, cutOff, unanswered }, 'stopped');
    return { sessions: count, cutOff };
  };
  let stopping: Promise<Stopped> | undefined;
  return {
    node,
    urls: { health, api, rpc },
    terminal: `${sessions.terminal.kind} (${sessions.terminal.why})`,
    fleet,
    swept,
    firstLink: () => (identity.users.list().length === 0 ? identity.links.make().url : undefined),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** A node that was killed cannot end its sessions: what carries its owner token is ended before new ones begin, but for those that still work. */
async function sweep({ ownerToken }: DataDir, survivors: readonly SessionRecord[], clock: Clock, log: Log): Promise<readonly string[]> {
  const spare = survivors.map(({ place }) => ({ ownerToken, session: place.id, temporary: place.temporary }));
  const ended = await endOwned(ownerToken, { clock, graceMs: SWEEP_MS, spare, except: survivors.map(({ trace }) => trace.server) });
  for (const { place, trace } of survivors) log.info({ agent: place.agent, pid: trace.pid }, 'a session outlived its node and is taken over');
  for (const { pid, command, by } of ended) log.warn({ pid, command, by }, 'ended what an earlier node had left running');
  return ended.map(({ pid, command }) => `${pid} ${command}`);
}

/** The fleet file's agents, and those that were spawned in an earlier life. */
function withSpawned(fleet: Fleet, system: System): Fleet['agents'] {
  const named = new Set(fleet.agents.map(({ name }) => name));
  return [...fleet.agents, ...rosterOf(system).filter(({ name }) => !named.has(name))];
}
