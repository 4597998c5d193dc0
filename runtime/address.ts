// Location-free path of an actor: segments joined by '/'. The root supervisor is ROOT_ADDRESS, its children have one segment.
import { codedError } from './errors.ts';

export type Address = string;

/** The root supervisor. Its children's addresses are their bare ids. */
export const ROOT_ADDRESS: Address = '';

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/;
const ADDRESS = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}(?:\/[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127})*$/;

/** Whether one path segment (a child id) is well formed. */
export function isSegment(text: string): boolean {
  return SEGMENT.test(text);
}

/** Whether the text is a well-formed address other than the root's. */
export function isAddress(text: string): boolean {
  return text.length <= 512 && ADDRESS.test(text);
}

/** Returns the address, or throws `InvalidAddress` naming the wrong segment. */
export function parseAddress(text: string): Address {
  if (isAddress(text)) return text;
  const wrong = text.split('/').find((segment) => !isSegment(segment)) ?? text;
  throw codedError('InvalidAddress', { address: text, segment: wrong });
}

export function childAddress(parent: Address, id: string): Address {
  return parent === ROOT_ADDRESS ? id : `${parent}/${id}`;
}

/** The address one level up; the root's children belong to ROOT_ADDRESS. */
export function parentAddress(address: Address): Address {
  const cut = address.lastIndexOf('/');
  return cut < 0 ? ROOT_ADDRESS : address.slice(0, cut);
}

/** The last segment: the id under its parent. */
export function childId(address: Address): string {
  return address.slice(address.lastIndexOf('/') + 1);
}

/** Whether `address` is `ancestor` or lies below it. */
export function isWithin(address: Address, ancestor: Address): boolean {
  return ancestor === ROOT_ADDRESS || address === ancestor || address.startsWith(`${ancestor}/`);
}
