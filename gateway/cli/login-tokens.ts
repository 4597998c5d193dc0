// Tokens of a stored login for the doors of its node: remembered while they are good, renewed when they are not. A renewal is done by one
// process at a time, and what it brought serves the others.
import { codedError } from '../../runtime/index.ts';
import { doorsBeside, renew, type Way } from './oauth-client.ts';
import type { StoredLogin, StoredLogins } from './stored-logins.ts';

export type DoorTokens = (door: 'rpc' | 'api') => Promise<string>;

/** Before it expires on the way. */
const SPARE_MS = 30_000;

/** Its functions reject with `LoginNeeded` or `NodeUnreachable`. */
export function loginTokens(logins: StoredLogins, issuer: string, way: Way): DoorTokens {
  const { clock } = way;
  const good = (login: StoredLogin | undefined, door: string): string | undefined => {
    const access = login?.access[door];
    return access !== undefined && access.expiresAt - SPARE_MS > clock.now() ? access.token : undefined;
  };
  return async (door) => {
    const known = good(logins.find(issuer), door);
    if (known !== undefined) return known;
    const renewed = await logins.change(issuer, async (login) => {
      if (login === undefined || good(login, door) !== undefined) return login;
      const { accessToken, expiresAt, refreshToken } = await renew(issuer, { refreshToken: login.refreshToken, resource: doorsBeside(issuer)[door] }, way);
      return { ...login, refreshToken, access: { ...login.access, [door]: { token: accessToken, expiresAt } } };
    });
    const token = good(renewed, door);
    if (token === undefined) throw codedError('LoginNeeded', { issuer, reason: 'you are logged out there' });
    return token;
  };
}
