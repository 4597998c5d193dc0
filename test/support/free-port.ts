// Ports of tests: far below those that the kernel gives to clients, and none that another process of the same run of tests may choose.
import { isFree } from '../../gateway/free-offset.ts';

const POOLS = 4;
/** Tests run in processes side by side, numbered from 1. */
const pool = Number(process.env.VITEST_POOL_ID ?? 1) % POOLS;

const FIRST_PORT = 31_100;
const PORTS_OF_POOL = 400;
let turn = Math.floor(Math.random() * PORTS_OF_POOL);

/** Not given out again soon: who asks for several has several. */
export async function freePort(): Promise<number> {
  for (;;) {
    turn = (turn + 1) % PORTS_OF_POOL;
    const port = FIRST_PORT + pool * PORTS_OF_POOL + turn;
    if (await isFree(port, '127.0.0.1')) return port;
  }
}

/** Offsets are this far apart, so that only two nodes at the same one meet. */
const STEP = 100;
const OFFSETS_OF_POOL = 50;
const taken = new Set<number>();

export interface PrivateOffset {
  readonly offset: number;
  /** Others may have it. */
  release(): void;
}

/** An offset for the doors of a node at which all of these ports are free; it stays the caller's while no node is there. */
export async function privateOffset(ports: readonly number[]): Promise<PrivateOffset> {
  for (;;) {
    const offset = STEP * (10 + pool + POOLS * Math.floor(Math.random() * OFFSETS_OF_POOL));
    if (taken.has(offset)) continue;
    taken.add(offset);
    const release = (): void => void taken.delete(offset);
    const free = await Promise.all(ports.map((port) => isFree(port + offset, '127.0.0.1')));
    if (free.every(Boolean)) return { offset, release };
    release();
  }
}
