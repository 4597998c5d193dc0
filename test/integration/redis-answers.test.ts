// Answers that a node keeps in a real Redis: found again after the node was started anew, done without while the Redis is dead or hangs,
// and never with a word of its password.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authority, layDown } from '../support/certificates.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, troupe, up } from '../support/node-process.ts';
import { REDIS_PASSWORD, type RedisServer, redisServer } from '../support/redis-server.ts';
import { verbsOf } from './verbs.ts';

const SOON_MS = 60_000;
const READS = ['/plans', '/tasks', '/requests', '/deployments'];

let at: NodePlace;
let node: NodeProcess;
let redis: RedisServer;
let looks = 0;
const { authorized, planFile, runPlan } = verbsOf(() => at);

interface Checks {
  readonly checks: ReadonlyArray<{ readonly name: string; readonly status: string; readonly detail: string }>;
}

const read = async (path: string): Promise<string> => {
  const answer = await fetch(`${at.urls.api}/api/v1${path}`, { headers: authorized() });
  expect(answer.status).toBe(200);
  return answer.text();
};
const readAll = async (): Promise<readonly string[]> => {
  const texts: string[] = [];
  for (const path of READS) texts.push(await read(path));
  return texts;
};
const redisHealth = async (): Promise<{ readonly status: string; readonly detail: string } | undefined> => {
  const { components } = (await (await fetch(`${at.urls.health}/health`)).json()) as { components: Array<{ name: string; status: string; detail: string }> };
  return components.find(({ name }) => name === 'redis');
};
const untilHealth = (status: string, detail: RegExp) =>
  eventually(
    `redis is ${status}`,
    async () => {
      // A server that hangs is noticed by whoever asks it.
      looks += 1;
      await read(`/tasks?limit=${1 + (looks % 500)}`);
      const health = await redisHealth();
      return health?.status === status && detail.test(health.detail);
    },
    SOON_MS,
  );
const doctor = async (more: Readonly<Record<string, string>> = {}) => {
  const ended = await troupe(at, ['doctor', '--json'], { env: more });
  expect(ended.stdout + ended.stderr).not.toContain(REDIS_PASSWORD);
  return ended.json<Checks>().checks.find(({ name }) => name === 'redis');
};

beforeAll(async () => {
  at = await nodePlace();
  redis = await redisServer(at.folder);
  Object.assign(at.env, { REDIS_URL: redis.url });
  await redis.start();
  mkdirSync(join(at.folder, 'work'));
  writeFileSync(
    join(at.folder, 'troupe.yaml'),
    'agents:\n  - { name: supervisor, role: supervisor, port: 8089 }\n  - { name: testing, role: worker, port: 8094, capabilities: [testing] }\n',
  );
  node = await up(at);
  const steps = [{ bash: 'echo here', idempotent: true }];
  expect((await runPlan(planFile('small', [{ id: 'one', agent: 'testing', steps }]))).code).toBe(0);
  await untilHealth('ok', /^keeps answers$/);
});
afterAll(async () => {
  redis.goOn();
  const ended = await node.stop();
  await redis.kill();
  const left = at.left();
  await at.close();
  expect([ended.code, left]).toEqual([0, []]);
});

describe('answers in a Redis', () => {
  it('are found by a node that was started anew, and say the same', async () => {
    const before = await readAll();
    await eventually('they are kept', async () => (await redis.keys()).length >= READS.length, SOON_MS);
    await node.stop();
    node = await up(at);
    await eventually('the node is connected', async () => (await redisHealth())?.detail === 'keeps answers', SOON_MS);
    const hits = await redis.figure('keyspace_hits');
    expect(await readAll()).toEqual(before);
    expect((await redis.figure('keyspace_hits')) - hits).toBeGreaterThanOrEqual(READS.length);
  });

  it('cannot be read there, and what lies there for a while goes by itself', async () => {
    await readAll();
    const content = await redis.content();
    expect([content.includes('troupe:answer:'), content.includes('testing'), content.includes('succeeded')]).toEqual([true, false, false]);
    expect((await redis.lifetimes()).filter((ms) => ms <= 0 || ms > 3_600_000)).toEqual([]);
  });

  it('are done without while it is dead, which health and doctor say, and kept again once it is back', async () => {
    const before = await readAll();
    await redis.kill();
    await untilHealth('degraded', /^away \(.*\): answers are kept in memory alone$/);
    expect(await readAll()).toEqual(before);
    expect(await doctor()).toMatchObject({ status: 'warning', detail: expect.stringMatching(/^127\.0\.0\.1:\d+ is away: ECONNREFUSED$/) });
    await redis.start();
    await untilHealth('ok', /^keeps answers$/);
    await read('/plans?limit=7');
    await eventually('answers are kept again', async () => (await redis.keys()).length > 0, SOON_MS);
    expect(await doctor()).toMatchObject({ status: 'ok', detail: expect.stringContaining('lets this node in at 127.0.0.1') });
  });

  it('are done without while it hangs: nobody waits for it to go on', async () => {
    redis.hang();
    await untilHealth('degraded', /^away \(no answer\)/);
    // It answers nobody all the while.
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => read(`/requests?limit=${n + 1}`)));
    expect(answers.length).toBe(200);
    expect((await redisHealth())?.status).toBe('degraded');
    redis.goOn();
    await untilHealth('ok', /^keeps answers$/);
  });

  it('are none for a node with a wrong password: it starts, answers, and says why', async () => {
    expect(await doctor({ REDIS_URL: `redis://:another@127.0.0.1:${redis.port}` })).toMatchObject({ status: 'warning', detail: expect.stringMatching(/is away: WRONGPASS$/) });
    expect(await doctor({ REDIS_URL: '' })).toMatchObject({ status: 'ok', detail: 'none: answers are kept in memory alone' });
  });

  it('leave no trace of the password in what the node has written', () => {
    const written = readdirSync(at.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(written.length).toBeGreaterThan(3);
    const telling = written.filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(REDIS_PASSWORD));
    expect(telling.map(({ name }) => name)).toEqual([]);
    expect(readFileSync(join(at.data, 'logs', 'node.log'), 'utf8')).toContain(`"redis":"127.0.0.1:${redis.port}"`);
  });
});

it('a Redis that speaks TLS is believed by the authority that the node was told of', async () => {
  const [issuer, stranger] = [authority(), authority('another authority')];
  const folder = join(at.folder, 'redis-tls');
  mkdirSync(folder);
  const caFile = join(folder, 'ca.pem');
  const strangerFile = join(folder, 'stranger.pem');
  writeFileSync(caFile, issuer.cert);
  writeFileSync(strangerFile, stranger.cert);
  const secure = await redisServer(folder, { ...layDown(folder, issuer.issue()), caFile });
  await secure.start();
  const looked = (ca: string) => doctor({ REDIS_URL: secure.url, TROUPE_TLS_CA: ca });
  expect(await looked(caFile)).toMatchObject({ status: 'ok' });
  expect(await looked(strangerFile)).toMatchObject({ status: 'warning', detail: expect.stringMatching(/is away: (UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/) });
  await secure.kill();
});
