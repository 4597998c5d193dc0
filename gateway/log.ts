// The node's log: one JSON object a line, to `logs/node.log` and, from warnings up, to stderr. Secrets are cut out by name.
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
const SECRETS = ['token', 'ticket', 'ownerToken', 'adminToken', 'nonce', 'authorization', 'password', 'secret', 'cookie', 'env'];

export function openLog({ dir, level, instance, stderr }: LogOptions): Log {
  const file = join(dir, 'node.log');
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) renameSync(file, `${file}.1`);
  const streams = pino.multistream([
    { level: streamLevel(level), stream: pino.destination({ dest: file, sync: true, mode: 0o600 }) },
    { level: streamLevel(stderr), stream: pino.destination({ dest: 2, sync: true }) },
  ]);
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' };
  return pino({ level: level === 'silent' ? 'silent' : 'debug', base: { instance }, redact, timestamp: pino.stdTimeFunctions.isoTime }, streams);
}

/** Pino has no silent stream. */
function streamLevel(level: LogLevel): string {
  return level === 'silent' ? 'fatal' : level;
}
