// Calls of guests: whose guest a caller speaks for, and that a call of it is a sign of life. A guest belongs to the token it joined with.

import { z } from 'zod';
import { type GuestContext, isGuestName } from '../../actors/guest/guest-context.ts';
import { codedError, type System } from '../../runtime/index.ts';
import { agentNames, guestContextOf } from '../node/running-node.ts';
import { type Awaited, awaitEnd } from './awaiting.ts';
import type { Caller } from './caller.ts';
import { nameInput, type OperationContext } from './operation.ts';

export interface AsGuest {
  readonly agent?: string | undefined;
  readonly membership?: number | undefined;
}

export const asGuestInput = {
  agent: nameInput.optional().describe('as which guest; not needed by who has one'),
  membership: z.coerce.number().int().min(1).optional().describe('as agent_join answered it: a call of a client that was replaced is refused'),
};

/** A sign of life is journalled when the last is older than this part of the lease. */
const HEARD_PART = 8;
/** A long call says so often in a lease that its client is there. */
const ALIVE_PART = 3;

/** The person or client, and who acts for it. */
export function ownerOf({ name, token }: Caller): string {
  return token === undefined ? name : [token.subject, ...token.actors].join(' by ');
}

export function guestsOf(system: System, caller: Caller): readonly GuestContext[] {
  const owner = ownerOf(caller);
  return agentNames(system)
    .filter(isGuestName)
    .flatMap((name) => guestContextOf(system, name) ?? [])
    .filter((guest) => guest.owner === owner);
}

/** Those that this connection has called as and that nobody else has joined as since; without any, all of the caller's. */
function guestsHere(system: System, caller: Caller): readonly GuestContext[] {
  const mine = guestsOf(system, caller);
  const here = mine.filter(({ agent, membership }) => caller.connection?.guests.get(agent.name) === membership);
  return here.length > 0 ? here : mine;
}

/** Present or not. Throws `NotJoined` or `NotYourGuest`. */
export function guestOf({ node: { system }, caller }: OperationContext, { agent }: AsGuest): GuestContext {
  if (agent !== undefined) {
    const named = guestContextOf(system, agent);
    if (named === undefined) throw codedError('NotJoined', { agent, reason: 'nobody joined under this name' });
    if (named.owner !== ownerOf(caller)) throw codedError('NotYourGuest', { agent });
    return named;
  }
  const mine = guestsHere(system, caller);
  const [only, ...others] = mine.length > 1 ? mine.filter(({ presence }) => presence === 'present') : mine;
  if (only === undefined) throw codedError('NotJoined', { agent: caller.name, reason: 'no guest joined with this token' });
  if (others.length > 0) throw codedError('InvalidInput', { problem: `agent: say as which guest: ${[only, ...others].map(({ agent: { name } }) => name).join(', ')}` });
  return only;
}

/** Throws `NotJoined` for one that has left, was silent for too long, or was replaced. */
export function presentGuestOf(context: OperationContext, as: AsGuest): GuestContext {
  const guest = guestOf(context, as);
  const { name } = guest.agent;
  if (guest.presence === 'silent') throw codedError('NotJoined', { agent: name, reason: 'nothing was heard of it for too long, and its task was given to others' });
  if (guest.presence === 'left') throw codedError('NotJoined', { agent: name, reason: 'it has left' });
  if (as.membership !== undefined && as.membership !== guest.membership) throw codedError('NotJoined', { agent: name, reason: 'another client joined under its name since' });
  context.caller.connection?.guests.set(name, guest.membership);
  return guest;
}

/** Notes that it lives, unless that was just noted. */
export async function noteHeard({ node: { system, clock } }: OperationContext, { agent, membership, heardAt, leaseMs, presence }: GuestContext): Promise<void> {
  if (presence !== 'present' || clock.now() - heardAt < leaseMs / HEARD_PART) return;
  await system.ref(`agents/${agent.name}`).tell({ type: 'HEARD', membership });
}

/** Somebody may join while a call lasts. */
const LONGEST_LAP_MS = 60_000;

/** The guest for which a call is made: the one that it names, the one that said it would use this tool, or the only one that may be meant. */
function waitingGuest({ node: { system, toolUses }, caller }: OperationContext, { agent, toolUse }: WaitingFor): GuestContext | undefined {
  const said = toolUse === undefined ? undefined : toolUses.guestOf(ownerOf(caller), toolUse);
  const mine = guestsOf(system, caller);
  const named = mine.find((guest) => (agent === undefined ? guest.agent.name === said?.agent && guest.membership === said.membership : guest.agent.name === agent));
  if (named !== undefined) return named;
  const [only, ...others] = guestsHere(system, caller).filter(({ presence }) => presence === 'present');
  return others.length === 0 ? only : undefined;
}

export interface WaitingFor {
  readonly agent?: string | undefined;
  readonly toolUse?: string | undefined;
}

/**
 * As `awaitEnd`. The guest that it is for lives for as long as the call does: one that waits for a person is not silent. Where nothing says which of
 * several it is, none does: a client that is gone would live on with the others of its token.
 */
export async function awaitEndAlive<T>(context: OperationContext, waiting: WaitingFor, awaited: Awaited<T>): Promise<T> {
  const { clock, stopping } = context.node;
  const until = clock.monotonic() + awaited.timeoutMs;
  for (;;) {
    const present = [waitingGuest(context, waiting) ?? []].flat().filter(({ presence }) => presence === 'present');
    for (const guest of present) await noteHeard(context, guest);
    const lapMs = Math.min(until - clock.monotonic(), LONGEST_LAP_MS, ...present.map(({ leaseMs }) => leaseMs / ALIVE_PART));
    const seen = await awaitEnd(context, { ...awaited, timeoutMs: Math.max(0, lapMs) });
    if (awaited.isEnded(seen) || context.signal.aborted || stopping.aborted || clock.monotonic() >= until) return seen;
  }
}

/** As who a caller speaks: the guest that it names, the one that it has, or itself. Throws `NotJoined` or `NotYourGuest`. */
export function speakerOf(context: OperationContext, as: AsGuest): string {
  if (as.agent !== undefined || as.membership !== undefined) return presentGuestOf(context, as).agent.name;
  const [only, ...others] = guestsHere(context.node.system, context.caller).filter(({ presence }) => presence === 'present');
  return only === undefined || others.length > 0 ? context.caller.name : only.agent.name;
}

export interface GuestWait {
  readonly as: AsGuest;
  isOver(guest: GuestContext): boolean;
  readonly timeoutMs: number;
}

/** Waits for something to become true of a guest, whose client is there as long as its call is. */
export async function waitAsGuest(context: OperationContext, { as, isOver, timeoutMs }: GuestWait): Promise<GuestContext> {
  const { clock } = context.node;
  const until = clock.monotonic() + timeoutMs;
  for (;;) {
    const guest = presentGuestOf(context, as);
    await noteHeard(context, guest);
    const lapMs = Math.min(until - clock.monotonic(), guest.leaseMs / ALIVE_PART);
    const seen = await awaitEnd(context, {
      isNews: (kind) => kind === 'agent.changed' || kind === 'message.received',
      read: async () => presentGuestOf(context, as),
      isEnded: isOver,
      timeoutMs: Math.max(0, lapMs),
    });
    if (isOver(seen) || context.signal.aborted || clock.monotonic() >= until) return seen;
  }
}
