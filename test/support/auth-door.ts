// The authorization server of a node of a test on a free port, and a browser that keeps cookies, follows redirects and submits forms.
import { createHash, randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { openDoors } from '../../gateway/http/open-doors.ts';
import type { Identity } from '../../gateway/identity/identity.ts';
import type { Role } from '../../gateway/identity/roles.ts';
import { DOORS, type DoorName, urlOf } from '../../gateway/ports.ts';
import { systemClock } from '../../runtime/index.ts';
import { Browser } from './browser.ts';
import { privateOffset } from './free-port.ts';
import { runningNode, type TestNode } from './running-node.ts';
import { recordingLog, TRUST } from './test-door.ts';
import { testIdentity } from './test-identity.ts';

export { Browser, type Shown } from './browser.ts';

export const PASSWORD = 'correct horse battery';

export interface AuthDoor {
  readonly node: TestNode;
  readonly identity: Identity;
  readonly issuer: string;
  /** Of each door that is open. */
  readonly urls: Readonly<Record<DoorName, string>>;
  /** The resource of the MCP door of this node. */
  readonly resource: string;
  /** What went to the log as an error. */
  readonly faults: unknown[];
  /** A user with a password. */
  user(name: string, ...roles: Role[]): Promise<string>;
  register(metadata?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  post(path: string, form: Readonly<Record<string, string>> | ReadonlyArray<readonly [string, string]>, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export interface AuthDoorWish {
  readonly clientDocuments?: boolean;
  /** Doors that are open besides the one of the authorization server. */
  readonly doors?: readonly DoorName[];
}

export async function authDoor({ clientDocuments, doors: more = [] }: AuthDoorWish = {}): Promise<AuthDoor> {
  const names: readonly DoorName[] = ['auth', ...more];
  const { offset, release } = await privateOffset(names.map((name) => DOORS[name].port));
  // The library reads real time, so what it keeps does too.
  const identity = testIdentity(systemClock, { offset });
  const node = await runningNode({ offset, identity });
  const faults: unknown[] = [];
  const doors = await openDoors({
    doors: names.map((name) => ({ name, port: DOORS[name].port + offset, purpose: DOORS[name].purpose })),
    trust: { ...TRUST, pagePorts: names.map((name) => DOORS[name].port + offset), tokens: identity.tokens },
    clock: systemClock,
    log: recordingLog(faults),
    nodeNow: () => node.node,
    identity,
    acceptHost: () => undefined,
    ...(clientDocuments === undefined ? {} : { clientDocuments }),
  });
  onTestFinished(async () => {
    await doors.close();
    release();
  });
  const { issuer, default: resource } = identity.resources;
  return {
    node,
    identity,
    issuer,
    urls: Object.fromEntries(Object.entries(DOORS).map(([name, { port }]) => [name, urlOf({ host: '127.0.0.1', secure: false }, port + offset)])) as Record<DoorName, string>,
    resource,
    faults,
    async user(name, ...roles) {
      const { id } = identity.users.add(name, roles);
      await identity.users.setPassword(id, PASSWORD);
      return id;
    },
    register: registerAt(issuer),
    post: postTo(issuer),
  };
}

function postTo(issuer: string): AuthDoor['post'] {
  return (path, form, headers = {}) => fetch(`${issuer}${path}`, { method: 'POST', headers, body: new URLSearchParams(form as Record<string, string>), redirect: 'manual' });
}

function registerAt(issuer: string): AuthDoor['register'] {
  return async (metadata = {}) => {
    const body = { client_name: 'A client', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', application_type: 'native', ...metadata };
    const response = await fetch(`${issuer}/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    return { status: response.status, ...((await response.json()) as object) };
  };
}

/** The first administrator of a node follows the link that it printed, and logs in with a client: the access token. */
export async function firstLogin(link: string, resource: string): Promise<string> {
  const issuer = new URL(link).origin;
  const browser = new Browser(issuer);
  await browser.submit(await browser.open(link), { name: 'ann', password: PASSWORD, again: PASSWORD });
  const { client_id: client } = await registerAt(issuer)();
  const flow = await loggedIn({ issuer, resource }, { client: String(client), scope: 'troupe:read troupe:approve', browser });
  const answer = (await (await redeem({ post: postTo(issuer) }, flow)).json()) as { readonly access_token?: string };
  if (answer.access_token === undefined) throw new Error(JSON.stringify(answer));
  return answer.access_token;
}

export const CALLBACK = 'http://127.0.0.1:7777/callback';

export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export interface Flow {
  readonly code: string;
  readonly verifier: string;
  readonly client: string;
  readonly answer: URL;
}

export function authorizeUrl(issuer: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${issuer}/authorize?${new URLSearchParams(given)}`;
}

/** A person logs in and allows what is asked: the code that comes of it. */
export async function loggedIn(
  door: Pick<AuthDoor, 'issuer' | 'resource'>,
  { client, scope, name = 'ann', browser = new Browser(door.issuer) }: { readonly client: string; readonly scope?: string; readonly name?: string; readonly browser?: Browser },
): Promise<Flow> {
  const { verifier, challenge } = pkce();
  const first = await browser.open(
    authorizeUrl(door.issuer, {
      client_id: client,
      response_type: 'code',
      redirect_uri: CALLBACK,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      resource: door.resource,
      state: 'the-state',
      scope,
    }),
  );
  const consent = /name="password"/.test(first.text) ? await browser.submit(first, { name, password: PASSWORD }) : first;
  const wanted = scope === undefined ? {} : { scope: scope.split(' ') };
  const done = await browser.submit(consent, { decision: 'allow', ...wanted });
  if (done.left === undefined) throw new Error(`no redirect: ${done.status} ${done.text}`);
  return { code: done.left.searchParams.get('code') ?? '', verifier, client, answer: done.left };
}

export function redeem(door: Pick<AuthDoor, 'post'>, { code, verifier, client }: Omit<Flow, 'answer'>, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  return door.post('/token', { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier, redirect_uri: CALLBACK, ...more });
}
