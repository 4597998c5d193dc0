import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedClock } from '../../../runtime/index.ts';
import { type ConnectOptions, type RedisConnection, type RedisPlace, wordOf } from '../../../transports/redis/redis-connection.ts';
import { openRemoteBytes, type RemoteReport } from '../../../transports/redis/remote-bytes.ts';
import { settle } from '../../support/settle.ts';

const PLACE: RedisPlace = { host: '127.0.0.1', port: 1, secure: false, username: null, password: 'hidden', database: 0, ca: null };
const MOST_BYTES = 100;
const bytes = (text: string): Buffer => Buffer.from(text);

/** A server of a test: what it holds outlives its connections. */
class Server {
  readonly held = new Map<string, Buffer>();
  readonly asked: string[] = [];
  readonly waiting: Array<() => void> = [];
  connects = 0;
  closed = 0;
  mood: 'well' | 'hung' | 'gone' | 'full' = 'well';
  #onEnd: (why: string) => void = () => undefined;

  connect = async ({ onEnd }: ConnectOptions): Promise<RedisConnection> => {
    this.connects += 1;
    if (this.mood === 'gone') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    this.#onEnd = onEnd;
    return {
      get: async (key, most) => {
        this.asked.push(key);
        await this.#answer();
        return (this.held.get(key) ?? Buffer.alloc(0)).subarray(0, most);
      },
      set: async (key, value) => {
        await this.#answer();
        if (this.mood === 'full') throw new Error("OOM command not allowed when used memory > 'maxmemory'.");
        this.held.set(key, value);
      },
      close: () => {
        this.closed += 1;
      },
    };
  };

  /** Those who wait are answered now. */
  goOn(): void {
    this.mood = 'well';
    for (const one of this.waiting.splice(0)) one();
  }

  cut(): void {
    this.mood = 'gone';
    this.#onEnd('the connection was cut');
  }

  async #answer(): Promise<void> {
    if (this.mood === 'hung') await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

async function opened(server = new Server()) {
  const clock = new SimulatedClock();
  const told: RemoteReport[] = [];
  const store = openRemoteBytes({ place: PLACE, clock, ttlMs: 1_000, mostBytes: MOST_BYTES, onChange: (report) => void told.push(report), connect: server.connect });
  onTestFinished(() => store.close());
  await settle();
  /** Settled already, without any time going by. */
  const atOnce = async (key: string) => {
    let found: Buffer | 'waits' | undefined = 'waits';
    store.find(key).then((answer) => {
      found = answer;
    });
    await settle();
    return found;
  };
  return { server, clock, store, told, atOnce };
}

describe('bytes in a Redis', () => {
  it('are found again as they were kept, and nothing else is', async () => {
    const { store } = await opened();
    store.keep('one', Buffer.from([0, 255, 1]));
    await settle();
    expect([await store.find('one'), await store.find('two')]).toEqual([Buffer.from([0, 255, 1]), undefined]);
  });

  it('that are too large are neither kept nor read', async () => {
    const { store, server } = await opened();
    for (const [key, size] of [
      ['fits', MOST_BYTES],
      ['large', MOST_BYTES + 1],
    ] as const)
      store.keep(key, Buffer.alloc(size));
    server.held.set('planted', Buffer.alloc(MOST_BYTES * 1_000));
    await settle();
    expect([[...server.held.keys()].sort(), (await store.find('fits'))?.length, await store.find('planted')]).toEqual([['fits', 'planted'], MOST_BYTES, undefined]);
  });

  it('cost whoever asks first 25 ms where the server hangs, and those who come after nothing at all', async () => {
    const { server, clock, store, atOnce, told } = await opened();
    server.mood = 'hung';
    const first = store.find('one');
    await clock.advance(24);
    expect(store.report().state).toBe('ready');
    await clock.advance(1);
    expect([await first, await atOnce('two'), await atOnce('three')]).toEqual([undefined, undefined, undefined]);
    expect([server.asked, server.closed, told.at(-1)]).toEqual([['one'], 1, { state: 'away', problem: 'no answer' }]);
  });

  it('are there for whoever asked in time though this process itself looked late', async () => {
    const { server, clock, store } = await opened();
    server.held.set('one', bytes('here'));
    server.mood = 'hung';
    const first = store.find('one');
    // In the turn of the loop in which the wait is over the answer is read too, after it.
    await clock.advance(24);
    server.goOn();
    await settle();
    await clock.advance(10);
    expect([await first, store.report().state]).toEqual([bytes('here'), 'ready']);
  });

  it('are looked for again in the background, less and less often, until the server is back', async () => {
    const { server, clock, atOnce, store, told } = await opened();
    server.cut();
    const tries: number[] = [];
    for (let second = 0; second < 100; second++) {
      const before = server.connects;
      await clock.advance(1_000);
      await settle();
      expect(await atOnce('one')).toBeUndefined();
      if (server.connects > before) tries.push(second + 1);
    }
    expect(tries).toEqual([1, 3, 7, 15, 31, 61, 91]);
    server.held.set('one', bytes('warm'));
    server.goOn();
    await clock.advance(30_000);
    await settle();
    expect([await store.find('one'), store.report()]).toEqual([bytes('warm'), { state: 'ready', problem: null }]);
    expect(told.map(({ state, problem }) => `${state} ${problem}`)).toEqual(['ready null', 'away the connection was cut', 'away ECONNREFUSED', 'ready null']);
    // From the beginning.
    server.cut();
    server.goOn();
    await clock.advance(1_000);
    await settle();
    expect(store.report().state).toBe('ready');
  });

  it('are read on from a server that takes nothing, which is told of until it takes some again', async () => {
    const { server, store } = await opened();
    server.held.set('one', bytes('here'));
    server.mood = 'full';
    store.keep('two', bytes('more'));
    await settle();
    expect([store.report(), await store.find('one')]).toEqual([{ state: 'ready', problem: 'takes nothing: OOM' }, bytes('here')]);
    server.mood = 'well';
    store.keep('two', bytes('more'));
    await settle();
    expect(store.report()).toEqual({ state: 'ready', problem: null });
  });

  it('never wait in a long line: beyond 32 nobody asks a server that does not keep up', async () => {
    const { server, store, atOnce } = await opened();
    server.mood = 'hung';
    for (let n = 0; n < 50; n++) store.keep(`key ${n}`, bytes('text'));
    await settle();
    expect([server.waiting.length, await atOnce('one')]).toEqual([32, undefined]);
    server.goOn();
    await settle();
    expect(await store.find('key 31')).toEqual(bytes('text'));
  });

  it('are gone with their owner: nothing connects any more', async () => {
    const { server, clock, store, atOnce } = await opened();
    server.cut();
    store.close();
    await clock.advance(100_000);
    expect([server.connects, await atOnce('one')]).toEqual([1, undefined]);
  });
});

it.each([
  [Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [new Error('WRONGPASS invalid username-password pair or user is disabled.'), 'WRONGPASS'],
  [new Error("password 'hidden' was said"), 'the connection was cut'],
  [new Error('Hidden'), 'the connection was cut'],
  ['hidden', 'the connection was cut'],
])('an error of the client is a word of its own and nothing that it quotes: %s', (error, word) => expect(wordOf(error)).toBe(word));
