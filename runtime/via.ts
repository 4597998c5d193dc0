// Names in the place of addresses: `via('billing')` is whoever holds the name when the message is sent (K4).
import { type Address, isSegment } from './address.ts';
import { codedError } from './errors.ts';
import type { Ties } from './ties.ts';

const MARK = '@';

/** A name or a group is written as one segment of an address. Returns it, or throws `InvalidAddress`. */
export function checkName(text: string): string {
  if (!isSegment(text)) throw codedError('InvalidAddress', { address: text, segment: text });
  return text;
}

/** Stands where an address may stand in `tell`, `ask`, `monitor` and `link`. No address looks like it. */
export function via(name: string): Address {
  return `${MARK}${checkName(name)}`;
}

export function isVia(address: Address): boolean {
  return address.startsWith(MARK);
}

/** The address behind a name; a name that nobody holds stays as it is, and nobody is there. */
export function resolveVia(ties: Pick<Ties, 'whereis'>, address: Address): Address {
  return isVia(address) ? (ties.whereis(address.slice(MARK.length)) ?? address) : address;
}
