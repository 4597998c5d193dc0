// Where a host name or address leads, as far as its text tells. Names are not resolved here: the executor rates what they resolve to.
import ipaddr from 'ipaddr.js';
import { withoutEnd } from '../characters.ts';

export const HOST_KINDS = ['public', 'loopback', 'metadata', 'private', 'odd'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

const METADATA_NAMES =
  /^(metadata|metadata\.google\.internal|metadata\.goog|instance-data(\.ec2\.internal)?|metadata\.azure\.internal|metadata\.packet\.net|metadata\.(platformequinix|tencentyun|oraclecloud|phoenixnap)\.com|metadata\.(hetzner\.cloud|cloud\.ibm\.com|scaleway\.internal)|api\.metadata\.cloud\.ibm\.com|rancher-metadata|kubernetes(\.default.*)?)$/;
const METADATA_ADDRESSES = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.169.253',
  '169.254.169.123',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fe80::a9fe:a9fe',
]);
const LOOPBACK_NAMES = /(^|\.)(localhost|localhost\.localdomain|localdomain|ip6-localhost|ip6-loopback|broadcasthost)$/;
/** Any spelling of an address, IPv6 by its colon. Asking whether another text is one costs an exception each. */
const MAY_BE_ADDRESS = /^[\da-fx.]+$|:/i;
/** Public names that lead wherever their text says. */
const NAME_IS_ADDRESS =
  /(^|\.)(nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|lacolhost\.com|vcap\.me|traefik\.me|fuf\.me|readme\.localtest\.me|rbndr\.us|burpcollaborator\.net|interact\.sh|oast\.(pro|live|site|online|fun|me)|requestbin\.(com|net)|webhook\.site|pipedream\.net|ngrok\.io|ngrok-free\.app|localho\.st|1u\.ms|ceye\.io|dnslog\.cn)$/;
const PRIVATE_NAMES = /(^|\.)(internal|local|lan|intranet|corp|home|private|home\.arpa|svc|cluster\.local|consul|test-internal|localdomain|arpa|onion|i2p)$/;

function addressKind(text: string): HostKind {
  if (METADATA_ADDRESSES.has(text)) return 'metadata';
  const parsed = ipaddr.process(text);
  if (METADATA_ADDRESSES.has(parsed.toString())) return 'metadata';
  const range = parsed.range();
  if (range === 'loopback' || range === 'unspecified') return 'loopback';
  if (range === 'linkLocal') return 'metadata';
  if (range !== 'unicast') return 'private';
  // ipaddr.js takes the deprecated ::a.b.c.d for unicast; it reaches the same machine as a.b.c.d.
  return parsed.kind() === 'ipv6' && parsed.toString().startsWith('::') ? 'loopback' : 'public';
}

/** `host` as a parsed URL has it: lower case, IDNs as xn--, IPv4 in any spelling as four numbers, IPv6 in brackets. */
export function hostKind(host: string): HostKind {
  const bare = withoutEnd(host.replace(/^\[|\]$/g, ''), '.');
  if (bare === '') return 'odd';
  if (MAY_BE_ADDRESS.test(bare) && ipaddr.isValid(bare)) return addressKind(bare);
  if (METADATA_NAMES.test(bare)) return 'metadata';
  if (LOOPBACK_NAMES.test(bare)) return 'loopback';
  if (bare.split('.').some((label) => label.startsWith('xn--'))) return 'odd';
  if (!bare.includes('.') || PRIVATE_NAMES.test(bare) || NAME_IS_ADDRESS.test(bare)) return 'private';
  return /^[a-z0-9._-]+$/.test(bare) ? 'public' : 'odd';
}
