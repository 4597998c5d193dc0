// Agents: who there is, and their life.
import { z } from 'zod';
import type { AgentInput } from '../../actors/agent/agent-context.ts';
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import { startAgent } from '../../actors/fleet/root.ts';
import { startSession, stopSession } from '../../actors/fleet/sessions.ts';
import { isGuestName } from '../../actors/guest/guest-context.ts';
import { codedError, isSegment } from '../../runtime/index.ts';
import { agentContextOf, agentNames, agentReportOf, agentReports, type RunningNode } from '../node/running-node.ts';
import { waitUntil } from '../node/wait-until.ts';
import { agentReport } from './answers/fleet.ts';
import { pageOf, text } from './answers/words.ts';
import { askActor } from './asking.ts';
import { findAgent } from './find-agent.ts';
import { nameInput, type Operation, type OperationContext, operation } from './operation.ts';
import { keyPageInput, pageByKey } from './page.ts';

const one = z.strictObject({ agent: nameInput });
const READY_MS = 30_000;
const HEARD_MS = 5_000;

async function untilReady({ clock, system }: RunningNode, agent: string): Promise<void> {
  const ready = (): boolean => ['ready', 'working', 'paused'].includes(agentReportOf(system, agent)?.state ?? '');
  if (await waitUntil(clock, ready, READY_MS)) return;
  const { state, why } = agentReportOf(system, agent) ?? { state: 'gone', why: null };
  throw codedError('NodeNotReady', { withinMs: READY_MS, problem: `'${agent}' is ${state}${why === null ? '' : `: ${why}`}` });
}

/** A namesake of an agent gets what that one can do; any other word becomes the one thing it can do. */
function newAgent({ system }: RunningNode, role: string, name: string | undefined): AgentInput {
  const model = agentContextOf(system, role)?.agent;
  const taken = agentNames(system);
  let number = 2;
  while (taken.includes(`${role}-${number}`)) number += 1;
  const chosen = name ?? (taken.includes(role) ? `${role}-${number}` : role);
  if (!isSegment(chosen)) throw codedError('InvalidInput', { problem: `'${chosen}' is no name: use letters, digits, '-', '_' and '.'` });
  if (isGuestName(chosen)) throw codedError('InvalidInput', { problem: `'${chosen}' is the name of a guest: guests join by agent_join` });
  if (taken.includes(chosen)) throw codedError('NotDone', { what: 'spawn', reason: `there is an agent '${chosen}' already` });
  return { name: chosen, role: 'worker', title: model?.title ?? role, capabilities: model?.capabilities ?? [role], driver: 'playbook', port: null };
}

/** A guest lives where its client does: it has no session here. */
function mustBeOfFleet(agent: string, what: string): void {
  if (isGuestName(agent))
    throw codedError('NotDone', { what, reason: `'${agent}' is a guest: its client is not ours; \`troupe stop\` ends its membership, cancelling its task takes that from it` });
}

/** The agent hears of it by a message: until then it would still show the session that is gone. */
async function endSession({ system, clock }: RunningNode, agent: string): Promise<void> {
  await stopSession(system, agent);
  await waitUntil(clock, () => (agentReportOf(system, agent)?.session ?? null) === null, HEARD_MS);
}

/** With the port on which it answers here: the fleet file's is before the offset, and one that was spawned has none. */
function onItsDoor({ doors }: RunningNode, report: AgentReport): AgentReport {
  return { ...report, port: doors.find(({ name }) => name === `agent:${report.name}`)?.port ?? null };
}

function seen(node: RunningNode, agent: string): AgentReport | undefined {
  const report = agentReportOf(node.system, agent);
  return report === undefined ? undefined : onItsDoor(node, report);
}

async function restart({ node, caller }: OperationContext, agent: string): Promise<unknown> {
  const { system } = node;
  mustBeOfFleet(agent, 'agent.restart');
  const { agent: input } = findAgent(system, agent);
  await endSession(node, agent);
  await askActor(system, `agents/${agent}`, { type: 'START', by: caller.name });
  const answer = await startSession(system, input);
  if (!answer.ok && answer.reason !== 'already_started') throw codedError('NotDone', { what: `restart of '${agent}'`, reason: `${answer.reason} ${answer.detail ?? ''}`.trim() });
  await untilReady(node, agent);
  return seen(node, agent);
}

export const AGENT_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'agent.list',
    title: 'Agents',
    summary: 'every agent and what it does now',
    permission: 'read',
    input: z.strictObject(keyPageInput),
    output: pageOf(agentReport),
    run: async ({ node }, page) =>
      pageByKey(
        agentReports(node.system).map((report) => onItsDoor(node, report)),
        ({ name }) => name,
        page,
      ),
  }),
  operation({
    name: 'agent.status',
    title: 'One agent',
    summary: 'one agent',
    permission: 'read',
    input: one,
    output: agentReport,
    async run({ node }, { agent }) {
      findAgent(node.system, agent);
      return seen(node, agent);
    },
  }),
  operation({
    name: 'agent.spawn',
    title: 'Start another agent',
    summary: 'one more agent, with a session of its own',
    permission: 'admin',
    waits: true,
    input: z.strictObject({ role: nameInput, name: nameInput.optional(), driver: nameInput.optional() }),
    output: agentReport,
    async run({ node }, { role, name, driver = 'playbook' }) {
      if (driver !== 'playbook') throw codedError('InvalidInput', { problem: `there is no driver '${driver}' here yet; 'playbook' is` });
      const agent = newAgent(node, role, name);
      await startAgent(node.system, agent);
      await untilReady(node, agent.name);
      return seen(node, agent.name);
    },
  }),
  operation({
    name: 'agent.interrupt',
    title: 'Interrupt an agent',
    summary: 'ends the turn of an agent; the agent lives on',
    permission: 'act',
    destructive: true,
    input: one,
    output: z.strictObject({ interrupted: text }),
    async run({ node, caller }, { agent }) {
      mustBeOfFleet(agent, 'agent.interrupt');
      findAgent(node.system, agent);
      const answer = await askActor<{ readonly ok: boolean }>(node.system, `agents/${agent}`, { type: 'INTERRUPT', by: caller.name });
      if (!answer.ok) throw codedError('NotDone', { what: 'interrupt', reason: `'${agent}' has no task now` });
      return { interrupted: agent };
    },
  }),
  operation({
    name: 'agent.stop',
    title: 'Stop an agent',
    summary: 'ends the session of an agent; its tasks go back to the router',
    permission: 'admin',
    destructive: true,
    idempotent: true,
    waits: true,
    input: one,
    output: agentReport,
    async run({ node, caller }, { agent }) {
      findAgent(node.system, agent);
      await askActor(node.system, `agents/${agent}`, { type: 'STOP', by: caller.name });
      if (!isGuestName(agent)) await endSession(node, agent);
      return seen(node, agent);
    },
  }),
  operation({
    name: 'agent.restart',
    title: 'Restart an agent',
    summary: 'a new session for an agent, also for one that was stopped or has failed',
    permission: 'admin',
    destructive: true,
    waits: true,
    input: one,
    output: agentReport,
    run: (context, { agent }) => restart(context, agent),
  }),
];
