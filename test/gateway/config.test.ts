import { expect, it } from 'vitest';
import { readConfig } from '../../gateway/config.ts';

const read = (flags = {}, env = {}) => readConfig({ flags, env, cwd: '/w' });

it('defaults to ./.troupe on loopback, and PORT is never read', () => {
  expect(read({}, { PORT: '1' })).toEqual({
    dataDir: '/w/.troupe',
    fleetFile: null,
    portOffset: 0,
    host: '127.0.0.1',
    logLevel: 'info',
    endBlockedMs: null,
    clientDocuments: false,
    requestsPerMinute: 12_000,
    busyAfterMs: 1_000,
    origins: [],
    redis: null,
    tls: null,
    caFile: null,
  });
});

it('a flag wins over its variable', () => {
  expect(read({ data: 'here', portOffset: '7' }, { TROUPE_DATA: '/there', TROUPE_PORT_OFFSET: '8' })).toMatchObject({ dataDir: '/w/here', portOffset: 7 });
});

it.each([
  [{ portOffset: '1e3' }, {}, "--port-offset: '1e3' is no whole number"],
  [{ portOffset: '60000' }, {}, "--port-offset: '60000' is no whole number from 0 to 55536"],
  [{}, { TROUPE_PORT_OFFSET: '-1' }, "TROUPE_PORT_OFFSET: '-1'"],
  [{ host: 'example.com' }, {}, "--host: 'example.com' is no IP address"],
  [{ data: '' }, {}, "--data: '' is no path"],
  [{}, { TROUPE_END_BLOCKED_MS: '500' }, "TROUPE_END_BLOCKED_MS: '500' is no time of at least 10000 ms"],
  [{}, { TROUPE_CLIENT_DOCUMENTS: 'yes' }, 'is neither on nor off'],
  [{}, { TROUPE_REQUESTS_PER_MINUTE: '0' }, "TROUPE_REQUESTS_PER_MINUTE: '0' is neither a whole number from 1 on nor off"],
  [{}, { TROUPE_BUSY_AFTER_MS: '10' }, 'is neither a time of at least 50 ms nor off'],
  [{}, { TROUPE_ORIGINS: '*' }, 'is no list of origins'],
  [{}, { TROUPE_ORIGINS: 'https://page.example/path' }, 'is no list of origins'],
  [{}, { TROUPE_LOG_LEVEL: 'loud' }, 'give one of debug, info'],
])('a wrong value is refused with its source and the fix: %j %j', (flags, env, words) => {
  expect(() => read(flags, env)).toThrow(words);
});

it('how often somebody may ask, and when everybody has to wait, can be switched off; origins are a list', () => {
  const env = { TROUPE_REQUESTS_PER_MINUTE: 'off', TROUPE_BUSY_AFTER_MS: 'off', TROUPE_ORIGINS: 'https://page.example, http://127.0.0.1:8000' };
  expect(read({}, env)).toMatchObject({ requestsPerMinute: null, busyAfterMs: null, origins: ['https://page.example', 'http://127.0.0.1:8000'] });
});
