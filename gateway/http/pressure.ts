// Does the node have more to do than it can? One gauge for all doors: how late the event loop is, and how full the heap. What is short of a
// couple of seconds (a pause, a large collection of garbage) is no pressure.
import { getHeapStatistics } from 'node:v8';
import underPressure from '@fastify/under-pressure';
import Fastify from 'fastify';
import type { Clock } from '../../runtime/index.ts';

export interface Pressure {
  /** Whether requests are to be turned away now. */
  isHigh(): boolean;
  close(): void;
}

/** Whether the node is in trouble at this moment. */
export type Strained = () => boolean;

const SAMPLE_MS = 1_000;
/** In trouble for so long without a break. */
const LASTS_MS = 1_500;
/** A heap that is so full is collected all the time. */
const FULL = 0.93;

/** `lateMs`: by how much the event loop may be late on average. */
export async function openPressure(clock: Clock, lateMs: number): Promise<Pressure> {
  // A server that never listens: its plugin measures for all that do.
  const gauge = Fastify();
  await gauge.register(underPressure, { maxEventLoopDelay: lateMs, maxHeapUsedBytes: FULL * getHeapStatistics().heap_size_limit, sampleInterval: SAMPLE_MS });
  return { isHigh: lasting(clock, () => gauge.isUnderPressure()), close: () => void gauge.close() };
}

/** True once it is strained each time that somebody looks, for long enough. Nobody looking for a while ends it. */
export function lasting(clock: Clock, isStrained: Strained): () => boolean {
  let since: number | undefined;
  let lookedAt = 0;
  return () => {
    if (!isStrained()) {
      since = undefined;
      return false;
    }
    const now = clock.monotonic();
    if (since === undefined || now - lookedAt > 2 * SAMPLE_MS) since = now;
    lookedAt = now;
    return now - since >= LASTS_MS;
  };
}
