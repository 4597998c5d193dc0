// What the plugins of Fastify do at a door: count requests, compress large answers, and let pages of configured origins in. Each looks at
// routes as they are added, so routes come after it.
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TroupeError } from '../../runtime/index.ts';
import { type Allowance, MINUTE_MS, type RequestLimits, tooMany } from './request-limits.ts';

export type NoteLimited = (request: FastifyRequest, error: TroupeError) => void;

const NONE = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };

/** What is told to a probe may not depend on who else asks: a route says `rateLimit: false`. */
export function limitRequests(app: FastifyInstance, limits: RequestLimits, note: NoteLimited): void {
  const allowanceOf = ({ caller, ip }: FastifyRequest): Allowance => limits.allowance(caller, ip);
  class Counts {
    incr(who: string, done: (error: null, result: { current: number; ttl: number }) => void): void {
      const { count, leftMs } = limits.count(who);
      done(null, { current: count, ttl: leftMs });
    }
    child(): Counts {
      return this;
    }
  }
  app.register(rateLimit, {
    store: Counts,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => allowanceOf(request).who,
    max: (request) => allowanceOf(request).most,
    errorResponseBuilder(request, { max, ttl }) {
      const error = tooMany(max, ttl);
      note(request, error);
      return error;
    },
    // Headers with each answer cost more than they tell; a refusal says how long to wait.
    addHeadersOnExceeding: NONE,
    addHeaders: NONE,
  });
}

/** The cheap way, for a door that is asked thousands of times a second. */
export function limitQuickly(app: FastifyInstance, limits: RequestLimits, note: NoteLimited): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const error = limits.spend(limits.allowance(request.caller, request.ip));
    if (error !== undefined) note(request, error);
    done(error);
  });
}

const WORTH_IT_BYTES = 1_024;

/** For doors whose answers hold no secret: what is compressed tells its content by its length (BREACH). Bodies of requests are taken as they are. */
export function compressAnswers(app: FastifyInstance): void {
  app.register(compress, { threshold: WORTH_IT_BYTES, encodings: ['br', 'gzip'], globalDecompression: false });
}

/** Headers of ours that a page may read. */
const EXPOSED = ['etag', 'location', 'mcp-session-id', 'retry-after', 'www-authenticate', 'x-troupe-position'];
const PREFLIGHT_S = 600;

/** Tokens come in a header, never as a cookie: no credentials. */
export function admitOrigins(app: FastifyInstance, origins: readonly string[]): void {
  app.register(cors, { origin: [...origins], methods: ['GET', 'POST', 'DELETE'], exposedHeaders: EXPOSED, maxAge: PREFLIGHT_S, credentials: false });
}
