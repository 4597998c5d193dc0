// The store of kept answers outside of this process, where Redis is configured. What becomes of it is told in the log, in health and by
// `troupe doctor`; no request ever fails for it.
import type { Clock } from '../../runtime/index.ts';
import { openRemoteBytes, type RedisPlace, type RemoteReport } from '../../transports/index.ts';
import { type SharedAnswers, sharedAnswers } from '../http/response-cache/shared-answers.ts';
import type { Sealing } from '../identity/sealing.ts';
import type { Log } from '../log.ts';
import { type RedisConfig, redisName } from '../redis-config.ts';
import { authoritiesOf } from '../tls/prove-trust.ts';
import { programBuild } from '../version.ts';

export interface SharedAnswersWish {
  /** Null: answers are kept in memory alone. */
  readonly redis: RedisConfig | null;
  readonly caFile: string | null;
  readonly sealing: Pick<Sealing, 'derive'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Answers are never out of date: this is how long one takes room that nobody asks for. */
const TTL_MS = 3_600_000;
const MOST_BYTES = 1_048_576;

/** Throws `InvalidConfig` for an unreadable file of authorities. */
export function openSharedAnswers({ redis, caFile, sealing, clock, log }: SharedAnswersWish): SharedAnswers | null {
  if (redis === null) return null;
  const name = redisName(redis);
  const onChange = ({ state, problem }: RemoteReport): void => {
    if (problem === null) log.info({ redis: name, state }, 'answers are kept in Redis too');
    else log.warn({ redis: name, state, why: problem }, 'answers are kept in memory alone: Redis is away, or takes nothing');
  };
  const store = openRemoteBytes({ place: placeOf(redis, caFile), clock, ttlMs: TTL_MS, mostBytes: MOST_BYTES, onChange });
  return sharedAnswers({ store, secret: sealing.derive('kept answers'), build: programBuild() });
}

/** Whether it lets this node in, within seconds. */
export function lookAtRedis(redis: RedisConfig, caFile: string | null, clock: Clock): Promise<RemoteReport> {
  return new Promise((resolve) => {
    const onChange = (report: RemoteReport): void => {
      store.close();
      resolve(report);
    };
    const store = openRemoteBytes({ place: placeOf(redis, caFile), clock, ttlMs: TTL_MS, mostBytes: MOST_BYTES, onChange });
  });
}

function placeOf(redis: RedisConfig, caFile: string | null): RedisPlace {
  return { ...redis, ca: redis.secure ? (authoritiesOf(caFile) ?? null) : null };
}
