// Mail between agents. What an agent's host sends is always wrapped as MESSAGE to an agent: a host reaches no other actor, so it
// cannot decide on requests, its own or others'.
import { isSegment, type Message } from '../../runtime/index.ts';
import { AGENTS_GROUP } from './agent.ts';

export interface AgentMail {
  /** Business key of the sending step: the same mail again is the same message. */
  readonly id: string;
  /** Name of an agent, or `*` for all. */
  readonly to: string;
  readonly kind: string;
  readonly payload: unknown;
}

export type MailRoute =
  | { readonly ok: true; readonly address: string; readonly message: Message }
  | { readonly ok: true; readonly group: string; readonly message: Message }
  | { readonly ok: false; readonly reason: 'invalid_receiver' };

/** `from` is the sender as authenticated, never as it calls itself. */
export function routeMail(from: string, { id, to, kind, payload }: AgentMail): MailRoute {
  const message = { type: 'MESSAGE', id, from, kind, payload: payload ?? null };
  if (to === '*') return { ok: true, group: AGENTS_GROUP, message };
  return isSegment(to) ? { ok: true, address: `agents/${to}`, message } : { ok: false, reason: 'invalid_receiver' };
}
