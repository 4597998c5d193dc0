// Port 5003: the main routes. Paths, query and body become the input of one operation; lists answer `{items, nextCursor}`.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { codedError } from '../../runtime/index.ts';
import { answerText, type Caller, keptText } from '../operations/index.ts';
import { ACTOR_ROUTES, API_ROUTES, BASE, type Route } from './api-routes.ts';
import { type Dispatch, dispatch, type NodeNow } from './dispatch.ts';
import { addOpenApiRoute } from './openapi.ts';
import { positionOf, stampPosition } from './position.ts';
import { CachedReads, KeptRead } from './response-cache/cached-reads.ts';
import { holdsTag, sendTagged } from './response-cache/entity-tag.ts';
import { isReadOfFacts } from './response-cache/reads-of-facts.ts';

type Members = Readonly<Record<string, unknown>>;

type Serve = (request: FastifyRequest, reply: FastifyReply, route: Route, params: Members) => void;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers by itself: Fastify listens for the end of an answer that is promised to it, which costs more than most reads. */
function servedBy(nodeNow: NodeNow, reads?: CachedReads): Serve {
  return (request, reply, { operation, status = 200 }, params) => {
    const call: Dispatch = {
      name: operation,
      input: { ...(request.query as Members), ...membersOf(request.body), ...params },
      caller: callerOf(request),
      signal: goneSignal(reply),
      idempotencyKey: idempotencyKeyOf(request),
      position: positionOf(request),
    };
    const reading = request.method === 'GET' && isReadOfFacts(operation) ? reads : undefined;
    const answering = reading === undefined ? dispatch(nodeNow, call) : reading.answer(nodeNow, call, (tag) => holdsTag(request, tag));
    answering
      .then((answer) => {
        stampPosition(request, reply, nodeNow);
        const kept = answer instanceof KeptRead ? answer : request.method === 'GET' ? keptText(answer) : undefined;
        if (kept !== undefined) sendTagged(request, reply, kept);
        else reply.status(status).type(JSON_TYPE).send(answerText(answer));
      })
      .catch((error: unknown) => void reply.send(error));
  };
}

/** Routes that are operations of the table. `reads` keeps answers; default: none is kept. */
export function addRoutes(
  app: FastifyInstance,
  nodeNow: NodeNow,
  { routes, base, reads }: { readonly routes: readonly Route[]; readonly base: string; readonly reads?: CachedReads },
): void {
  const serve = servedBy(nodeNow, reads);
  for (const route of routes) {
    app.route({ method: route.method, url: base + route.path, handler: (request, reply) => serve(request, reply, route, request.params as Members) });
  }
}

export function addApiRoutes(app: FastifyInstance, nodeNow: NodeNow): void {
  const reads = new CachedReads();
  addRoutes(app, nodeNow, { routes: API_ROUTES, base: BASE, reads });
  addOpenApiRoute(app);
  const serve = servedBy(nodeNow, reads);
  for (const method of ['GET', 'POST'] as const) {
    app.route({
      method,
      url: `${BASE}/actors/*`,
      handler: (request, reply) => {
        const { route, address } = actorRoute(method, (request.params as { '*': string })['*']);
        return serve(request, reply, route, { address });
      },
    });
  }
}

/** The last segment is the verb, unless it belongs to the address. */
function actorRoute(method: string, path: string): { readonly route: Route; readonly address: string } {
  const cut = path.lastIndexOf('/');
  const verb = path.slice(cut + 1);
  for (const route of ACTOR_ROUTES.filter((one) => one.method === method)) {
    if (route.path === '') return { route, address: path };
    if (route.path === verb && cut > 0) return { route, address: path.slice(0, cut) };
  }
  throw codedError('NoSuchRoute', { method, path: `${BASE}/actors/${path}` });
}

function membersOf(body: unknown): Members {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) throw codedError('InvalidInput', { problem: 'the body must be a JSON object' });
  return body as Members;
}

export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw codedError('Unauthenticated');
  return request.caller;
}

/** Aborts when the asker hangs up before it has its answer. The connection itself may live on for many requests. */
export function goneSignal({ raw }: FastifyReply): () => AbortSignal {
  let gone: AbortController | undefined;
  return () => {
    if (gone !== undefined) return gone.signal;
    const made = new AbortController();
    gone = made;
    if (raw.destroyed) made.abort();
    else raw.once('close', () => (raw.writableFinished ? undefined : made.abort()));
    return made.signal;
  };
}

export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) throw codedError('InvalidInput', { problem: 'Idempotency-Key: up to 200 printable characters without spaces' });
  return key;
}
