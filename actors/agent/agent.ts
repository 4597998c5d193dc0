// The behaviour of agents: the template of the dynamic supervisor `agents`, whose children form the group `agents`.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { agentMachine } from './agent.machine.ts';

/** Everybody whom a broadcast reaches. */
export const AGENTS_GROUP = 'agents';

/** Template `agent` of the supervisor `agents`. Its input is an AgentInput. */
export function agentTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = agentMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'permanent', passivate: false, input, version: 1, groups: [AGENTS_GROUP] });
}
