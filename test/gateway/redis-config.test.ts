import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRedisConfig, redisName } from '../../gateway/redis-config.ts';
import { privateFolder } from '../support/private-folder.ts';

const read = (url: string | undefined) => readRedisConfig({ REDIS_URL: url }, '/');
const PLAIN = { host: '127.0.0.1', port: 6379, secure: false, username: null, password: null, database: 0 };

describe('the Redis of a node', () => {
  it.each([
    ['redis://127.0.0.1', PLAIN],
    [' redis://127.0.0.1:7000/3 ', { ...PLAIN, port: 7000, database: 3 }],
    ['redis://:p%40ss@127.0.0.1/', { ...PLAIN, password: 'p@ss' }],
    ['rediss://ann:word@cache.example:6380/0', { ...PLAIN, host: 'cache.example', port: 6380, secure: true, username: 'ann', password: 'word' }],
    ['redis://[::1]:7000', { ...PLAIN, host: '::1', port: 7000 }],
  ])('is where %s says', (url, place) => expect(read(url)).toEqual(place));

  it.each([undefined, '', '  '])('is none where nothing is said: %s', (url) => expect(read(url)).toBeNull());

  it.each([
    ['hidden', 'holds no URL'],
    ['http://ann:hidden@127.0.0.1', 'begins with neither redis:// nor rediss://'],
    ['redis://', 'without a host'],
    ['redis://ann:hidden@127.0.0.1/cache', 'more behind the port than the number of a database'],
    ['redis://ann:hidden@127.0.0.1/0?tls=1', 'more behind the port'],
    ['redis://ann:hidden%@127.0.0.1', 'a % that is not written as %25'],
  ])('is refused where %s makes no sense, and nothing of it is shown', (url, problem) => {
    const refusal = (): unknown => read(url);
    expect(refusal).toThrow(expect.objectContaining({ code: 'InvalidConfig', message: expect.stringContaining(problem) }));
    expect(refusal).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hidden') }));
  });

  it('may stand in a file of its own, and not in two places', () => {
    const folder = privateFolder();
    writeFileSync(join(folder, 'redis'), 'rediss://:word@cache.example\n');
    expect(readRedisConfig({ REDIS_URL_FILE: 'redis' }, folder)).toMatchObject({ host: 'cache.example', password: 'word' });
    expect(() => readRedisConfig({ REDIS_URL_FILE: 'none' }, folder)).toThrow(/^REDIS_URL_FILE: there is no .*none; name a file/);
    expect(() => readRedisConfig({ REDIS_URL_FILE: 'redis', REDIS_URL: 'redis://a' }, folder)).toThrow('REDIS_URL_FILE: is set, and REDIS_URL is too; set one of them');
  });

  it('is named without user and password', () => {
    expect(['redis://ann:hidden@cache.example', 'redis://[::1]:7000'].map((url) => redisName(read(url) ?? PLAIN))).toEqual(['cache.example:6379', '[::1]:7000']);
  });
});
