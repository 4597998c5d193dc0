// Who may send control messages, which overtake everything and take along what is queued (K22).
import { type Address, isWithin } from './address.ts';
import type { Behaviour } from './behaviour.ts';

/** Supervisors above the actor, its owner, itself, and whoever holds a ref outside of all actors: an operator. */
export function maySendControl(from: Address | null, to: { readonly address: Address; readonly behaviour: Behaviour }): boolean {
  if (from === null || isWithin(to.address, from)) return true;
  return to.behaviour.kind === 'worker' && to.behaviour.owner === from;
}
