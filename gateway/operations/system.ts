// The node as a whole: its state, and pausing every agent at once.
import { z } from 'zod';
import { listApprovals, listPlans } from '../../actors/read-model/index.ts';
import { componentsOf, overallStatus } from '../node/components.ts';
import { agentReports } from '../node/running-node.ts';
import { urlOf } from '../ports.ts';
import { count, moment, text } from './answers/words.ts';
import { planRow } from './answers/work.ts';
import { askActor } from './asking.ts';
import { agentOfRole } from './find-agent.ts';
import { type Operation, type OperationContext, operation, readModel } from './operation.ts';

async function setPaused({ node, caller }: OperationContext, paused: boolean): Promise<{ readonly paused: boolean }> {
  const { system } = node;
  const master = agentOfRole(system, 'master');
  if (master !== undefined) await askActor(system, `agents/${master}`, { type: paused ? 'PAUSE_FLEET' : 'RESUME_FLEET', by: caller.name });
  else await system.broadcast('agents', { type: paused ? 'PAUSE' : 'RESUME', by: caller.name });
  return { paused };
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

const counts = z.record(text, count);
const pausedAnswer = z.strictObject({ paused: z.boolean() });
const systemStatus = z.strictObject({
  status: z.enum(['ok', 'degraded', 'failing', 'starting', 'stopping']),
  version: text,
  instance: text,
  pid: z.int(),
  startedAt: moment,
  uptimeMs: z.number(),
  dataDir: text,
  urls: z.record(text, text),
  agents: counts,
  plans: counts,
  latestPlans: z.array(planRow),
  approvalsWaiting: count,
  alertsOpen: count,
  components: z.array(z.strictObject({ name: text, status: z.enum(['ok', 'degraded', 'failing']), detail: text })),
});

export const SYSTEM_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'system.status',
    title: 'State of the node',
    summary: 'the state of the node, its agents and its work',
    permission: 'read',
    input: z.strictObject({}),
    output: systemStatus,
    async run(context) {
      const { node } = context;
      const db = await readModel(context);
      const running = db.query<{ status: string; count: number }>('SELECT status, count(*) AS count FROM plans GROUP BY status');
      const components = componentsOf(node);
      return {
        status: overallStatus(node.phase(), components),
        version: node.version,
        instance: node.instance,
        pid: process.pid,
        startedAt: node.startedAt,
        uptimeMs: node.clock.now() - node.startedAt,
        dataDir: node.dataDir,
        urls: Object.fromEntries(node.doors.filter(({ name }) => !name.includes(':')).map(({ name, port }) => [name, urlOf(node.site, port)])),
        agents: countBy(agentReports(node.system), ({ state }) => state),
        plans: Object.fromEntries(running.map(({ status, count }) => [status, count])),
        latestPlans: listPlans(db, { limit: 5 }).items,
        approvalsWaiting: listApprovals(db, { limit: 500 }).items.length,
        alertsOpen: node.system.alerts().length,
        components,
      };
    },
  }),
  operation({
    name: 'fleet.pause',
    title: 'Pause the fleet',
    summary: 'every agent finishes its task and takes no other',
    permission: 'act',
    idempotent: true,
    input: z.strictObject({}),
    output: pausedAnswer,
    run: (context) => setPaused(context, true),
  }),
  operation({
    name: 'fleet.resume',
    title: 'Resume the fleet',
    summary: 'agents take tasks again',
    permission: 'act',
    idempotent: true,
    input: z.strictObject({}),
    output: pausedAnswer,
    run: (context) => setPaused(context, false),
  }),
];
