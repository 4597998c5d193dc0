// Guests: programs of others that join the fleet, wait for what is theirs, and leave. They are marked `ungated`: what they do themselves
// passes no gate.
import { z } from 'zod';
import type { JoinAnswer } from '../../actors/guest/guest.messages.ts';
import { GUEST_PREFIX, type GuestContext, isGuestName } from '../../actors/guest/guest-context.ts';
import { codedError } from '../../runtime/index.ts';
import { agentNames, guestContextOf } from '../node/running-node.ts';
import { heldTask, inboxMessage } from './answers/fleet.ts';
import { count, text } from './answers/words.ts';
import { askActor } from './asking.ts';
import type { Caller } from './caller.ts';
import { asGuestInput, guestOf, noteHeard, ownerOf, presentGuestOf, waitAsGuest } from './guest-calls.ts';
import { shownMessage } from './messages.ts';
import { nameInput, type Operation, type OperationContext, operation, whyInput } from './operation.ts';

const MOST_GUESTS = 500;
const SHORTEST_LEASE_MS = 1_000;
const LONGEST_LEASE_MS = 3_600_000;
const DEFAULT_LEASE_MS = 300_000;
const LONGEST_WAIT_MS = 3_600_000;

const membership = count.describe('of this client: give it with each call, so that one that was replaced is told');
const guestSeen = { agent: text, ungated: z.literal(true), membership, leaseMs: count.describe('how long nothing may be heard of it before its task goes to others') };
const present = z.strictObject({ ...guestSeen, task: heldTask.nullable(), unread: count });

function unreadOf({ inbox }: GuestContext) {
  return inbox.filter(({ state }) => state === 'queued');
}

function seenOf(guest: GuestContext) {
  const { agent, membership: joined, leaseMs, held } = guest;
  return { agent: agent.name, ungated: true, membership: joined, leaseMs, task: held, unread: unreadOf(guest).length };
}

/** Whoever may decide could decide on what its own guest asks for. */
function mustBeWeak({ permissions }: Caller): void {
  const mighty = permissions.find((permission) => permission === 'approve' || permission === 'admin');
  if (mighty !== undefined) throw codedError('TooMightyForGuest', { permission: mighty });
}

function guestName({ name: caller }: Caller, name: string | undefined): string {
  const plain = caller
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40);
  return `${GUEST_PREFIX}${name ?? (plain === '' ? 'guest' : plain)}`;
}

async function begin({ node: { system }, caller }: OperationContext, name: string): Promise<void> {
  if (guestContextOf(system, name) !== undefined) return;
  if (agentNames(system).filter(isGuestName).length >= MOST_GUESTS) throw codedError('NotDone', { what: 'agent.join', reason: `there are ${MOST_GUESTS} guests already` });
  const answer = await system.startChild('agents', { template: 'guest', id: name, input: { name, owner: ownerOf(caller) } });
  if (!answer.ok && answer.reason !== 'already_started') throw codedError('NotDone', { what: 'agent.join', reason: `${answer.reason} ${answer.detail ?? ''}`.trim() });
}

