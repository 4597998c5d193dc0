// Tokens of a stored login for the doors of its node: remembered while they are good, renewed when they are not. A renewal is done by one
// process at a time, and what it brought serves the others.
import { codedError, TroupeError } from '../../runtime/index.ts';
import { doorsBeside, renew, type Way } from './oauth-client.ts';
import type { StoredLogin, StoredLogins } from './stored-logins.ts';

export interface DoorTokens {
  (door: 'rpc' | 'api'): Promise<string>;
  /** The authorization server that gave them. */
  readonly issuer: string;
}

/** Before it expires on the way. */
const SPARE_MS = 30_000;

/** Its functions reject with `LoginNeeded` or `NodeUnreachable`. */
export function loginTokens(logins: StoredLogins, issuer: string, way: Way): DoorTokens {
  const { clock } = way;
  const good = (login: StoredLogin | undefined, door: string): string | undefined => {
    const access = login?.access[door];
    return access !== undefined && access.expiresAt - SPARE_MS > clock.now() ? access.token : undefined;
  };
  const tokens = async (door: 'rpc' | 'api'): Promise<string> => {
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
  return Object.assign(tokens, { issuer });
}

/** What a refusal means to whoever has logged in: that the login has ended, or that it does not go so far. */
export function refusedLogin(error: TroupeError, { issuer }: DoorTokens): Error {
  const { code, message, details } = error;
  if (code === 'TokenRefused') return codedError('LoginNeeded', { issuer, reason: message });
  if (code !== 'NotPermitted' || typeof details.permission !== 'string') return error;
  const scope = ['read', 'act', details.permission].filter((word, index, all) => all.indexOf(word) === index).join(' ');
  return new TroupeError(code, `${message}; \`troupe login --scope "${scope}"\` asks for it, where your roles go that far`, details);
}
