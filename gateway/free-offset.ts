// A port offset at which every door of a fleet is free just now. Somebody may still be faster: opening the doors decides.
import { createServer } from 'node:net';
import { codedError } from '../runtime/index.ts';
import { type Door, doorsOf, LARGEST_OFFSET } from './ports.ts';

const STEP = 100;

export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first door that is taken; undefined when all are free. */
export async function firstTaken(doors: readonly Door[], host: string): Promise<Door | undefined> {
  for (const door of doors) if (!(await isFree(door.port, host))) return door;
  return undefined;
}

/** Throws `PortInUse` about the first offset when there is no free one. */
export async function freeOffset(agents: Parameters<typeof doorsOf>[1], host: string, from = 0): Promise<number> {
  let first: Door | undefined;
  for (let offset = from; offset <= LARGEST_OFFSET; offset += STEP) {
    const taken = await firstTaken(doorsOf(offset, agents), host);
    if (taken === undefined) return offset;
    first ??= taken;
  }
  throw codedError('PortInUse', { port: first?.port, purpose: first?.purpose, host });
}
