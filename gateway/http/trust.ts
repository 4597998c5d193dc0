// Whom a request comes from. Names in Host and Origin are checked against DNS rebinding; the admin token is compared in constant time,
// any other token is verified for the door that it came to.
import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { codedError, type TroupeError } from '../../runtime/index.ts';
import type { TokenVerifier } from '../identity/token-verifier.ts';
import { type Caller, PERMISSIONS } from '../operations/caller.ts';
import type { Site } from '../ports.ts';

export interface Trust {
  /** The address that servers are bound to. */
  readonly host: string;
  /** How clients come; where they come by TLS, so do pages of ours. Default: by that address, in plain HTTP. */
  readonly site?: Site;
  /** Ports that pages of ours are served from. */
  readonly pagePorts: readonly number[];
  /** Origins elsewhere whose pages are let in. Default: none. */
  readonly origins?: readonly string[];
  readonly adminToken: string;
  /** Undefined: the admin token is the only one. */
  readonly tokens?: TokenVerifier;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '::1'];
const ANY: readonly string[] = ['0.0.0.0', '::'];
/** Addresses that a URL shows as they are. */
const PLAIN_HOST = /^(127\.0\.0\.1|localhost)$/;
const CALLER_NAME = /^[A-Za-z0-9][\w.@-]{0,63}$/;

/** What is wrong with where the request says it goes and comes from; undefined when nothing is. */
export function refuseForeign(headers: Headers, { host, site = { host, secure: false }, pagePorts, origins = [] }: Trust, port: number): TroupeError | undefined {
  const { origin } = headers;
  // How nearly every request says it.
  const isPlain = headers.host === `${site.host}:${port}` && PLAIN_HOST.test(site.host);
  if (!isPlain) {
    const target = nameAndPort(`http://${headers.host ?? ''}`);
    if (target === undefined || target.port !== port || !isOurName(target.name, host, site)) return foreign('Host', headers.host);
  }
  if (origin === undefined || (typeof origin === 'string' && origins.includes(origin))) return undefined;
  const page = typeof origin === 'string' && (site.secure ? /^https:/ : /^https?:/).test(origin) ? nameAndPort(origin) : undefined;
  if (page === undefined || !pagePorts.includes(page.port) || !isOurName(page.name, host, site)) return foreign('Origin', origin);
  return undefined;
}

function foreign(header: string, value: unknown): TroupeError {
  return codedError('ForeignRequest', { header, value: value === undefined ? 'nothing' : `'${String(value).slice(0, 200)}'` });
}

function nameAndPort(url: string): { readonly name: string; readonly port: number } | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol, username } = new URL(url);
  if (username !== '') return undefined;
  return { name: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

/** Bound to every address, any literal one may be ours; a name never is, except localhost and the one of the certificate. */
function isOurName(name: string, host: string, site: Site): boolean {
  if (name === site.host) return true;
  if (ANY.includes(host)) return name === 'localhost' || isIP(name) !== 0;
  return name === host || (LOOPBACK.includes(host) && LOOPBACK.includes(name));
}

/** How long it takes tells nothing but whether they are of one length, and that of ours is no secret. */
function isSameSecret(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Three parts with dots between: no admin token has one. */
const LIKE_A_JWT = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/** Absolute, without control characters. */
const FOLDER = /^\/[^\p{Cc}]{0,4095}$/u;

/** Clients write what they do not like in a name as `_`: of names without one, no other becomes the same. */
export const SERVER_NAME = /^[A-Za-z0-9-]{1,64}$/;

/**
 * At once for the admin token and for one that is known. Throws or rejects with `Unauthenticated` or `TokenRefused`.
 * `X-Troupe-Caller` says on whose behalf the admin token is used; it is what records show. `X-Troupe-Workspace` says where the client works,
 * `X-Troupe-Server` under which name it has this node among its MCP servers.
 */
export function authenticate(headers: Headers, trust: Pick<Trust, 'adminToken' | 'tokens'>, door: string): Caller | Promise<Caller> {
  const caller = identify(headers, trust, door);
  const said = saidOfClient(headers);
  if (said === undefined) return caller;
  return caller instanceof Promise ? caller.then((known) => ({ ...known, ...said })) : { ...caller, ...said };
}

function saidOfClient({ 'x-troupe-workspace': workspace, 'x-troupe-server': server }: Headers): Pick<Caller, 'workspace' | 'server'> | undefined {
  if (workspace === undefined && server === undefined) return undefined;
  return {
    ...(typeof workspace === 'string' && FOLDER.test(workspace) ? { workspace } : {}),
    ...(typeof server === 'string' && SERVER_NAME.test(server) ? { server } : {}),
  };
}

function identify(headers: Headers, { adminToken, tokens }: Pick<Trust, 'adminToken' | 'tokens'>, door: string): Caller | Promise<Caller> {
  const { authorization } = headers;
  const given = typeof authorization === 'string' ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
  if (given !== undefined && tokens !== undefined && LIKE_A_JWT.test(given)) return tokens.verify(given, door);
  if (given === undefined || !isSameSecret(given, adminToken)) throw codedError('Unauthenticated');
  const name = headers['x-troupe-caller'];
  return { name: typeof name === 'string' && CALLER_NAME.test(name) ? name : 'admin', permissions: PERMISSIONS };
}
