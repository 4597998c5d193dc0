// What a guest says of itself, in the words of agents, so that lists show both; it is marked `ungated`.
import type { AgentReport } from '../agent/agent-report.ts';
import type { GuestContext } from './guest-context.ts';

function stateOf({ presence, mode, current }: GuestContext): AgentReport['state'] {
  if (presence !== 'present') return presence;
  if (current !== null) return 'working';
  return mode === 'paused' ? 'paused' : 'ready';
}

function whyOf({ presence, mode, modeBy, leaseMs }: GuestContext): string | null {
  if (presence === 'silent') return `nothing was heard of it for ${leaseMs} ms`;
  if (presence === 'left') return 'it has left';
  return mode === 'paused' ? `paused by ${modeBy ?? 'nobody'}` : null;
}

export function guestReport(context: GuestContext): AgentReport {
  const { agent, current, since, inbox } = context;
  const { name, title, role, driver, port, capabilities } = agent;
  const unread = inbox.filter((message) => message.state === 'queued').length;
  const who = { name, title, role, driver, ungated: true, port, capabilities };
  return { ...who, state: stateOf(context), why: whyOf(context), current, since, queued: 0, session: null, sessionsLost: 0, unread };
}
