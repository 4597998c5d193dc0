// Ports 8088 to 8096: each agent answers for its own health, with its real state.
import type { FastifyInstance } from 'fastify';
import { agentReportOf } from '../node/running-node.ts';
import type { NodeNow } from './dispatch.ts';

const WELL: readonly string[] = ['ready', 'working', 'paused', 'draining'];

export function addAgentHealth(app: FastifyInstance, agent: string, nodeNow: NodeNow): void {
  app.get('/health', (_request, reply) => {
    const node = nodeNow();
    const report = node === undefined ? undefined : agentReportOf(node.system, agent);
    if (report === undefined) return reply.status(503).send({ agent, status: 'starting', state: 'starting' });
    const { state, why, role, title, capabilities, session, sessionsLost, queued, current } = report;
    const well = WELL.includes(state);
    const at = session === null ? null : { epoch: session.epoch, terminal: session.terminal };
    return reply
      .status(well ? 200 : 503)
      .send({ agent, status: well ? 'ok' : 'failing', state, why, role, title, capabilities, session: at, sessionsLost, queued, task: current?.taskId ?? null });
  });
}
