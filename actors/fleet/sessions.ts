// The sessions of agents: each under a supervisor of its own that restarts its terminal, and there for as long as its agent is to work.
import type { AnyActorLogic } from 'xstate';
import type { ChildAnswer, ChildSpec, System } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';
import type { AgentInput } from '../agent/agent-context.ts';
import { keepChild } from './kept-child.ts';

export const SESSIONS = 'sessions';
const SHUTDOWN_MS = 15_000;

/** Restarts the terminal with backoff; after five deaths in a minute it gives up, which the agent is told as `SESSION_FAILED`. */
export function sessionSupervisor(id: string, logic: AnyActorLogic): ChildSpec {
  return supervisor(id, {
    restart: 'temporary',
    intensity: 5,
    periodMs: 60_000,
    children: [worker('terminal', logic, { input: { agent: id }, shutdownMs: SHUTDOWN_MS, backoff: { baseMs: 200, maxMs: 5_000, resetAfterMs: 30_000 } })],
  });
}

/** A terminal has ended. Its agent, if it still counts on it, learns so at once: one that is killed says nothing itself. */
export function sessionGone(system: Pick<System, 'inspect' | 'ref'>, name: string): void {
  const { sessionState = 'ready' } = (system.inspect(`agents/${name}`)?.context ?? {}) as { readonly sessionState?: string };
  if (sessionState === 'ready') tellAgent(system, name, { type: 'SESSION_LOST', why: 'its terminal was ended from outside' });
}

function tellAgent(system: Pick<System, 'ref'>, name: string, message: { readonly type: string; readonly why: string }): void {
  system
    .ref(`agents/${name}`)
    .tell(message)
    .catch(() => undefined);
}

/** A session for the agent. One that is killed is started again, and the agent knows it as lost meanwhile. Fails with `already_started` while there is one. */
export function startSession(system: System, agent: AgentInput): Promise<ChildAnswer> {
  const { name } = agent;
  return keepChild(system, {
    supervisor: SESSIONS,
    template: 'session',
    id: name,
    input: agent,
    isWanted: () => mayHaveSession(system, name),
    lost: (why) => tellAgent(system, name, { type: 'SESSION_LOST', why }),
    gaveUp: () => tellAgent(system, name, { type: 'SESSION_FAILED', why: `its session died again and again; see the log of '${name}', then restart it` }),
  });
}

/** A stopped agent has none. */
export function mayHaveSession(system: System, name: string): boolean {
  const { mode } = (system.inspect(`agents/${name}`)?.context ?? {}) as { readonly mode?: string };
  return mode !== 'stopped';
}

/** Ends the agent's terminal in order; its supervisor goes with it. */
export function stopSession(system: System, name: string): Promise<ChildAnswer> {
  return system.terminateChild(SESSIONS, name);
}
