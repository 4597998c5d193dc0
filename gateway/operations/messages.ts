// Mail to agents, their inboxes, and letters that nobody could take.
import { z } from 'zod';
import type { InboxMessage } from '../../actors/agent/agent-context.ts';
import { routeMail } from '../../actors/agent/agent-mail.ts';
import { type DeadLetter, messageId, type System } from '../../runtime/index.ts';
import { agentContextOf, agentNames } from '../node/running-node.ts';
import { deadLetter, inboxMessage } from './answers/fleet.ts';
import { accepted, pageOf, text } from './answers/words.ts';
import { findAgent } from './find-agent.ts';
import { asGuestInput, speakerOf } from './guest-calls.ts';
import { nameInput, type Operation, operation } from './operation.ts';
import { keyPageInput, pageByKey, pageInput } from './page.ts';

const kind = z.string().min(1).max(128);
const payload = z.json().optional();

export function shownMessage(agent: string, { nth: _nth, ...message }: InboxMessage) {
  return { agent, ...message };
}

/** By time, and what one agent received in the order in which it came. */
function placeOf(agent: string, { at, nth = 0, id }: InboxMessage): string {
  return `${String(at).padStart(15, '0')} ${agent} ${String(nth).padStart(12, '0')} ${id}`;
}

function inboxOf(system: System, agent: string) {
  return (agentContextOf(system, agent)?.inbox ?? []).map((message) => ({ place: placeOf(agent, message), shown: shownMessage(agent, message) }));
}

function letterOf({ at, reason, detail, envelope }: DeadLetter) {
  return { at, reason, detail, id: envelope.id, from: envelope.from, to: envelope.to, type: envelope.message.type };
}

export const MESSAGE_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'message.send',
    title: 'Message an agent',
    summary: 'a message into the inbox of one agent, delivered to its session',
    permission: 'act',
    input: z.strictObject({ to: nameInput, type: kind, payload, ...asGuestInput }),
    output: accepted,
    async run(context, { to, type, payload: content, ...as }) {
      const { node, idempotencyKey } = context;
      findAgent(node.system, to);
      const id = idempotencyKey ?? messageId(node.clock.now());
      const route = routeMail(speakerOf(context, as), { id, to, kind: type, payload: content ?? null });
      if (route.ok && 'address' in route) await node.system.ref(route.address).tell(route.message, { id });
      return { id, accepted: true };
    },
  }),
  operation({
    name: 'message.broadcast',
    title: 'Message every agent',
    summary: 'a message to every agent',
    permission: 'act',
    input: z.strictObject({ type: kind, payload, ...asGuestInput }),
    output: accepted.extend({ agents: z.array(text) }),
    async run(context, { type, payload: content, ...as }) {
      const { node, idempotencyKey } = context;
      const id = idempotencyKey ?? messageId(node.clock.now());
      const route = routeMail(speakerOf(context, as), { id, to: '*', kind: type, payload: content ?? null });
      const reached = await node.system.broadcast('agents', route.ok ? route.message : { type }, idempotencyKey === undefined ? {} : { id });
      return { id, accepted: true, agents: reached.map((address) => address.slice('agents/'.length)).sort() };
    },
  }),
  operation({
    name: 'inbox.read',
    title: 'Inboxes',
    summary: 'messages that agents have received, the newest last',
    permission: 'read',
    input: z.strictObject({ agent: nameInput.optional(), ...keyPageInput }),
    output: pageOf(inboxMessage),
    async run({ node: { system } }, { agent, ...page }) {
      if (agent !== undefined) findAgent(system, agent);
      const names = agent === undefined ? agentNames(system) : [agent];
      const messages = names.flatMap((name) => inboxOf(system, name));
      const { items, nextCursor } = pageByKey(messages, ({ place }) => place, page);
      return { items: items.map(({ shown }) => shown), nextCursor };
    },
  }),
  operation({
    name: 'deadletter.list',
    title: 'Dead letters',
    summary: 'messages that nobody could take, with the reason, the oldest first',
    permission: 'read',
    input: z.strictObject(pageInput),
    output: pageOf(deadLetter),
    async run({ node: { system } }, { limit = 100, cursor }) {
      const rows = await system.journal.deadLetters({ after: Number(cursor ?? 0) || 0, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const more = rows.length > limit;
      // Letters between volatile actors are in memory only, since the node began.
      const known = new Set(rows.map(({ envelope }) => envelope.id));
      const volatile = more ? [] : system.deadLetters().filter(({ envelope }) => !known.has(envelope.id));
      return { items: [...shown, ...(cursor === undefined ? volatile : [])].map(letterOf), nextCursor: more ? String(shown[shown.length - 1]?.seq) : null };
    },
  }),
];
