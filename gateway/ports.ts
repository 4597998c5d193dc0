// The node's ports: each a door with a purpose, all shifted by one offset so that many nodes fit on one machine.

export const DOORS = {
  health: { port: 5001, purpose: 'health' },
  api: { port: 5003, purpose: 'main routes' },
  rpc: { port: 9999, purpose: 'JSON-RPC and agent hosts' },
  auth: { port: 5004, purpose: 'authorization server' },
  access: { port: 5002, purpose: 'authentication and authorization checks' },
} as const;

export type DoorName = keyof typeof DOORS;

/** The highest default port decides how far the offset may go. */
export const LARGEST_OFFSET = 65_535 - DOORS.rpc.port;

/** What the name of an agent's own door begins with. */
export const AGENT_DOOR = 'agent:';

export interface Door {
  readonly name: string;
  readonly port: number;
  readonly purpose: string;
}

/** The front doors, then one for each agent that has a port of its own. */
export function doorsOf(offset: number, agents: ReadonlyArray<{ readonly name: string; readonly port: number | null }>): readonly Door[] {
  const front = Object.entries(DOORS).map(([name, { port, purpose }]) => ({ name, port: port + offset, purpose }));
  const own = agents.flatMap(({ name, port }) => (port === null ? [] : [{ name: AGENT_DOOR + name, port: port + offset, purpose: `A2A and health of ${name}` }]));
  return [...front, ...own];
}

/** How the world comes to the doors of a node. */
export interface Site {
  /** A name or an address. */
  readonly host: string;
  /** By TLS. */
  readonly secure: boolean;
}

export function urlOf({ host, secure }: Site, port: number): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
