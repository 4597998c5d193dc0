// Which Redis a node may use, as REDIS_URL or a file says. The URL may hold a password, so an error never shows any of it.
import { resolve } from 'node:path';
import { codedError } from '../runtime/index.ts';
import type { RedisPlace } from '../transports/index.ts';
import type { Env } from './config-field.ts';
import { readText } from './private-file.ts';

/** Without the authorities of its certificate, which are the node's. */
export type RedisConfig = Omit<RedisPlace, 'ca'>;

const URL_VARIABLE = 'REDIS_URL';
const FILE_VARIABLE = 'REDIS_URL_FILE';
const FORM = 'give redis://HOST:PORT, or rediss://USER:PASSWORD@HOST:PORT/DATABASE for TLS';
const DEFAULT_PORT = 6379;
const DATABASE = /^\/?(\d{0,4})$/;

/** Null: none. Throws `InvalidConfig`. */
export function readRedisConfig(env: Env, cwd: string): RedisConfig | null {
  const [text, file] = [given(env[URL_VARIABLE]), given(env[FILE_VARIABLE])];
  if (text !== undefined && file !== undefined) throw codedError('InvalidConfig', { source: FILE_VARIABLE, problem: `is set, and ${URL_VARIABLE} is too`, fix: 'set one of them' });
  if (text !== undefined) return placeIn(text, URL_VARIABLE);
  return file === undefined ? null : placeIn(fileText(resolve(cwd, file)), FILE_VARIABLE);
}

/** For people: no user, no password. */
export const redisName = ({ host, port }: RedisConfig): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

const given = (text: string | undefined): string | undefined => (text === undefined || text.trim() === '' ? undefined : text.trim());

function fileText(file: string): string {
  const text = readText(file)?.trim();
  if (text === undefined) throw codedError('InvalidConfig', { source: FILE_VARIABLE, problem: `there is no ${file}`, fix: 'name a file that holds the URL' });
  return text;
}

function placeIn(text: string, source: string): RedisConfig {
  const wrong = (problem: string): Error => codedError('InvalidConfig', { source, problem, fix: FORM });
  if (!URL.canParse(text)) throw wrong('holds no URL');
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== 'redis:' && protocol !== 'rediss:') throw wrong('holds a URL that begins with neither redis:// nor rediss://');
  if (hostname === '') throw wrong('holds a URL without a host');
  const database = DATABASE.exec(pathname)?.[1];
  if (database === undefined || search !== '' || hash !== '') throw wrong('holds a URL with more behind the port than the number of a database');
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? DEFAULT_PORT : Number(port),
    secure: protocol === 'rediss:',
    username: username === '' ? null : plain(username, wrong),
    password: password === '' ? null : plain(password, wrong),
    database: Number(database),
  };
}

function plain(encoded: string, wrong: (problem: string) => Error): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw wrong('holds a user or password with a % that is not written as %25');
  }
}
