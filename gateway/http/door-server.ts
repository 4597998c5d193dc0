// One HTTP server for one door: every request is checked for where it says it goes and comes from before anything looks at it.
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { type Clock, codedError, type TroupeError } from '../../runtime/index.ts';
import type { Log } from '../log.ts';
import type { Door } from '../ports.ts';
import type { LiveCertificate } from '../tls/live-certificate.ts';
import { admitCallers } from './admission.ts';
import { certifiedClients } from './certified-clients.ts';
import { challengeOf } from './challenge.ts';
import { departures } from './departures.ts';
import { admitOrigins } from './door-plugins.ts';
import { isTooDeep, TOO_DEEP } from './json-depth.ts';
import { knownMethods } from './known-methods.ts';
import type { Lasting } from './lasting.ts';
import { ownOrigin } from './own-origin.ts';
import type { Pressure } from './pressure.ts';
import { isInternal, PROBLEM_JSON, problemOf } from './problem.ts';
import { type NoteRefusal, refusedConnection, refusedRequest } from './refusals.ts';
import type { RequestLimits } from './request-limits.ts';
import { METADATA_PATH } from './resource-metadata.ts';
import type { Trust } from './trust.ts';

export interface DoorServerOptions {
  readonly door: Door;
  readonly trust: Trust;
  readonly log: Log;
  readonly clock: Clock;
  /** Default true. */
  readonly authenticated?: boolean;
  /** Default: it speaks plain HTTP. */
  readonly certificate?: LiveCertificate | null;
  readonly noteRefusal?: NoteRefusal;
  /** Ends answers that last longer than the token that asked for them. */
  readonly lasting?: Lasting;
  /** Default: nobody is turned away for what the node has to do. */
  readonly pressure?: Pick<Pressure, 'isHigh'>;
  /** Default: everybody as often as they like. */
  readonly limits?: RequestLimits;
  /** Default: it never stops in order. */
  readonly stopping?: AbortSignal;
  /** Paths on this door that are protected resources of their own; undefined where nobody comes for a token. */
  readonly resourcePaths?: readonly string[];
}

const BODY_LIMIT_BYTES = 1_100_000;
const MOST_READ_AWAY_BYTES = 16_777_216;
const REQUEST_MS = 30_000;
/** Whoever sends headers byte by byte is looked for so often, and cut off after so long. */
const HEADERS_MS = 10_000;
const LOOK_MS = 2_000;
const HTTP = { headersTimeout: HEADERS_MS, connectionsCheckingInterval: LOOK_MS };
/** Browsers come by nothing but TLS from then on; addresses they leave out of it. */
const STRICT_TRANSPORT = 'max-age=31536000';

/** Answers are for programs: a browser that is led to one shows nothing, runs nothing and frames nothing. A page says for itself what it needs. */
const SECURITY_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['content-security-policy', "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
];

export function doorServer({
  door,
  trust,
  log,
  clock,
  authenticated = true,
  certificate = null,
  noteRefusal = () => undefined,
  lasting,
  pressure,
  limits,
  stopping = NEVER,
  resourcePaths,
}: DoorServerOptions): FastifyInstance {
  const { origins = [] } = trust;
  const settings: FastifyServerOptions = {
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2_000 },
    clientErrorHandler: refuseNoHttp(door.name, noteRefusal),
    // A path that cannot be decoded never reaches the error handler.
    frameworkErrors: (error, _request, reply) => {
      const problem = problemOf(error);
      reply.hijack();
      reply.raw.writeHead(problem.status, { 'content-type': PROBLEM_JSON }).end(JSON.stringify(problem));
    },
  };
  const app = certificate === null ? Fastify({ ...settings, http: HTTP }) : secureServer(settings, { certificate, door: door.name, clock, noteRefusal });
  const methodsOf = knownMethods(app);
  // Pages of other origins may send text without asking first; JSON they may not.
  app.removeContentTypeParser('text/plain');
  readShallowJson(app);
  if (origins.length > 0) admitOrigins(app, origins);
  // Behind the plugin: a page that is let in may read why it was refused.
  app.after(() => admitCallers(app, { door, trust, authenticated, noteRefusal, lasting, pressure, limits, stopping }));
  const depart = departures(clock);
  app.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    if (stopping.aborted) reply.header('connection', 'close');
    for (const [name, value] of SECURITY_HEADERS) if (!reply.hasHeader(name)) reply.header(name, value);
    depart(() => {
      try {
        done(null, payload);
      } catch (error) {
        log.error({ err: error }, 'an answer could not be written');
        reply.raw.destroy();
      }
    });
  });
  const metadataOf = (request: FastifyRequest): string | undefined => {
    if (resourcePaths === undefined) return undefined;
    return `${ownOrigin(request)}${METADATA_PATH}${resourcePaths.find((path) => path === request.url.split('?')[0]) ?? ''}`;
  };
  app.setNotFoundHandler((request, reply) => {
    // Plugins count what there is a route for.
    const over = limits?.spend(limits.allowance(request.caller, request.ip));
    if (over !== undefined) noteRefusal(refusedRequest(door.name, request.raw, over));
    const asked = { method: request.method, path: request.url.slice(0, 200) };
    const takes = methodsOf(request.url).join(', ');
    if (over !== undefined || takes === '') throw over ?? codedError('NoSuchRoute', asked);
    reply.header('allow', takes);
    throw codedError('WrongMethod', { ...asked, takes });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (isInternal(problem)) log.error({ err: error, method: request.method, path: request.url.slice(0, 200) }, 'a request failed');
    if (problem.status === TOO_LARGE) {
      noteRefusal({ ...refusedRequest(door.name, request.raw, codedError('InvalidInput', { problem: problem.detail })) });
      readAway(request, reply);
    }
    const challenge = challengeOf(error, { resourceMetadata: metadataOf(request), caller: request.caller });
    if (challenge !== undefined) reply.header('www-authenticate', challenge);
    const seconds = problem.seconds ?? (problem.status === UNAVAILABLE ? COME_BACK_S : undefined);
    if (typeof seconds === 'number') reply.header('retry-after', seconds);
    return reply.status(problem.status).type(PROBLEM_JSON).send(problem);
  });
  return app;
}

