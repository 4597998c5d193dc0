// Port 5001: health and metrics, without a token and without secrets. A degraded node still answers 200: it works.
import type { FastifyInstance } from 'fastify';
import { componentsOf, overallStatus } from '../node/components.ts';
import { PROBE } from './admission.ts';
import type { NodeNow } from './dispatch.ts';
import { metricsText } from './metrics.ts';

const WELL: readonly string[] = ['ok', 'degraded'];

export function addHealthRoutes(app: FastifyInstance, nodeNow: NodeNow): void {
  const health = () => {
    const node = nodeNow();
    // One that stops has nothing more to say of its parts.
    const components = node === undefined || node.phase() === 'stopping' ? [] : componentsOf(node);
    const status = node === undefined ? 'starting' : overallStatus(node.phase(), components);
    return { status, components };
  };
  const stillHere = () => (nodeNow()?.phase() === 'stopping' ? undefined : nodeNow());
  const statusOf = (status: string): number => (WELL.includes(status) ? 200 : 503);
  app.get('/health', { config: PROBE }, (_request, reply) => {
    const now = health();
    return reply.status(statusOf(now.status)).send(now);
  });
  app.get('/health/live', { config: PROBE }, (_request, reply) => reply.send({ status: 'alive' }));
  app.get('/health/ready', { config: PROBE }, (_request, reply) => {
    const { status, components } = health();
    const why = components.filter((part) => part.status === 'failing').map(({ name, detail }) => `${name}: ${detail}`);
    return reply.status(statusOf(status)).send({ status, ...(why.length === 0 ? {} : { why }) });
  });
  app.get('/health/components', { config: PROBE }, (_request, reply) => reply.send({ items: health().components }));
  app.get('/metrics', { config: { vital: true } }, async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metricsText(stillHere())));
}
