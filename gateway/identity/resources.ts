// Which door is which protected resource (RFC 8707, RFC 9728): a token is for one of them, named by its audience, and is refused at every other.
import { DOORS, type Door, type DoorName, type Site, urlOf } from '../ports.ts';

export interface Resources {
  /** Of the authorization server. */
  readonly issuer: string;
  /** What the audience of a token must be for a door to take it. */
  audiencesOf(door: string): readonly string[];
  /** Undefined for what is no audience of ours. */
  doorOf(audience: string): string | undefined;
  /** A resource as a client names it, in the one spelling that tokens carry; undefined for what is none of ours. */
  canonical(resource: string): string | undefined;
  readonly default: string;
}

/** Where on its door a resource lies; the door itself comes last. */
const PATHS: Readonly<Partial<Record<DoorName, readonly string[]>>> = { rpc: ['/mcp', ''], api: [''], auth: [''], access: [''] };
const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** `agentDoors`: each is a resource of its own. */
export function resourcesOf(site: Site, offset: number, agentDoors: readonly Door[] = []): Resources {
  const origin = (door: DoorName): string => urlOf(site, DOORS[door].port + offset);
  const front = Object.entries(PATHS).map(([door, paths]) => [door, paths.map((path) => `${origin(door as DoorName)}${path}`)] as const);
  const byDoor = new Map([...front, ...agentDoors.map(({ name, port }) => [name, [urlOf(site, port)] as string[]] as const)]);
  const known = [...byDoor.values()].flat();
  return {
    issuer: origin('auth'),
    audiencesOf: (door) => byDoor.get(door) ?? [],
    doorOf: (audience) => [...byDoor].find(([, audiences]) => audiences.includes(audience))?.[0],
    canonical: (resource) => known.find((one) => one === spelled(resource, site)),
    default: `${origin('rpc')}/mcp`,
  };
}

/** `localhost` and `127.0.0.1` are one node, and a slash at the end is no other resource. */
function spelled(resource: string, { host, secure }: Site): string | undefined {
  if (!URL.canParse(resource)) return undefined;
  const { protocol, hostname, port, pathname, search, hash, username } = new URL(resource);
  if (protocol !== (secure ? 'https:' : 'http:') || search !== '' || hash !== '' || username !== '') return undefined;
  const ours = LOOPBACK.includes(hostname) && LOOPBACK.includes(host) ? host : hostname;
  return `${protocol}//${ours}:${port}${pathname.replace(/\/$/, '')}`;
}
