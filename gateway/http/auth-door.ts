// Port 5004: what belongs to the authorization server itself: its keys, who a token speaks for, and the logins that are open.
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../runtime/index.ts';
import type { Identity } from '../identity/identity.ts';
import { authorizationServer } from '../identity/oauth/authorization-server.ts';
import type { Log } from '../log.ts';
import { OPERATIONS } from '../operations/index.ts';
import { addRoutes, callerOf } from './api-door.ts';
import { AUTH_ROUTES } from './api-routes.ts';
import type { NodeNow } from './dispatch.ts';
import { addLoginPages } from './login-pages.ts';
import { addOauthRoutes } from './oauth-routes.ts';
import type { NoteRefusal } from './refusals.ts';

export interface AuthDoorOptions {
  readonly nodeNow: NodeNow;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly log: Log;
  readonly noteRefusal: NoteRefusal;
  /** Default false. */
  readonly clientDocuments?: boolean;
}

export function addAuthRoutes(app: FastifyInstance, { nodeNow, identity, clock, log, noteRefusal, clientDocuments = false }: AuthDoorOptions): void {
  const { keys } = identity;
  const record = (kind: string, body: Readonly<Record<string, unknown>>): void => nodeNow()?.system.record(kind, body);
  const permissionFor = (operation: string) => OPERATIONS.get(operation)?.permission;
  const server = authorizationServer({ identity, log, record, permissionFor, clientDocuments });
  addLoginPages(app, { identity, server, clock, record });
  addOauthRoutes(app, { server, clock, noteRefusal });
  addRoutes(app, nodeNow, { routes: AUTH_ROUTES, base: '' });
  app.get('/jwks', { config: { open: true } }, (_request, reply) => reply.header('access-control-allow-origin', '*').send(keys.publicSet()));
  app.get('/userinfo', (request, reply) => {
    const { name, token } = callerOf(request);
    return reply.send({ sub: token?.subject ?? name, name: token?.subjectName ?? name });
  });
}
