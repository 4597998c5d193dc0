// Port 5002: questions of other programs about who somebody is and what they may do, answered from the policy. Its own health is open.
import type { FastifyInstance } from 'fastify';
import type { Identity } from '../identity/identity.ts';
import { PROBE } from './admission.ts';
import { addRoutes } from './api-door.ts';
import { ACCESS_ROUTES } from './api-routes.ts';
import type { NodeNow } from './dispatch.ts';

export function addAccessRoutes(app: FastifyInstance, nodeNow: NodeNow, identity: Identity): void {
  addRoutes(app, nodeNow, { routes: ACCESS_ROUTES, base: '' });
  app.get('/health', { config: PROBE }, (_request, reply) => {
    if (nodeNow() === undefined) return reply.status(503).send({ status: 'starting' });
    const problem = identity.problem();
    return reply.status(problem === undefined ? 200 : 503).send(problem === undefined ? { status: 'ok' } : { status: 'failing', why: problem });
  });
}
