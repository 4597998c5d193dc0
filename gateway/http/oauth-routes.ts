// Port 5004, the protocol: requests of OAuth go to the authorization server as they came, with headers that a browser obeys.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, isCoded } from '../../runtime/index.ts';
import { type Attempts, attempts } from '../identity/attempts.ts';
import type { AuthorizationServer } from '../identity/oauth/authorization-server.ts';
import { pageHeaders } from './page-headers.ts';
import { type NoteRefusal, refusedRequest } from './refusals.ts';
import { takeOver } from './take-over.ts';

interface ProtocolRoute {
  readonly methods: ReadonlyArray<'GET' | 'POST'>;
  readonly path: string;
  /** Most requests of one address in a minute. */
  readonly perMinute: number;
}

const MANY = 1_200;
/** Where secrets of clients are tried. */
const SOME = 300;
/** What can be guessed or fills the disk is slow. */
const FEW = 30;

const ROUTES: readonly ProtocolRoute[] = [
  { methods: ['GET'], path: '/.well-known/oauth-authorization-server', perMinute: MANY },
  { methods: ['GET'], path: '/.well-known/openid-configuration', perMinute: MANY },
  { methods: ['GET'], path: '/authorize', perMinute: MANY },
  { methods: ['GET'], path: '/authorize/:uid', perMinute: MANY },
  { methods: ['POST'], path: '/token', perMinute: SOME },
  { methods: ['POST'], path: '/introspect', perMinute: SOME },
  { methods: ['POST'], path: '/revoke', perMinute: SOME },
  { methods: ['POST'], path: '/register', perMinute: FEW },
  { methods: ['POST'], path: '/device_authorization', perMinute: FEW },
  { methods: ['GET'], path: '/device', perMinute: MANY },
  { methods: ['POST'], path: '/device', perMinute: FEW },
  { methods: ['GET'], path: '/device/:uid', perMinute: MANY },
  { methods: ['GET'], path: '/logout', perMinute: MANY },
  { methods: ['POST'], path: '/logout/confirm', perMinute: MANY },
  { methods: ['GET'], path: '/logout/success', perMinute: MANY },
];

export interface OauthRoutesOptions {
  readonly server: AuthorizationServer;
  readonly clock: Clock;
  readonly noteRefusal: NoteRefusal;
}

const MINUTE_MS = 60_000;

export function addOauthRoutes(app: FastifyInstance, { server, clock, noteRefusal }: OauthRoutesOptions): void {
  // In a scope of its own: bodies are left for the authorization server to read.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    for (const { methods, path, perMinute } of ROUTES) {
      const limit = attempts(clock, { most: perMinute, withinMs: MINUTE_MS });
      scope.route({
        method: [...methods],
        url: path,
        config: { open: true },
        handler: (request, reply) => pass(request, reply, server, () => counted(limit, request, noteRefusal)),
      });
    }
  });
}

/** Throws `TooManyAttempts`. */
function counted(limit: Attempts, request: FastifyRequest, noteRefusal: NoteRefusal): void {
  try {
    limit.count(request.ip);
  } catch (error) {
    if (isCoded(error)) noteRefusal(refusedRequest('auth', request.raw, error));
    throw error;
  }
}

async function pass(request: FastifyRequest, reply: FastifyReply, server: AuthorizationServer, count: () => void): Promise<void> {
  count();
  const raw = takeOver(reply);
  for (const [name, value] of Object.entries(pageHeaders())) raw.setHeader(name, value);
  await server.serve(request.raw, raw);
}
