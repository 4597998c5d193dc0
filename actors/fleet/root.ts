// The root tree of a node: router, work and agents are durable and come back from the journal; sessions belong to the process.
import type { AnyActorLogic } from 'xstate';
import type { ChildSpec, SupervisorBehaviour, System } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor } from '../../supervisors/index.ts';
import { agentTemplate } from '../agent/agent.ts';
import type { AgentInput } from '../agent/agent-context.ts';
import { approvalTemplate } from '../approval/approval.ts';
import { backupsWorker } from '../backup/backups.ts';
import { ballotTemplate, roundTemplate } from '../consensus/rounds.ts';
import { deploymentTemplate, releasesWorker } from '../deployment/deployment.ts';
import { guestTemplate } from '../guest/guest.ts';
import { planTemplate } from '../plan/plan.ts';
import { policyWorker } from '../policy/policy.ts';
import { PROCESSES } from '../process/processes.ts';
import { requestTemplate } from '../request/request.ts';
import { routerWorker } from '../router/router.ts';
import { taskTemplate } from '../task/task.ts';
import { noticeTemplate } from '../webhook/webhook.ts';
import type { Services } from './services.ts';
import { mayHaveSession, SESSIONS, sessionSupervisor, startSession } from './sessions.ts';

export interface FleetRootOptions {
  readonly services: Services;
  /** The volatile worker `sessions/<name>/terminal`, with input `{agent: name}`: exits `crash` when its terminal dies or never says ready. */
  readonly sessionLogic: AnyActorLogic;
  /** The supervisor `processes/<run>` of one process of a target. Absent: there are no targets. */
  readonly processTemplate?: (input: unknown, id: string) => ChildSpec;
}

/** Children are many and independent: only a flood of crashes is an outage. */
const MANY = { durable: true, intensity: 100, periodMs: 60_000 } as const;
const LIVES_ALREADY: readonly string[] = ['already_started', 'already_present'];

/** Started in this order, stopped in the reverse: sessions first, the router last. */
export function fleetRoot({ services, sessionLogic, processTemplate }: FleetRootOptions): SupervisorBehaviour {
  return supervisor({
    strategy: 'one_for_one',
    intensity: 5,
    periodMs: 60_000,
    children: [
      routerWorker(),
      policyWorker(services),
      dynamicSupervisor('rounds', { ...MANY, templates: { round: roundTemplate(services) } }),
      dynamicSupervisor('ballots', { ...MANY, templates: { ballot: ballotTemplate(services) } }),
      dynamicSupervisor('approvals', { ...MANY, templates: { approval: approvalTemplate(services) } }),
      dynamicSupervisor('webhooks', { ...MANY, templates: { notice: noticeTemplate(services) } }),
      backupsWorker(services),
      releasesWorker(),
      dynamicSupervisor(PROCESSES, processTemplate === undefined ? {} : { templates: { process: processTemplate } }),
      dynamicSupervisor('deployments', { ...MANY, templates: { deployment: deploymentTemplate(services) } }),
      dynamicSupervisor('requests', { ...MANY, templates: { request: requestTemplate(services) } }),
      dynamicSupervisor('tasks', { ...MANY, templates: { task: taskTemplate(services) } }),
      dynamicSupervisor('plans', { ...MANY, templates: { plan: planTemplate(services) } }),
      dynamicSupervisor('agents', { ...MANY, templates: { agent: agentTemplate(services), guest: guestTemplate(services) } }),
      dynamicSupervisor(SESSIONS, { templates: { session: (_input, id) => sessionSupervisor(id, sessionLogic) } }),
    ],
  });
}

/** At boot: starts the agents that have no row yet, tells the others what the fleet file says now, and starts the sessions. */
export async function ensureFleet(system: System, fleet: { readonly agents: readonly AgentInput[] }): Promise<void> {
  for (const agent of fleet.agents) await startAgent(system, agent);
}

/** Agent and session; a stopped agent gets no session. Rejects when the agent cannot start. */
export async function startAgent(system: System, agent: AgentInput): Promise<void> {
  const address = `agents/${agent.name}`;
  const answer = await system.startChild('agents', { template: 'agent', id: agent.name, input: agent });
  if (answer.ok === false && !LIVES_ALREADY.includes(answer.reason)) throw new Error(`agent '${agent.name}' did not start: ${answer.reason} ${answer.detail ?? ''}`);
  if (!answer.ok) await system.ref(address).tell({ type: 'CONFIGURE', agent });
  if (mayHaveSession(system, agent.name)) await startSession(system, agent);
}
