// What an agent remembers. Plain JSON (K3). Regions of its statechart write their words into it, for reports.
import type { Priority } from '../../runtime/index.ts';

export const AGENT_ROLES = ['master', 'supervisor', 'worker'] as const;
/** `supervisor` owns plans and delegates their tasks; `master` pauses and resumes the fleet. */
export type AgentRole = (typeof AGENT_ROLES)[number];

export interface AgentInput {
  readonly name: string;
  readonly role: AgentRole;
  readonly title: string;
  readonly capabilities: readonly string[];
  readonly driver: string;
  readonly port: number | null;
}

/** A task that was given to the agent. */
export interface Assignment {
  readonly planId: string;
  readonly taskId: string;
  readonly delegatedBy: string;
  readonly messageId: string;
  readonly priority: Exclude<Priority, 'control'>;
}

export interface InboxMessage {
  readonly id: string;
  readonly from: string;
  readonly kind: string;
  readonly payload: unknown;
  readonly at: number;
  /** `delivered`: its host has it. `undeliverable`: its host refused it again and again. */
  readonly state: 'queued' | 'delivered' | 'undeliverable';
  readonly tries: number;
  /** Of the messages that this inbox has ever received; what was received before they were counted has none. */
  readonly nth?: number;
}

export interface SessionSeen {
  readonly epoch: number;
  readonly pid: number | null;
  /** Command that shows the terminal. */
  readonly attach: readonly string[] | null;
  /** tmux, pty or pipes. */
  readonly terminal: string | null;
}

export interface AgentContext {
  readonly agent: AgentInput;
  readonly session: SessionSeen | null;
  readonly sessionState: 'starting' | 'ready' | 'lost' | 'failed';
  readonly sessionWhy: string | null;
  readonly sessionsLost: number;
  readonly mode: 'active' | 'paused' | 'draining' | 'stopped';
  readonly modeBy: string | null;
  readonly current: Assignment | null;
  readonly since: number | null;
  readonly queue: readonly Assignment[];
  readonly inbox: readonly InboxMessage[];
}

export function newAgent(agent: AgentInput): AgentContext {
  return {
    agent,
    session: null,
    sessionState: 'starting',
    sessionWhy: null,
    sessionsLost: 0,
    mode: 'active',
    modeBy: null,
    current: null,
    since: null,
    queue: [],
    inbox: [],
  };
}
