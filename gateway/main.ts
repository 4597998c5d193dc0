// The composition root: one node from its configuration to `ready`, and its orderly end. Start order: data directory and lock, ports, what an
// earlier node left, journal and tree, sessions. What fails undoes what was done before it, so a start that fails leaves nothing running.
import { ensureFleet } from '../actors/fleet/root.ts';
import type { System } from '../runtime/index.ts';
import { whenFull } from './data-dir.ts';
import { type Entrance, openEntrance } from './node/entrance.ts';
import type { Fleet } from './node/fleet.ts';
import { type Ground, openGround } from './node/ground.ts';
import { NodeLife } from './node/node-life.ts';
import { type RunningNode, rosterOf } from './node/running-node.ts';
import type { StartOptions } from './node/start-options.ts';
import { awaitSessions } from './node/start-up.ts';
import { ToolUses } from './node/tool-uses.ts';
import { openTree, type Tree } from './node/tree.ts';
import { Undoing } from './node/undoing.ts';
import { openWorks, type Works } from './node/works.ts';
import { removeNodeFile, writeNodeFile } from './node-file.ts';
import { productVersion } from './version.ts';

export interface StartedNode {
  readonly node: RunningNode;
  readonly urls: Ground['urls'];
  readonly terminal: string;
  readonly fleet: Fleet;
  /** Why what agents run is not contained, with the fix; null: it is. */
  readonly uncontained: string | null;
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
const DRAIN_MS = 10_000;

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
  const { signal, readyMs = READY_MS } = options;
  const life = new NodeLife(signal);
  const ground = await openGround(options, undo);
  const entrance = await openEntrance(ground, life, undo);
  const works = await openWorks(ground, life, entrance, { ...options, readyMs }, undo);
  const tree = await openTree(ground, life, works, options, undo);
  const node = runningNode(ground, life, entrance, works, tree);
  life.node = node;
  await ensureFleet(tree.system, { agents: withSpawned(ground.fleet, tree.system) });
  await awaitSessions(node, { readyMs, signal });
  life.goOn();
  announce(ground, node);
  undo.add(() => removeNodeFile(ground.dataDir.path));
  life.phase = 'ready';
  ground.log.info({ urls: ground.urls, agents: ground.fleet.agents.length }, 'ready');
  const { identity, fleet, urls } = ground;
  const { terminal } = works.sessions;
  let stopping: Promise<Stopped> | undefined;
  return {
    node,
    urls,
    terminal: `${terminal.kind} (${terminal.why})`,
    fleet,
    uncontained: works.uncontained,
    swept: works.swept,
    firstLink: () => (identity.users.list().length === 0 ? identity.links.make().url : undefined),
    stop: () => {
      stopping ??= stop(ground, life, entrance, works, undo);
      return stopping;
    },
  };
}

function runningNode(ground: Ground, life: NodeLife, { directory }: Entrance, works: Works, tree: Tree): RunningNode {
  const { config, clock, dataDir, doors, site, certificate, identity, answers, fleet } = ground;
  const { services, targets, voterKeys, uncontained, breakers } = works;
  return {
    version: productVersion(),
    instance: dataDir.instance,
    startedAt: clock.now(),
    dataDir: dataDir.path,
    host: config.host,
    site,
    certificate,
    doors,
    clock,
    ...tree,
    auditKeep: fleet.audit,
    hosts: directory,
    toolUses: new ToolUses(),
    identity,
    sharedAnswers: answers,
    voterKeys,
    unhidden: uncontained !== null,
    assess: (action, workspace, asker) => services.gate.assess(action, services.surroundings('', workspace), asker),
    targetReport: (place) => targets.reports(place),
    breakers,
    phase: () => life.phase,
    stopping: life.ending.signal,
  };
}

/** Where clients on this machine find it. */
function announce({ config, dataDir, doors, urls, identity }: Ground, { version, instance, startedAt, host }: RunningNode): void {
  const ports = Object.fromEntries(doors.map(({ name, port }) => [name, port]));
  const { portOffset, caFile, shown = null } = config;
  writeNodeFile(dataDir.path, { version, instance, startedAt, host, portOffset, ports, urls: { ...urls, auth: identity.resources.issuer }, caFile, shown });
}

/** The fleet file's agents, and those that were spawned in an earlier life. */
function withSpawned(fleet: Fleet, system: System): Fleet['agents'] {
  const named = new Set(fleet.agents.map(({ name }) => name));
  return [...fleet.agents, ...rosterOf(system).filter(({ name }) => !named.has(name))];
}

async function stop({ log }: Ground, life: NodeLife, { directory, front }: Entrance, { hosts }: Works, undo: Undoing): Promise<Stopped> {
  life.phase = 'stopping';
  log.info({}, 'stopping');
  life.ending.abort();
  const [cutOff, unanswered] = await Promise.all([hosts.drain(DRAIN_MS), front.drain(DRAIN_MS)]);
  const sessions = directory.list().length;
  await undo.all();
  log.info({ sessions, cutOff, unanswered }, 'stopped');
  return { sessions, cutOff };
}
