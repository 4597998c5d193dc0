// What an agent says of itself.
import type { AgentContext, Assignment, SessionSeen } from './agent-context.ts';

/** A guest is `silent` when nothing is heard of it, and `left` when it is gone; the other words are every agent's. */
export type AgentState = 'starting' | 'ready' | 'working' | 'paused' | 'draining' | 'stopped' | 'failed' | 'lost' | 'silent' | 'left';

export interface AgentReport {
  readonly name: string;
  readonly title: string;
  readonly role: string;
  readonly driver: string;
  /** A guest: what it does in its own program passes no gate, only what it asks of Troupe does. */
  readonly ungated: boolean;
  readonly port: number | null;
  readonly capabilities: readonly string[];
  readonly state: AgentState;
  /** Why it is in a state that nobody wants. */
  readonly why: string | null;
  readonly current: Assignment | null;
  readonly since: number | null;
  readonly queued: number;
  readonly session: SessionSeen | null;
  /** Without those that were told to end. */
  readonly sessionsLost: number;
  readonly unread: number;
}

/** States that the session decides. One that is starting may have failed to before. */
const SESSION_STATES: readonly AgentState[] = ['starting', 'lost', 'failed'];

/** One word for all regions: what keeps it from working comes first. */
export function agentState({ mode, sessionState, current }: AgentContext): AgentState {
  if (mode === 'stopped') return 'stopped';
  if (sessionState === 'failed') return 'failed';
  if (mode === 'draining') return 'draining';
  if (sessionState !== 'ready') return sessionState;
  if (current !== null) return 'working';
  return mode === 'paused' ? 'paused' : 'ready';
}

export function agentReport(context: AgentContext): AgentReport {
  const { name, title, role, driver, port, capabilities } = context.agent;
  const { current, since, queue, session, sessionsLost, inbox, sessionWhy, modeBy } = context;
  const state = agentState(context);
  const why = SESSION_STATES.includes(state) ? sessionWhy : context.mode === 'active' ? null : `${context.mode} by ${modeBy ?? 'nobody'}`;
  const unread = inbox.filter((message) => message.state === 'queued').length;
  return { name, title, role, driver, ungated: false, port, capabilities, state, why, current, since, queued: queue.length, session, sessionsLost, unread };
}

/** Body of `agent.changed`. */
export function agentFact(context: AgentContext): Readonly<Record<string, unknown>> {
  return { ...agentReport(context) };
}
