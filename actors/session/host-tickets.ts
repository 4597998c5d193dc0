// The credentials of one session start: minted for one agent, single use, short-lived, kept only as a hash. A second one, for the node
// that comes after this one, is kept by nobody but the host: its hash lies in the session's record.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';

export interface Ticket {
  readonly ticket: string;
  /** What the host answers to be ready: ties the connection to this very start. */
  readonly nonce: string;
  /** What the host shows to a next node. */
  readonly resume: string;
}

/** What a next node knows of a host's `resume`: a hash, in hex. */
export const proofOfResume = ({ resume, nonce }: Pick<Ticket, 'resume' | 'nonce'>): string => proofOf(resume, nonce).toString('hex');

type Redeemed = { readonly ok: true; readonly epoch: number } | { readonly ok: false; readonly problem: 'unknown ticket' | 'expired ticket' };

export interface HostTickets {
  /** Takes the place of an earlier one of the agent. Epochs grow with each ticket. */
  mint(agent: string): Ticket;
  /** In place of a fresh one: that of a host which an earlier node started. */
  honour(agent: string, proof: string): void;
  revoke(agent: string): void;
  /** A wrong ticket leaves the right one valid. */
  redeem(claim: { readonly agent: string; readonly ticket: string; readonly nonce: string }): Redeemed;
}

export interface HostTicketOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly nextEpoch: () => number;
}

interface Minted {
  readonly proof: Buffer;
  readonly expiresAt: number;
  readonly epoch: number;
}

/** One hash over both, so that one comparison in constant time decides. */
function proofOf(ticket: string, nonce: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([ticket, nonce]))
    .digest();
}

export function hostTickets({ clock, ttlMs, nextEpoch }: HostTicketOptions): HostTickets {
  const minted = new Map<string, Minted>();
  const expect = (agent: string, proof: Buffer): void => void minted.set(agent, { proof, expiresAt: clock.monotonic() + ttlMs, epoch: nextEpoch() });
  return {
    mint(agent) {
      const ticket = randomBytes(32).toString('base64url');
      const nonce = randomBytes(16).toString('base64url');
      const resume = randomBytes(32).toString('base64url');
      expect(agent, proofOf(ticket, nonce));
      return { ticket, nonce, resume };
    },
    honour: (agent, proof) => expect(agent, Buffer.from(proof, 'hex')),
    revoke: (agent) => void minted.delete(agent),
    redeem({ agent, ticket, nonce }) {
      const known = minted.get(agent);
      if (known === undefined || !timingSafeEqual(known.proof, proofOf(ticket, nonce))) return { ok: false, problem: 'unknown ticket' };
      minted.delete(agent);
      return clock.monotonic() >= known.expiresAt ? { ok: false, problem: 'expired ticket' } : { ok: true, epoch: known.epoch };
    },
  };
}
