// How the doors of a node hold against the world: how often somebody may ask, when everybody has to wait, and whose pages are let in.
import { z } from 'zod';
import { type Env, read } from './config-field.ts';

export interface DoorConfig {
  /** Of one principal at all doors together; null: as many as they like. */
  readonly requestsPerMinute: number | null;
  /** How late the event loop may be on average before requests are turned away; null: nobody is. */
  readonly busyAfterMs: number | null;
  /** Origins elsewhere whose pages may ask. */
  readonly origins: readonly string[];
}

const PER_MINUTE = 12_000;
const LATE_MS = 1_000;
const SHORTEST_LATE_MS = 50;

/** A whole number from `least` on, or `off`. */
const numberOrOff = (least: number) =>
  z.union([
    z.literal('off').transform(() => null),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number)
      .refine((value) => value >= least),
  ]);

/** As a browser says it: no path, no user, no port that goes without saying. */
const isOrigin = (text: string): boolean => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;

const originList = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine((all) => all.every(isOrigin));

/** Throws `InvalidConfig`. */
export function readDoorConfig(env: Env): DoorConfig {
  return {
    requestsPerMinute: read<number | null>(
      {
        option: '',
        variable: 'TROUPE_REQUESTS_PER_MINUTE',
        schema: numberOrOff(1),
        fallback: PER_MINUTE,
        problem: 'is neither a whole number from 1 on nor off',
        fix: `give how many requests one principal may make in a minute; default ${PER_MINUTE}`,
      },
      env,
    ),
    busyAfterMs: read<number | null>(
      {
        option: '',
        variable: 'TROUPE_BUSY_AFTER_MS',
        schema: numberOrOff(SHORTEST_LATE_MS),
        fallback: LATE_MS,
        problem: `is neither a time of at least ${SHORTEST_LATE_MS} ms nor off`,
        fix: `give how late the event loop may be before requests are turned away; default ${LATE_MS}`,
      },
      env,
    ),
    origins: read<readonly string[]>(
      {
        option: '',
        variable: 'TROUPE_ORIGINS',
        schema: originList,
        fallback: [],
        problem: 'is no list of origins',
        fix: 'give for example https://dashboard.example, several with commas between',
      },
      env,
    ),
  };
}
