// One HTTP server for one door: every request is checked for where it says it goes and comes from before anything looks at it.
import Fastify, { type FastifyInstance } from 'fastify';
import { codedError, isCoded, type TroupeError } from '../../runtime/index.ts';
import type { Log } from '../log.ts';
import type { Caller } from '../operations/index.ts';
import type { Door } from '../ports.ts';
import { isInternal, PROBLEM_JSON, problemOf } from './problem.ts';
import { type NoteRefusal, refusedRequest } from './refusals.ts';
import { authenticate, refuseForeign, type Trust } from './trust.ts';

export interface DoorServerOptions {
  readonly door: Door;
  readonly trust: Trust;
  readonly log: Log;
  /** Default true. */
  readonly authenticated?: boolean;
  readonly noteRefusal?: NoteRefusal;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

const BODY_LIMIT_BYTES = 1_100_000;
const REQUEST_MS = 30_000;

export function doorServer({ door, trust, log, authenticated = true, noteRefusal = () => undefined }: DoorServerOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2_000 },
    // A path that cannot be decoded never reaches the error handler.
    frameworkErrors: (error, _request, reply) => {
      const problem = problemOf(error);
      reply.hijack();
      reply.raw.writeHead(problem.status, { 'content-type': PROBLEM_JSON }).end(JSON.stringify(problem));
    },
  });
  // Pages of other origins may send text without asking first; JSON they may not.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request) => {
    try {
      const foreign = refuseForeign(request.headers, trust, door.port);
      if (foreign !== undefined) throw foreign;
      if (authenticated) request.caller = authenticate(request.headers, trust);
    } catch (error) {
      if (isCoded(error)) noteRefusal(refusedRequest(door.name, request.raw, error));
      throw error;
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
  });
  app.setNotFoundHandler((request) => {
    throw codedError('NoSuchRoute', { method: request.method, path: request.url.slice(0, 200) });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (isInternal(problem)) log.error({ err: error, method: request.method, path: request.url.slice(0, 200) }, 'a request failed');
    return reply.status(problem.status).type(PROBLEM_JSON).send(problem);
  });
  return app;
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
