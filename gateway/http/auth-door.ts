// Port 5004: what belongs to the authorization server itself: its keys, who a token speaks for, and the logins that are open.
import type { FastifyInstance } from 'fastify';
import type { Identity } from '../identity/identity.ts';
import { addRoutes, callerOf } from './api-door.ts';
import { AUTH_ROUTES } from './api-routes.ts';
import type { NodeNow } from './dispatch.ts';

export function addAuthRoutes(app: FastifyInstance, nodeNow: NodeNow, { keys }: Identity): void {
  addRoutes(app, nodeNow, AUTH_ROUTES, '');
  app.get('/jwks', { config: { open: true } }, (_request, reply) => reply.header('access-control-allow-origin', '*').send(keys.publicSet()));
  app.get('/userinfo', (request, reply) => {
    const { name, token } = callerOf(request);
    return reply.send({ sub: token?.subject ?? name, name: token?.subjectName ?? name });
  });
}