/**
 * What is still being sent is read away where it is not too much, so that its sender hears the answer: a connection that is closed on unread
 * bytes takes the answer with it.
 */
function readAway({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (Number(raw.headers['content-length'] ?? 0) > MOST_READ_AWAY_BYTES) return;
  reply.removeHeader('connection');
  let left = MOST_READ_AWAY_BYTES;
  raw.on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) raw.socket.destroy();
  });
}

interface SecureDoor {
  readonly certificate: LiveCertificate;
  readonly door: string;
  readonly clock: Clock;
  readonly noteRefusal: NoteRefusal;
}

/** Its answers are of the same kind: what differs lies below HTTP. */
function secureServer(settings: FastifyServerOptions, { certificate, door, clock, noteRefusal }: SecureDoor): FastifyInstance {
  const clients = OPEN_TO_ALL.includes(door) ? undefined : certificate.clients;
  const asking = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
  const app = Fastify({ ...(settings as object), https: { ...HTTP, handshakeTimeout: HEADERS_MS, ...certificate.current(), ...asking } });
  if (clients !== undefined) certifiedClients(app.server, { required: clients.required, clock, onRefused: (error, socket) => noteRefusal(refusedConnection(door, socket, error)) });
  certificate.showAt(app.server);
  // On the raw answer: some of them are written past the framework.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.raw.setHeader('strict-transport-security', STRICT_TRANSPORT);
    done();
  });
  return app as unknown as FastifyInstance;
}

/** What asks whether a node lives has no certificate. */
const OPEN_TO_ALL: readonly string[] = ['health'];
const NEVER = new AbortController().signal;
const TOO_LARGE = 413;
/** A node that starts or stops is there again after so long, mostly. */
const UNAVAILABLE = 503;
const COME_BACK_S = 5;

/** Fastify's own parser, behind a look at the depth. */
function readShallowJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (isTooDeep(body)) done(codedError('InvalidInput', { problem: TOO_DEEP }));
    else void parse(request, body, done);
  });
}

/** Bytes that are no request, or that two servers could read as different ones: answered once, and the connection is over. */
function refuseNoHttp(door: string, noteRefusal: NoteRefusal) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    noteRefusal({ door, code: 'InvalidInput', why: `not HTTP: ${error.code ?? error.message}`, remote: socket.remoteAddress ?? 'unknown' });
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    const body = JSON.stringify({ ...problemOf({ statusCode: status, message: `not a request of HTTP/1.1: ${error.code ?? ''}` }) });
    socket.write(`HTTP/1.1 ${status} Refused\r\nContent-Type: ${PROBLEM_JSON}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
    // Whoever does not close has nothing more to say either.
    socket.destroySoon();
  };
}

/** Throws `PortInUse` or `PortRefused`, naming the door. */
export async function openDoor(app: FastifyInstance, { port, purpose }: Door, host: string): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw portError(error as NodeJS.ErrnoException, port, purpose, host);
  }
}

function portError(error: NodeJS.ErrnoException, port: number, purpose: string, host: string): TroupeError {
  if (error.code === 'EADDRINUSE') return codedError('PortInUse', { port, purpose, host });
  return codedError('PortRefused', { port, purpose, host, problem: error.message });
}
