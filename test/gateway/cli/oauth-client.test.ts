import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { beginDeviceLogin } from '../../../gateway/cli/oauth-client.ts';
import { systemClock } from '../../../runtime/index.ts';

/** A server that has forgotten the code by the time it is asked, as one does that throws away what has expired. */
async function forgetful(): Promise<string> {
  const server = createServer((request, response) => {
    const begun = request.url === '/device_authorization';
    response.writeHead(begun ? 200 : 400, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(begun ? { device_code: 'd', user_code: 'u', verification_uri: 'v', expires_in: 600, interval: 5 } : { error: 'invalid_grant', error_description: 'odd' }),
    );
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each([
  [600_000, 'nobody agreed in time'],
  [5_000, 'odd'],
])('a code that is refused after %i ms of the 600 s it is good: %s', async (laterMs, reason) => {
  let now = 0;
  const clock = {
    ...systemClock,
    monotonic: () => now,
    after: (delayMs: number, due: () => void) => {
      if (delayMs !== 5_000) return systemClock.after(delayMs, due);
      now += laterMs;
      return systemClock.after(0, due);
    },
  };
  const login = await beginDeviceLogin(await forgetful(), 'troupe:read', { clock, caFile: null });
  await expect(login.tokens()).rejects.toMatchObject({ code: 'LoginFailed', details: { reason } });
});
