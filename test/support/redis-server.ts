// Debian's Redis server of a test: on a free port of loopback, with a password, nothing on disk; ended with the test.
import { createClient } from '@redis/client';
import { type ChildProgram, startProgram } from './child-program.ts';
import { freePort } from './free-port.ts';

export const REDIS_PASSWORD = 'word-of-the-redis';

/** Files of a certificate: then it speaks TLS and nothing else. */
export interface RedisTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

export interface RedisServer {
  readonly port: number;
  /** With the password. */
  readonly url: string;
  /** Again, on the same port, with nothing in it. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** It takes connections and answers nobody, until it goes on. */
  hang(): void;
  goOn(): void;
  /** One figure of INFO. */
  figure(name: string): Promise<number>;
  keys(): Promise<readonly string[]>;
  /** For how long it still keeps each, in ms; negative for ever. */
  lifetimes(): Promise<readonly number[]>;
  /** Every byte that it holds. */
  content(): Promise<string>;
}

const READY_MS = 30_000;
const END_MS = 30_000;

/** `folder`: where it is at home; it leaves nothing there. */
export async function redisServer(folder: string, tls?: RedisTls): Promise<RedisServer> {
  const port = await freePort();
  const way = tls === undefined ? ['--port', `${port}`] : ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no'];
  const files = tls === undefined ? [] : ['--tls-cert-file', tls.certFile, '--tls-key-file', tls.keyFile, '--tls-ca-cert-file', tls.caFile];
  const args = ['--bind', '127.0.0.1', ...way, ...files, '--requirepass', REDIS_PASSWORD, '--save', '', '--appendonly', 'no', '--dir', folder];
  let server: ChildProgram | undefined;
  const url = `${tls === undefined ? 'redis' : 'rediss'}://:${REDIS_PASSWORD}@127.0.0.1:${port}`;
  const asked = async <T>(ask: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> => {
    const client = createClient({ url: url.replace('rediss', 'redis'), RESP: 2 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await ask(client as ReturnType<typeof createClient>);
    } finally {
      client.destroy();
    }
  };
  return {
    port,
    url,
    async start() {
      server = startProgram('redis-server', args, { cwd: folder, env: { PATH: process.env.PATH } });
      await server.until(({ stdout }) => (stdout().includes('Ready to accept connections') ? true : undefined), READY_MS);
    },
    async kill() {
      server?.signalGroup('SIGKILL');
      await server?.ended(END_MS);
    },
    hang: () => server?.signal('SIGSTOP'),
    goOn: () => server?.signal('SIGCONT'),
    figure: (name) => asked(async (client) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await client.info())?.[1])),
    keys: () => asked((client) => client.keys('*')),
    lifetimes: () => asked(async (client) => Promise.all((await client.keys('*')).map((key) => client.pTTL(key)))),
    content: () =>
      asked(async (client) => {
        const keys = await client.keys('*');
        return JSON.stringify(await Promise.all(keys.map(async (key) => [key, await client.get(key)])));
      }),
  };
}
