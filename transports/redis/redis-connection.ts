// One connection to a Redis server, from the handshake to its end. It never connects again by itself, and an error of it is told in a word
// that holds no password: an error code of the system, or the word that Redis begins its refusals with.
import { isIP } from 'node:net';
import type { Clock } from '../../runtime/index.ts';

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  /** Speaks TLS. */
  readonly secure: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
  /** Authorities that its certificate may come from; null: those that Node.js knows. */
  readonly ca: readonly string[] | null;
}

export interface RedisConnection {
  /** At most so many bytes of it, none where there is no such key. */
  get(key: string, mostBytes: number): Promise<Buffer>;
  set(key: string, bytes: Buffer, ttlMs: number): Promise<void>;
  /** Rejects what is under way. */
  close(): void;
}

export interface ConnectOptions {
  readonly place: RedisPlace;
  readonly clock: Clock;
  /** Told once, when it was cut. */
  readonly onEnd: (why: string) => void;
  readonly signal: AbortSignal;
}

const CONNECT_MS = 3_000;
const NOTHING = Buffer.alloc(0);

/** Loads the client at its first use. Rejects when it is not connected, and let in, within three seconds. */
export async function connectRedis({ place, clock, onEnd, signal }: ConnectOptions): Promise<RedisConnection> {
  const { createClient, RESP_TYPES } = await import('@redis/client');
  const { host, port, secure, username, password, database, ca } = place;
  const way = { host, port, connectTimeout: CONNECT_MS, reconnectStrategy: false as const };
  const trust = { tls: true as const, ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === null ? {} : { ca: [...ca] }) };
  const client = createClient({
    // Understood by every Redis and its kin.
    RESP: 2,
    database,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    socket: secure ? { ...way, ...trust } : way,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  client.on('error', (error: unknown) => onEnd(wordOf(error)));
  const close = (): void => client.destroy();
  // Also one that is stopped takes connections: the kernel does.
  const late = clock.after(CONNECT_MS, close);
  signal.addEventListener('abort', close, { once: true });
  try {
    await client.connect();
  } catch (error) {
    close();
    throw error;
  } finally {
    late();
    signal.removeEventListener('abort', close);
  }
  return {
    get: async (key, mostBytes) => (await bytes.getRange(key, 0, mostBytes - 1)) ?? NOTHING,
    async set(key, value, ttlMs) {
      await client.set(key, value, { expiration: { type: 'PX', value: ttlMs } });
    },
    close,
  };
}

/** Of an error of the client: for logs, health and people. */
export function wordOf(error: unknown): string {
  const { code, message, name } = error as { readonly code?: unknown; readonly message?: unknown; readonly name?: unknown };
  if (typeof code === 'string' && WORD.test(code)) return code;
  const [first = ''] = String(message).split(' ');
  if (WORD.test(first)) return first;
  return name === 'DisconnectsClientError' || name === 'ClientClosedError' ? 'no answer' : 'the connection was cut';
}

const WORD = /^[A-Z][A-Z0-9_]{2,60}$/;
