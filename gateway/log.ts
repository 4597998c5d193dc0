// The node's log: one JSON object a line, to `logs/node.log` and, from warnings up, to stderr. Secrets are cut out by name. A log that
// cannot be written never ends its node: on a full disk lines are kept in memory up to a bound, and then dropped.
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import type { LogLevel } from './config.ts';

export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface LogOptions {
  readonly dir: string;
  readonly level: LogLevel;
  readonly instance: string;
  /** Level of what also goes to stderr. */
  readonly stderr: LogLevel;
}

const LARGEST_BYTES = 16_777_216;
/** Of lines that wait for a disk which takes none. */
const KEPT_BYTES = 1_048_576;
const SECRETS = ['token', 'ticket', 'ownerToken', 'adminToken', 'nonce', 'authorization', 'password', 'secret', 'cookie', 'env'];

export function openLog({ dir, level, instance, stderr }: LogOptions): Log {
  const file = join(dir, 'node.log');
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) renameSync(file, `${file}.1`);
  const streams = pino.multistream([
    { level: streamLevel(level), stream: destination(file) },
    { level: streamLevel(stderr), stream: destination(2) },
  ]);
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' };
  return pino({ level: level === 'silent' ? 'silent' : 'debug', base: { instance }, redact, timestamp: pino.stdTimeFunctions.isoTime }, streams);
}

/** Without a listener its errors would end the process; what it could not write it tries again with the next line. */
function destination(dest: string | number): pino.DestinationStream {
  const stream = pino.destination({ dest, sync: true, mode: 0o600, maxLength: KEPT_BYTES });
  stream.on('error', () => undefined);
  return stream;
}

/** Pino has no silent stream. */
function streamLevel(level: LogLevel): string {
  return level === 'silent' ? 'fatal' : level;
}
