// What a guest agent remembers: whose it is, when it was last heard of, the one task it holds. Plain JSON (K3).
import type { AgentContext, AgentInput, Assignment, InboxMessage } from '../agent/agent-context.ts';

/** No agent of a fleet file has such a name. */
export const GUEST_PREFIX = 'guest.';
export const isGuestName = (name: string): boolean => name.startsWith(GUEST_PREFIX);

export interface GuestInput {
  readonly name: string;
  /** Whose token it joined with: nobody else speaks for it. */
  readonly owner: string;
}

/** What a guest says of itself when it joins. */
export interface GuestWishes {
  readonly title: string;
  readonly capabilities: readonly string[];
  /** How long it may be silent. */
  readonly leaseMs: number;
}

/** A task as a guest is handed it. */
export interface HeldTask {
  /** `<plan>.<task>` */
  readonly task: string;
  /** Counts how often the task was handed to somebody: a report under an older one is refused. */
  readonly epoch: number;
  readonly text: string;
  /** Folder that it is about; null when whoever gave it named none. */
  readonly workspace: string | null;
  /** Who gave it. */
  readonly from: string;
  readonly since: number;
}

export interface GuestContext extends Pick<AgentContext, 'agent' | 'current' | 'since' | 'inbox' | 'modeBy'> {
  readonly owner: string;
  /** Counts how often it has joined. Who calls under an older one is a client that was replaced. */
  readonly membership: number;
  readonly leaseMs: number;
  readonly heardAt: number;
  readonly presence: 'present' | 'silent' | 'left';
  readonly mode: 'active' | 'paused';
  readonly held: HeldTask | null;
  /** Grows with everything that it should look at. */
  readonly news: number;
}

export const GUEST_DRIVER = 'guest';
const DEFAULT_LEASE_MS = 300_000;

export function newGuest({ name, owner }: GuestInput, now: number): GuestContext {
  const agent: AgentInput = { name, role: 'worker', title: name, capabilities: [], driver: GUEST_DRIVER, port: null };
  const nothing = { current: null as Assignment | null, since: null, held: null, inbox: [] as readonly InboxMessage[], modeBy: null };
  return { agent, owner, membership: 0, leaseMs: DEFAULT_LEASE_MS, heardAt: now, presence: 'left', mode: 'active', news: 0, ...nothing };
}

export function isGuest(context: Pick<AgentContext, 'agent'>): context is GuestContext {
  return context.agent.driver === GUEST_DRIVER;
}

/** Whether another task may be given to it. */
export function isFree({ presence, mode, current }: Pick<GuestContext, 'presence' | 'mode' | 'current'>): boolean {
  return presence === 'present' && mode === 'active' && current === null;
}
