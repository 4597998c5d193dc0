// Bytes that are kept in a Redis server for a while, and that everybody can do without. Nobody ever waits for it longer than 25
// milliseconds, and whoever asks while it is away does not wait at all; it is looked for again in the background. Nothing here rejects.
import type { Clock } from '../../runtime/index.ts';
import { type ConnectOptions, connectRedis, type RedisConnection, type RedisPlace, wordOf } from './redis-connection.ts';

export interface RemoteBytes {
  /** Undefined where it has none, or cannot say so at once. */
  find(key: string): Promise<Buffer | undefined>;
  /** Some time soon, or not at all. */
  keep(key: string, bytes: Buffer): void;
  report(): RemoteReport;
  close(): void;
}

export interface RemoteReport {
  readonly state: 'connecting' | 'ready' | 'away';
  /** Why it is away, or takes nothing; null when all is well. */
  readonly problem: string | null;
}

export interface RemoteBytesOptions {
  readonly place: RedisPlace;
  readonly clock: Clock;
  readonly ttlMs: number;
  /** What is larger is neither kept nor read. */
  readonly mostBytes: number;
  /** Told whenever the report is another. */
  onChange(report: RemoteReport): void;
  /** Default a real one. */
  readonly connect?: (options: ConnectOptions) => Promise<RedisConnection>;
}

const ANSWER_MS = 24;
const NEXT_TURN_MS = 1;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** A server that is slow is not made slower, and what waits for it is bounded. */
const MOST_UNDER_WAY = 32;

export function openRemoteBytes(options: RemoteBytesOptions): RemoteBytes {
  return new Remote(options);
}

class Remote implements RemoteBytes {
  readonly #options: RemoteBytesOptions;
  readonly #closed = new AbortController();
  #connection: RedisConnection | undefined;
  #report: RemoteReport = { state: 'connecting', problem: null };
  #retryMs = FIRST_RETRY_MS;
  #underWay = 0;
  #cancelRetry = (): void => undefined;

  constructor(options: RemoteBytesOptions) {
    this.#options = options;
    this.#connect();
  }

  async find(key: string): Promise<Buffer | undefined> {
    const connection = this.#connection;
    const { mostBytes } = this.#options;
    if (connection === undefined || this.#underWay >= MOST_UNDER_WAY) return undefined;
    // One byte more tells that it is larger.
    const answer = await this.#soon(connection, this.#counted(connection.get(key, mostBytes + 1)));
    return answer === undefined || answer.length === 0 || answer.length > mostBytes ? undefined : answer;
  }

  keep(key: string, bytes: Buffer): void {
    const connection = this.#connection;
    const { mostBytes, ttlMs } = this.#options;
    if (connection === undefined || bytes.length > mostBytes || this.#underWay >= MOST_UNDER_WAY) return;
    this.#counted(connection.set(key, bytes, ttlMs)).then(
      () => this.#say(connection, null),
      // One that is full, or may only be read, still answers.
      (error: unknown) => this.#say(connection, `takes nothing: ${wordOf(error)}`),
    );
  }

  report(): RemoteReport {
    return this.#report;
  }

  close(): void {
    this.#closed.abort();
    this.#cancelRetry();
    this.#connection?.close();
    this.#connection = undefined;
  }

  #counted<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    return work.finally(() => {
      this.#underWay -= 1;
    });
  }

  /** Undefined for what fails or is late: then it is away from now on. */
  #soon(connection: RedisConnection, asked: Promise<Buffer>): Promise<Buffer | undefined> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const lose = (why: string): void => {
        this.#lose(connection, why);
        resolve(undefined);
      };
      // Where this process itself was late an answer lies there already: it is taken before the second look.
      let cancel = clock.after(ANSWER_MS, () => {
        cancel = clock.after(NEXT_TURN_MS, () => lose('no answer'));
      });
      const settled = (then: () => void): void => {
        cancel();
        then();
      };
      asked.then(
        (answer) =>
          settled(() => {
            this.#retryMs = FIRST_RETRY_MS;
            resolve(answer);
          }),
        (error: unknown) => settled(() => lose(wordOf(error))),
      );
    });
  }

  #connect(): void {
    const { place, clock, connect = connectRedis } = this.#options;
    let own: RedisConnection | undefined;
    const onEnd = (why: string): void => {
      if (own !== undefined) this.#lose(own, why);
    };
    connect({ place, clock, onEnd, signal: this.#closed.signal }).then(
      (connection) => {
        if (this.#closed.signal.aborted) return connection.close();
        own = connection;
        this.#connection = connection;
        this.#change({ state: 'ready', problem: null });
      },
      (error: unknown) => this.#retry(wordOf(error)),
    );
  }

  #lose(connection: RedisConnection, why: string): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    connection.close();
    this.#retry(why);
  }

  #retry(why: string): void {
    if (this.#closed.signal.aborted) return;
    this.#change({ state: 'away', problem: why });
    this.#cancelRetry = this.#options.clock.after(this.#retryMs, () => this.#connect());
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #say(connection: RedisConnection, problem: string | null): void {
    if (this.#connection === connection) this.#change({ state: 'ready', problem });
  }

  #change(report: RemoteReport): void {
    const { state, problem } = this.#report;
    this.#report = report;
    if (state !== report.state || problem !== report.problem) this.#options.onChange(report);
  }
}