export const GUEST_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'agent.join',
    title: 'Join as a guest',
    summary:
      'makes the caller an agent of the fleet, marked ungated: it gets tasks in words and mail by inbox_wait, and is taken for gone when nothing is heard of it for its lease',
    permission: 'act',
    input: z.strictObject({
      name: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "a small letter or digit, then at most 39 small letters, digits and '-'")
        .optional()
        .describe('it is known as guest.<name>; default the name of the token'),
      title: z.string().trim().min(1).max(80).optional(),
      capabilities: z
        .array(z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,39}$/, "small letters, digits, '-', '_' and '.'"))
        .max(32)
        .default([])
        .describe('what it can do: tasks name what who does them must be able to do'),
      leaseMs: z.coerce.number().int().min(SHORTEST_LEASE_MS).max(LONGEST_LEASE_MS).default(DEFAULT_LEASE_MS),
      membership: asGuestInput.membership.describe('to go on as before, with the task it holds; without it, it joins anew and what it held is handed out again'),
    }),
    output: present,
    async run(context, { name, title, capabilities, leaseMs, membership: known }) {
      const { node, caller } = context;
      mustBeWeak(caller);
      const guest = guestName(caller, name);
      await begin(context, guest);
      const wishes = { title: title ?? guest, capabilities: [...new Set(capabilities)], leaseMs };
      const answer = await askActor<JoinAnswer>(node.system, `agents/${guest}`, { type: 'JOIN', owner: ownerOf(caller), membership: known ?? null, ...wishes });
      if (!answer.ok) throw codedError('NotYourGuest', { agent: guest });
      return seenOf(presentGuestOf(context, { agent: guest, membership: answer.membership }));
    },
  }),
  operation({
    name: 'agent.heartbeat',
    title: 'Sign of life',
    summary: 'says that a guest is still there, and tells what is its own; every other call as a guest says so too',
    permission: 'act',
    idempotent: true,
    input: z.strictObject({
      ...asGuestInput,
      toolUse: z.string().min(1).max(200).optional().describe('which use of a tool of its own comes next: when `permission_prompt` is asked about it, that is for this guest'),
    }),
    output: present,
    async run(context, { toolUse, ...as }) {
      const guest = presentGuestOf(context, as);
      if (toolUse !== undefined) context.node.toolUses.note(guest.owner, toolUse, { agent: guest.agent.name, membership: guest.membership });
      await noteHeard(context, guest);
      return seenOf(presentGuestOf(context, as));
    },
  }),
  operation({
    name: 'agent.leave',
    title: 'Leave',
    summary: 'ends the membership of a guest; the task that it holds goes to others',
    permission: 'act',
    destructive: true,
    idempotent: true,
    input: z.strictObject({ ...asGuestInput, why: whyInput.default('it asked to') }),
    output: z.strictObject({ agent: text, left: z.literal(true) }),
    async run(context, { why, ...as }) {
      const guest = guestOf(context, as);
      if (as.membership !== undefined) presentGuestOf(context, as);
      await askActor(context.node.system, `agents/${guest.agent.name}`, { type: 'LEAVE', why });
      return { agent: guest.agent.name, left: true };
    },
  }),
  operation({
    name: 'inbox.wait',
    title: 'Wait for what is mine',
    summary: 'what a guest should look at: the task that it holds and the mail that it has not acknowledged; waits until there is something, or the time is over',
    permission: 'act',
    idempotent: true,
    waits: true,
    input: z.strictObject({
      ...asGuestInput,
      after: z.coerce.number().int().min(0).optional().describe('`news` of an earlier answer: only what is newer ends the wait; without it anything there is does'),
      timeoutMs: z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(60_000),
    }),
    output: z.strictObject({ ...guestSeen, news: count, task: heldTask.nullable(), messages: z.array(inboxMessage) }),
    async run(context, { after, timeoutMs, ...as }) {
      const isOver = (guest: GuestContext): boolean => (after === undefined ? guest.held !== null || unreadOf(guest).length > 0 : guest.news > after);
      const guest = await waitAsGuest(context, { as, isOver, timeoutMs });
      const { unread: _unread, ...seen } = seenOf(guest);
      return { ...seen, news: guest.news, messages: unreadOf(guest).map((message) => shownMessage(guest.agent.name, message)) };
    },
  }),
  operation({
    name: 'inbox.ack',
    title: 'Acknowledge mail',
    summary: 'says that a guest has read messages: inbox_wait does not show them again',
    permission: 'act',
    idempotent: true,
    input: z.strictObject({ ...asGuestInput, ids: z.array(nameInput.max(256)).min(1).max(100) }),
    output: z.strictObject({ agent: text, unread: count }),
    async run(context, { ids, ...as }) {
      const guest = presentGuestOf(context, as);
      const { name } = guest.agent;
      await noteHeard(context, guest);
      await askActor(context.node.system, `agents/${name}`, { type: 'ACK', ids });
      return { agent: name, unread: unreadOf(presentGuestOf(context, as)).length };
    },
  }),
];
