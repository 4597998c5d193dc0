// One door of a node without a port: requests are injected into its server, with the headers of an honest caller unless the test says otherwise.
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import type { HostDirectory } from '../../actors/session/index.ts';
import type { NodeNow } from '../../gateway/http/dispatch.ts';
import { doorServer } from '../../gateway/http/door-server.ts';
import { type DoorsOptions, openDoors } from '../../gateway/http/open-doors.ts';
import { refusalNotes } from '../../gateway/http/refusals.ts';
import type { Trust } from '../../gateway/http/trust.ts';
import type { TokenVerifier } from '../../gateway/identity/token-verifier.ts';
import type { Log } from '../../gateway/log.ts';
import { DOORS, type Door } from '../../gateway/ports.ts';
import type { LiveCertificate } from '../../gateway/tls/live-certificate.ts';
import { type Clock, systemClock } from '../../runtime/index.ts';
import { freePort } from './free-port.ts';
import { testIdentity } from './test-identity.ts';

export const TRUST: Trust = { host: '127.0.0.1', pagePorts: [5001, 5003, 9999, 5173], adminToken: 'an-admin-token-of-a-test-0123456789abcdef' };
export const HONEST = { authorization: `Bearer ${TRUST.adminToken}` };

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>> & { readonly items?: ReadonlyArray<Readonly<Record<string, unknown>>>; readonly nextCursor?: string | null };
}

export interface TestDoor {
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(url: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** What was written to the log as an error. */
  readonly faults: unknown[];
}

export function recordingLog(faults: unknown[] = []): Log {
  const ignore = (): void => undefined;
  return { debug: ignore, info: ignore, warn: ignore, error: (fields) => void faults.push(fields) };
}

interface DoorWish {
  readonly authenticated?: boolean;
  /** Default: the admin token is the only one. */
  readonly tokens?: TokenVerifier;
  readonly resourcePaths?: readonly string[];
}

export function testDoor(
  name: keyof typeof DOORS,
  furnish: (app: FastifyInstance, nodeNow: NodeNow, log: Log) => void,
  nodeNow: NodeNow,
  { authenticated = true, tokens, resourcePaths }: DoorWish = {},
): TestDoor {
  const { port, purpose } = DOORS[name];
  const faults: unknown[] = [];
  const log = recordingLog(faults);
  const trust = tokens === undefined ? TRUST : { ...TRUST, tokens };
  const app = doorServer({
    door: { name, port, purpose },
    trust,
    log,
    clock: systemClock,
    authenticated,
    noteRefusal: refusalNotes(nodeNow),
    ...(resourcePaths === undefined ? {} : { resourcePaths }),
  });
  furnish(app, nodeNow, log);
  onTestFinished(() => app.close());
  const send = async (method: 'GET' | 'POST', url: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Answer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const sent = body === undefined ? {} : { payload: text, headers: { 'content-type': 'application/json' } };
    const response = await app.inject({ method, url, ...sent, headers: { host: `127.0.0.1:${port}`, ...HONEST, ...sent.headers, ...headers } });
    const type = String(response.headers['content-type'] ?? '');
    return { status: response.statusCode, type, text: response.body, headers: response.headers, body: type.includes('json') && response.body !== '' ? response.json() : {} };
  };
  return { faults, get: (url, headers = {}) => send('GET', url, undefined, headers), post: (url, body, headers = {}) => send('POST', url, body, headers) };
}

/** The door for JSON-RPC and agent hosts on a free port, for what needs real sockets. */
export function openRpcDoor(nodeNow: NodeNow, hosts?: HostDirectory): Promise<OpenedDoor> {
  return openRealDoor({ name: 'rpc', purpose: DOORS.rpc.purpose }, nodeNow, { hosts });
}

interface OpenedDoor {
  readonly port: number;
  readonly doors: Awaited<ReturnType<typeof openDoors>>;
}

interface RealDoorWish extends Pick<DoorsOptions, 'requestsPerMinute' | 'busyAfterMs'> {
  readonly hosts?: HostDirectory | undefined;
  readonly tokens?: TokenVerifier;
  readonly port?: number;
  /** Default: real time. */
  readonly clock?: Clock;
  /** Whose pages are let in. */
  readonly origins?: readonly string[];
  /** It speaks TLS. */
  readonly certificate?: LiveCertificate;
}

export async function openRealDoor(
  door: Pick<Door, 'name' | 'purpose'>,
  nodeNow: NodeNow,
  { hosts, tokens, port = 0, clock = systemClock, origins = [], certificate, ...guards }: RealDoorWish = {},
): Promise<OpenedDoor> {
  const chosen = port === 0 ? await freePort() : port;
  const stopping = nodeNow()?.stopping;
  const doors = await openDoors({
    doors: [{ ...door, port: chosen }],
    ...(stopping === undefined ? {} : { stopping }),
    ...(certificate === undefined ? {} : { certificate }),
    trust: { ...TRUST, origins, site: { host: TRUST.host, secure: certificate !== undefined }, ...(tokens === undefined ? {} : { tokens }) },
    ...guards,
    clock,
    log: recordingLog(),
    nodeNow,
    identity: nodeNow()?.identity ?? testIdentity(systemClock),
    acceptHost: (socket, remote) => hosts?.accept(socket, remote),
  });
  onTestFinished(() => doors.close());
  return { port: chosen, doors };
}

/** A session of 2025-11-25 at a door: its id. */
export async function mcpSession(port: number): Promise<string> {
  const headers = { ...HONEST, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const opened = await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }) });
  await opened.text();
  return opened.headers.get('mcp-session-id') ?? '';
}
