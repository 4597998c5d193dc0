// Which addresses a call may go to. A person approved a URL, not what its name leads to: a name leads to public addresses only, an
// address is meant as it is written. Nothing is resolved again after this: what was checked is what is connected to.
import ipaddr from 'ipaddr.js';
import { codedError } from '../../../runtime/errors.ts';

export type Resolve = (host: string) => Promise<readonly string[]>;

/** The machine's resolver: all addresses, in its order. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

/** `approved`: the host stands in the URL that was approved, so an address in it is meant. Rejects with `AddressRefused`. */
export async function addressesFor({ hostname }: URL, approved: boolean, resolve: Resolve): Promise<readonly string[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host)) return [check(host, host, approved ? () => true : isPublic)];
  // Its addresses are fixed by RFC 6761; it means this machine and nothing else.
  const rule = approved && isLocalName(host) ? isLoopback : isPublic;
  return (await resolve(host)).map((address) => check(host, address, rule));
}

function check(host: string, address: string, rule: (address: string) => boolean): string {
  if (!rule(address)) throw codedError('AddressRefused', { host, address });
  return address;
}

function isLocalName(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/.test(host);
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** Not loopback, private, link-local (so no metadata service), shared, multicast, reserved, nor one that carries an IPv4 address within. */
function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  // ::/96 once held IPv4 addresses, and still reads as unicast.
  const compatible =
    parsed.kind() === 'ipv6' &&
    parsed
      .toByteArray()
      .slice(0, 12)
      .every((byte) => byte === 0);
  return parsed.range() === 'unicast' && !compatible;
}
