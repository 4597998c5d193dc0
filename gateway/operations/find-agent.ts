// Agents by name, as people type it.
import type { AgentContext } from '../../actors/agent/agent-context.ts';
import type { GuestContext } from '../../actors/guest/guest-context.ts';
import { didYouMean } from '../../runtime/did-you-mean.ts';
import { codedError, type System } from '../../runtime/index.ts';
import { agentContextOf, agentNames } from '../node/running-node.ts';

/** Throws `NoSuchAgent`, saying what was meant. */
export function findAgent(system: System, agent: string): AgentContext | GuestContext {
  const context = agentContextOf(system, agent);
  if (context !== undefined) return context;
  const names = agentNames(system);
  const near = didYouMean(agent, names);
  throw codedError('NoSuchAgent', { agent, meant: near === undefined ? `; there are ${names.join(', ')}` : `; did you mean '${near}'?` });
}

/** The first agent of a role; undefined when the fleet has none. */
export function agentOfRole(system: System, role: AgentContext['agent']['role']): string | undefined {
  return agentNames(system).find((name) => agentContextOf(system, name)?.agent.role === role);
}
