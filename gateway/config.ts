// What a node is told from outside: flags first, then TROUPE_ variables, then defaults. PORT is never read.
import { resolve } from 'node:path';
import { z } from 'zod';
import { type Env, read } from './config-field.ts';
import { type DoorConfig, readDoorConfig } from './door-config.ts';
import { LARGEST_OFFSET, type Site } from './ports.ts';
import { type RedisConfig, readRedisConfig } from './redis-config.ts';
import { readTlsConfig, type TlsSettings } from './tls/tls-config.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface NodeConfig extends DoorConfig, TlsSettings {
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute; null: the default file if it is there, else the built-in fleet. */
  readonly fleetFile: string | null;
  readonly portOffset: number;
  readonly host: string;
  readonly logLevel: LogLevel;
  /** Ends the process when its event loop was blocked for so long; null: never, it is only told of. */
  readonly endBlockedMs: number | null;
  /** OAuth clients may be named by a URL that their metadata is fetched from. */
  readonly clientDocuments: boolean;
  /** Null: none is used. */
  readonly redis: RedisConfig | null;
}

/** As typed on a command line. */
export interface ConfigFlags {
  readonly data?: string | undefined;
  readonly config?: string | undefined;
  readonly portOffset?: string | undefined;
  readonly host?: string | undefined;
}

const words = z.string().trim().min(1);
const offset = z
  .string()
  .regex(/^\d+$/)
  .transform(Number)
  .refine((value) => value <= LARGEST_OFFSET);
/** Below this a slow step would end the node. */
const SHORTEST_END_MS = 10_000;
const endBlocked = z
  .string()
  .regex(/^\d+$/)
  .transform(Number)
  .refine((ms) => ms >= SHORTEST_END_MS);
const host = z.union([z.ipv4(), z.ipv6(), z.literal('localhost').transform(() => '127.0.0.1')]);

/** Throws `InvalidConfig`, naming the flag or variable and the fix. */
export function readConfig({ flags, env, cwd }: { readonly flags: ConfigFlags; readonly env: Env; readonly cwd: string }): NodeConfig {
  const text = (option: string, variable: string, flag: string | undefined, fallback: string | null) =>
    read<string | null>({ flag, option, variable, schema: words, fallback, problem: 'is no path', fix: 'name a file or folder' }, env);
  const fleetFile = text('--config', 'TROUPE_CONFIG', flags.config, null);
  return {
    dataDir: resolve(cwd, text('--data', 'TROUPE_DATA', flags.data, null) ?? '.troupe'),
    fleetFile: fleetFile === null ? null : resolve(cwd, fleetFile),
    portOffset: read(
      {
        flag: flags.portOffset,
        option: '--port-offset',
        variable: 'TROUPE_PORT_OFFSET',
        schema: offset,
        fallback: 0,
        problem: `is no whole number from 0 to ${LARGEST_OFFSET}`,
        fix: 'give for example 100: every default port is shifted by it',
      },
      env,
    ),
    host: read(
      { flag: flags.host, option: '--host', variable: 'TROUPE_HOST', schema: host, fallback: '127.0.0.1', problem: 'is no IP address', fix: 'give for example 127.0.0.1' },
      env,
    ),
    endBlockedMs: read<number | null>(
      {
        option: '',
        variable: 'TROUPE_END_BLOCKED_MS',
        schema: endBlocked,
        fallback: null,
        problem: `is no time of at least ${SHORTEST_END_MS} ms`,
        fix: 'give for example 60000, where something starts the node again: a step that never ends then ends the process, and is found',
      },
      env,
    ),
    clientDocuments: read<boolean>(
      {
        option: '',
        variable: 'TROUPE_CLIENT_DOCUMENTS',
        schema: z.enum(['on', 'off']).transform((word) => word === 'on'),
        fallback: false,
        problem: 'is neither on nor off',
        fix: 'say on where this node may fetch the metadata of OAuth clients from the internet',
      },
      env,
    ),
    ...readDoorConfig(env),
    ...readTlsConfig(env, cwd),
    redis: readRedisConfig(env, cwd),
    logLevel: read(
      {
        option: '',
        variable: 'TROUPE_LOG_LEVEL',
        schema: z.enum(LOG_LEVELS),
        fallback: 'info',
        problem: 'is no log level',
        fix: `give one of ${LOG_LEVELS.join(', ')}`,
      },
      env,
    ),
  };
}

/** By the name of its certificate, where it has one. */
export function siteOf({ tls, host }: Pick<NodeConfig, 'tls' | 'host'>): Site {
  return { host: tls?.name ?? host, secure: tls !== null };
}
