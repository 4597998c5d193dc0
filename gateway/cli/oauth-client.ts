// The command line as an OAuth client: the device flow (RFC 8628), renewal and revocation, at the authorization server of a node.
import { type Clock, codedError } from '../../runtime/index.ts';
import { CLI_CLIENT, DEVICE_GRANT } from '../identity/clients.ts';
import { pause } from '../node/wait-until.ts';
import { DOORS, type DoorName, urlOf } from '../ports.ts';
import type { ClientFiles } from '../tls/client-config.ts';
import { causeHint, nodeFetch } from '../tls/node-fetch.ts';

export interface Tokens {
  readonly accessToken: string;
  /** Wall time, ms. */
  readonly expiresAt: number;
  readonly refreshToken: string;
  readonly scope: string;
}

export interface DeviceLogin {
  readonly userCode: string;
  readonly url: string;
  /** Resolves when a person has agreed. Rejects with `LoginFailed`. */
  tokens(): Promise<Tokens>;
}

interface Answer {
  readonly [member: string]: unknown;
  readonly error?: string;
  readonly error_description?: string;
}

/** What a request to an authorization server takes along. */
export interface Way {
  readonly clock: Clock;
  /** Of the authority that vouches for its certificate; null: one that Node.js knows. */
  readonly caFile: string | null;
  /** What it is shown where it asks for a certificate. Default nothing. */
  readonly shown?: ClientFiles | null;
}

type Form = ReadonlyArray<[string, string]>;

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const USUAL_INTERVAL_S = 5;
const REQUEST_MS = 10_000;

/** Doors of a node as its authorization server is named: all are shifted by one offset. Throws `InvalidInput`. */
export function doorsBeside(issuer: string): Readonly<Record<'rpc' | 'api', string>> {
  const { hostname, port, protocol } = URL.canParse(issuer) ? new URL(issuer) : { hostname: '', port: '', protocol: '' };
  const offset = Number(port) - DOORS.auth.port;
  if (!/^https?:$/.test(protocol) || !Number.isInteger(offset) || offset < 0)
    throw codedError('InvalidInput', {
      problem: `'${issuer}' is no authorization server of a node: name one like ${urlOf({ host: '127.0.0.1', secure: false }, DOORS.auth.port)}`,
    });
  const door = (name: DoorName): string => `${protocol}//${hostname}:${DOORS[name].port + offset}`;
  return { rpc: door('rpc'), api: door('api') };
}

/** Rejects with `LoginFailed` or `NodeUnreachable`. */
export async function beginDeviceLogin(issuer: string, scope: string, way: Way): Promise<DeviceLogin> {
  const { clock } = way;
  const { rpc, api } = doorsBeside(issuer);
  const asked = await post(
    issuer,
    '/device_authorization',
    [
      ['client_id', CLI_CLIENT],
      ['scope', scope],
      ['resource', rpc],
      ['resource', api],
    ],
    way,
  );
  if (asked.error !== undefined) throw failed(issuer, asked);
  const { device_code, user_code, verification_uri_complete, verification_uri, expires_in, interval } = asked;
  const until = clock.monotonic() + Number(expires_in) * 1_000;
  return {
    userCode: String(user_code),
    url: String(verification_uri_complete ?? verification_uri),
    async tokens() {
      for (let waitS = Number(interval ?? USUAL_INTERVAL_S); clock.monotonic() < until; ) {
        await pause(clock, waitS * 1_000);
        const answer = await post(
          issuer,
          '/token',
          [
            ['grant_type', DEVICE_GRANT],
            ['client_id', CLI_CLIENT],
            ['device_code', String(device_code)],
            ['resource', rpc],
          ],
          way,
        );
        if (answer.error === undefined) return tokensOf(answer, clock);
        if (clock.monotonic() >= until) break;
        if (answer.error === 'slow_down') waitS += USUAL_INTERVAL_S;
        else if (answer.error !== 'authorization_pending') throw failed(issuer, answer);
      }
      throw failed(issuer, { error: 'expired_token', error_description: 'nobody agreed in time' });
    },
  };
}

/** Rejects with `LoginNeeded` once the login has ended. */
export async function renew(issuer: string, { refreshToken, resource }: { readonly refreshToken: string; readonly resource: string }, way: Way): Promise<Tokens> {
  const answer = await post(
    issuer,
    '/token',
    [
      ['grant_type', 'refresh_token'],
      ['client_id', CLI_CLIENT],
      ['refresh_token', refreshToken],
      ['resource', resource],
    ],
    way,
  );
  if (answer.error !== undefined) throw codedError('LoginNeeded', { issuer, reason: answer.error_description ?? answer.error });
  return tokensOf(answer, way.clock);
}

/** The login and every token that came from it. */
export async function revoke(issuer: string, refreshToken: string, way: Way): Promise<void> {
  await post(
    issuer,
    '/revoke',
    [
      ['client_id', CLI_CLIENT],
      ['token', refreshToken],
    ],
    way,
  );
}

/** Who a token was given to, as its server says in it. It came from there just now: nothing is to be verified. */
export function nameIn(accessToken: string): string {
  const { name, sub } = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { readonly name?: string; readonly sub?: string };
  return name ?? String(sub);
}

function tokensOf({ access_token, refresh_token, scope, expires_in }: Answer, clock: Clock): Tokens {
  return { accessToken: String(access_token), refreshToken: String(refresh_token), scope: String(scope), expiresAt: clock.now() + Number(expires_in) * 1_000 };
}

const failed = (issuer: string, { error, error_description }: Answer): Error => codedError('LoginFailed', { issuer, reason: error_description ?? error });

async function post(issuer: string, path: string, form: Form, way: Way): Promise<Answer> {
  const response = await reach(`${issuer}${path}`, form, way);
  // Busy, or broken: that says nothing of the login.
  if (response.status === 429 || response.status >= 500) throw codedError('NodeUnreachable', { where: `at ${issuer}`, hint: ` (it answers ${response.status})` });
  const body = (await response.json().catch(() => ({}))) as Answer;
  // A refusal of the door itself is a problem (RFC 9457).
  const told = typeof body.detail === 'string' ? { error_description: body.detail } : {};
  return response.ok ? body : { error: `it answers ${response.status}`, ...told, ...body };
}

async function reach(url: string, form: Form, { clock, caFile, shown = null }: Way): Promise<Response> {
  const late = new AbortController();
  const cancel = clock.after(REQUEST_MS, () => late.abort());
  try {
    const body = new URLSearchParams([...form]).toString();
    return await nodeFetch(url, { method: 'POST', headers: FORM, body, signal: late.signal }, caFile, shown);
  } catch (error) {
    throw codedError('NodeUnreachable', { where: `at ${url}`, hint: causeHint(error) || ' (no answer)' });
  } finally {
    cancel();
  }
}
