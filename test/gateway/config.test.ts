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
  [{}, { TROUPE_LOG_LEVEL: 'loud' }, 'give one of debug, info'],
])('a wrong value is refused with its source and the fix: %j %j', (flags, env, words) => {
  expect(() => read(flags, env)).toThrow(words);
});
