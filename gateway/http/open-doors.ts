// Opens every door of a node, or none: what is bound already is closed again when one port is taken.
import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { SocketLike } from '../../actors/session/index.ts';
import { type Clock, codedError } from '../../runtime/index.ts';
import type { Identity } from '../identity/identity.ts';
import type { Log } from '../log.ts';
import { AGENT_DOOR, type Door } from '../ports.ts';
import type { LiveCertificate } from '../tls/live-certificate.ts';
import { addAccessRoutes } from './access-door.ts';
import { addAgentRoutes } from './agent-door.ts';
import { addApiRoutes } from './api-door.ts';
import { addAuthRoutes } from './auth-door.ts';
import { type Connections, connectionsOf } from './connections.ts';
import type { NodeNow } from './dispatch.ts';
import { compressAnswers, limitQuickly, limitRequests } from './door-plugins.ts';
import { doorServer, openDoor } from './door-server.ts';
import { addEventsRoute } from './events-route.ts';
import { addHealthRoutes } from './health-door.ts';
import { lastingConnections } from './lasting.ts';
import { mcpDoor } from './mcp-route.ts';
import { openPressure, type Pressure } from './pressure.ts';
import { type NoteRefusal, refusalNotes, refusedRequest } from './refusals.ts';
import { type RequestLimits, requestLimits } from './request-limits.ts';
import { addResourceMetadata } from './resource-metadata.ts';
import { addRpcRoute } from './rpc-door.ts';
import { openRpcSockets } from './rpc-sockets.ts';
import { cutOffNotes, type WatchedDoor, watchReaders } from './slow-readers.ts';
import { beforeHandshake } from './tls-front.ts';
import type { Trust } from './trust.ts';
import { type TurnAway, turnAway } from './turn-away.ts';

export interface DoorsOptions {
  readonly doors: readonly Door[];
  readonly trust: Trust;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeNow: NodeNow;
  readonly identity: Identity;
  /** Default: they speak plain HTTP. */
  readonly certificate?: LiveCertificate | null;
  /** Clients may be named by a URL that their metadata is fetched from. Default false. */
  readonly clientDocuments?: boolean;
  /** Aborts when the node begins to stop. */
  readonly stopping?: AbortSignal;
  /** Requests of one principal in a minute. Default: as many as they like. */
  readonly requestsPerMinute?: number | null;
  /** How late the event loop may be on average before requests are turned away. Default: nobody is. */
  readonly busyAfterMs?: number | null;
  acceptHost(socket: SocketLike, remote: string): void;
}

/** What all doors of a node have in common. */
interface Shared {
  readonly noteRefusal: NoteRefusal;
  readonly stopping: AbortSignal;
  readonly endings: Array<() => void>;
  readonly pressure: Pressure | undefined;
  readonly limits: RequestLimits | undefined;
}

export interface OpenDoors {
  /** Nobody new gets in, what was asked is answered, within a time. Health answers on. Resolves with how many were cut off. */
  drain(withinMs: number): Promise<number>;
  close(): Promise<void>;
}

