// Ports 8088 to 8096: each agent answers for its own health, with its real state, shows its card, and takes tasks over A2A. What speaks A2A
// is loaded by the first who asks for it: a node without such clients does not pay for it.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import { codedError, isCoded } from '../../runtime/index.ts';
import { PARSE_ERROR } from '../../runtime/json-rpc-frame.ts';
import type { A2aServing } from '../a2a/serving.ts';
import type { Log } from '../log.ts';
import { agentReportOf } from '../node/running-node.ts';
import { PROBE } from './admission.ts';
import type { NodeNow } from './dispatch.ts';
import { ownOrigin } from './own-origin.ts';

const WELL: readonly string[] = ['ready', 'working', 'paused', 'draining'];
/** What Fastify says of a body that it cannot parse. */
const NO_JSON = 400;
const CARD_PATH = '/.well-known/agent-card.json';

export function addAgentRoutes(app: FastifyInstance, agent: string, nodeNow: NodeNow, log: Log): void {
  let loading: Promise<A2aServing> | undefined;
  const serving = (): Promise<A2aServing> => {
    loading ??= import('../a2a/serving.ts').then(({ a2aServing }) => a2aServing({ nodeNow, log }));
    return loading;
  };
  const seen = (): AgentReport => {
    const node = nodeNow();
    const report = node === undefined ? undefined : agentReportOf(node.system, agent);
    if (report === undefined) throw codedError('NodeStarting');
    return report;
  };
  const placeOf = (request: FastifyRequest) => ({ origin: ownOrigin(request), version: nodeNow()?.version ?? '' });
  addHealth(app, agent, nodeNow);
  app.get(CARD_PATH, { config: { open: true } }, async (request, reply) => reply.type('application/json').send((await serving()).card(seen(), placeOf(request))));
  app.post('/', { errorHandler: inJsonRpc }, async (request, reply) => (await serving()).serve(request, reply, seen(), placeOf(request)));
}

/** A body that is no JSON is answered in JSON-RPC's own words; what else HTTP refuses is refused as at every door. */
function inJsonRpc(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  if (error.statusCode !== NO_JSON || isCoded(error)) throw error;
  reply.status(200).send({ jsonrpc: '2.0', id: null, error: { code: PARSE_ERROR, message: `the body is no JSON: ${error.message}` } });
}

function addHealth(app: FastifyInstance, agent: string, nodeNow: NodeNow): void {
  app.get('/health', { config: PROBE }, (_request, reply) => {
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