/** Throws `PortInUse` or `PortRefused`. Until the node has started, doors answer `NodeStarting` and health says so. */
export async function openDoors(options: DoorsOptions): Promise<OpenDoors> {
  const { doors, trust, clock, requestsPerMinute = null, busyAfterMs = null } = options;
  checkPorts(doors, trust.host);
  const servers: FastifyInstance[] = [];
  const endings: Array<() => void> = [];
  const pressure = busyAfterMs === null ? undefined : await openPressure(clock, busyAfterMs);
  if (pressure !== undefined) endings.push(() => pressure.close());
  const { stopping = new AbortController().signal } = options;
  const shared: Shared = {
    noteRefusal: refusalNotes(options.nodeNow, stopping),
    stopping,
    endings,
    pressure,
    limits: requestsPerMinute === null ? undefined : requestLimits(clock, requestsPerMinute),
  };
  const close = async (): Promise<void> => {
    for (const end of endings) end();
    await Promise.allSettled(servers.map((server) => server.close()));
  };
  const watched: Array<WatchedDoor & { readonly connections: Connections }> = [];
  endings.push(watchReaders({ clock, doors: watched, note: cutOffNotes(options.nodeNow) }));
  try {
    for (const door of doors) {
      const server = furnished(door, options, shared);
      servers.push(server);
      if (server.server instanceof TlsServer) endings.push(beforeHandshake(server.server, clock));
      const connections = connectionsOf(server.server);
      watched.push({ door: door.name, sockets: connections.all, connections });
      await openDoor(server, door, trust.host);
    }
    return {
      close,
      async drain(withinMs) {
        const ended = watched.filter(({ door }) => door !== 'health');
        const cut = await Promise.all(ended.map(({ connections }) => connections.drain(clock, withinMs)));
        return cut.reduce((sum, count) => sum + count, 0);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function furnished(door: Door, options: DoorsOptions, shared: Shared): FastifyInstance {
  const { trust, log, nodeNow, clock, identity, certificate = null } = options;
  const { endings, pressure, limits, stopping, noteRefusal } = shared;
  const isAgent = door.name.startsWith(AGENT_DOOR);
  const noteCutOff = cutOffNotes(nodeNow);
  const resourcePaths = isAgent ? [] : RESOURCE_PATHS[door.name];
  const lasting = trust.tokens === undefined ? undefined : lastingConnections(trust.tokens, clock);
  if (lasting !== undefined) endings.push(() => lasting.close());
  const app = doorServer({
    door,
    trust,
    log,
    clock,
    certificate,
    authenticated: door.name !== 'health',
    noteRefusal,
    stopping,
    ...(lasting === undefined ? {} : { lasting }),
    ...(pressure === undefined ? {} : { pressure }),
    ...(limits === undefined ? {} : { limits }),
    ...(resourcePaths === undefined ? {} : { resourcePaths }),
  });
  if (limits !== undefined) {
    const limit = OFTEN_ASKED.includes(door.name) ? limitQuickly : limitRequests;
    limit(app, limits, (request, error) => noteRefusal(refusedRequest(door.name, request.raw, error)));
  }
  if (COMPRESSED.includes(door.name)) compressAnswers(app);
  const mayCall = turnAway({ pressure, limits, noteRefusal });
  // Behind the plugins.
  app.register(async (routes) => {
    if (resourcePaths !== undefined) addResourceMetadata(routes, { issuer: identity.resources.issuer, paths: resourcePaths });
    addRoutesOf(door, routes, options, { mayCall, noteRefusal });
    mcp?.addRoute(routes);
  });
  const mcp = door.name === 'rpc' ? mcpDoor(async () => (await import('../mcp/node-offer.ts')).nodeServing({ nodeNow, clock, log, stopping, noteCutOff })) : undefined;
  if (mcp === undefined) return app;
  endings.push(() => mcp.close());
  endings.push(
    openRpcSockets({ ...options, limits, server: app.server as Server, port: door.port, noteRefusal, lasting, turnAway: mayCall, stopping, noteCutOff, acceptMcp: mcp.accept }),
  );
  return app;
}

interface Admitting extends Pick<Shared, 'noteRefusal'> {
  readonly mayCall: TurnAway;
}

function addRoutesOf({ name }: Door, app: FastifyInstance, { nodeNow, log, clock, identity, clientDocuments = false }: DoorsOptions, { mayCall, noteRefusal }: Admitting): void {
  if (name === 'health') addHealthRoutes(app, nodeNow);
  else if (name.startsWith(AGENT_DOOR)) addAgentRoutes(app, name.slice(AGENT_DOOR.length), nodeNow, log);
  else if (name === 'api') {
    addApiRoutes(app, nodeNow);
    addEventsRoute(app, nodeNow);
  } else if (name === 'access') addAccessRoutes(app, nodeNow, identity);
  else if (name === 'auth') addAuthRoutes(app, { nodeNow, identity, clock, log, noteRefusal, clientDocuments });
  else addRpcRoute(app, nodeNow, log, mayCall);
}
/** Programs ask here thousands of times a second. */
const OFTEN_ASKED: readonly string[] = ['rpc', 'api'];
/** What these answer holds no secret: no token, no link, no form. */
const COMPRESSED: readonly string[] = ['health', 'api'];

/** Doors that say where their tokens come from, and paths on them that are resources of their own. */
const RESOURCE_PATHS: Readonly<Record<string, readonly string[]>> = { api: [], rpc: ['/mcp'], auth: [], access: [] };

/** From 5000 on, what browsers and `fetch` connect to under no circumstances (Fetch standard, "bad port"). */
const BLOCKED: readonly number[] = [5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];

/** A fleet file may give an agent a port that a front door has, and an offset may lead anywhere. */
function checkPorts(doors: readonly Door[], host: string): void {
  for (const [index, { port, purpose }] of doors.entries()) {
    if (BLOCKED.includes(port)) throw codedError('PortRefused', { port, purpose, host, problem: 'browsers and `fetch` refuse to connect to it; choose another --port-offset' });
    const other = doors.slice(0, index).find((door) => door.port === port);
    if (other !== undefined) throw codedError('PortRefused', { port, purpose, host, problem: `it is the port of '${other.purpose}' too` });
  }
}
