// Tokens at the REST door and at the MCP door, over HTTP: each way in which one is no good, what the client is told, and what the audit
// keeps of it, which is never a part of the token.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { listActivity } from '../../actors/read-model/index.ts';
import { tokenKey } from '../../gateway/identity/revocations.ts';
import { type AuthDoor, authDoor } from '../support/auth-door.ts';
import { mcpClient } from '../support/mcp-client.ts';
import { settle } from '../support/settle.ts';

type DoorWord = 'api' | 'rpc';

/** What each door is asked, and where it says what it is. */
const ASKED = {
  api: { path: '/api/v1/plans', metadata: '/.well-known/oauth-protected-resource' },
  rpc: { path: '/mcp', metadata: '/.well-known/oauth-protected-resource/mcp' },
} as const;

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a-test', version: '1' } },
};

function ask(door: AuthDoor, word: DoorWord, token: string | undefined, query = ''): Promise<Response> {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const body = word === 'rpc' ? { method: 'POST', body: JSON.stringify(INITIALIZE) } : {};
  return fetch(`${door.urls[word]}${ASKED[word].path}${query}`, { headers, ...body });
}

async function refusals(door: AuthDoor) {
  await settle();
  return listActivity(await door.node.facts.read(), { kind: 'access.refused' }).items.map(({ body }) => body);
}

const audienceOf = (door: AuthDoor, word: DoorWord): string => (word === 'rpc' ? door.resource : door.urls.api);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function claimsFor(door: AuthDoor, word: DoorWord): Readonly<Record<string, unknown>> {
  const now = Math.floor(Date.now() / 1_000);
  return { iss: door.issuer, aud: audienceOf(door, word), sub: 'ann', client_id: 'c', jti: crypto.randomUUID(), iat: now, nbf: now, exp: now + 600, scope: 'troupe:read' };
}

interface Forgery {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** As the node signs its own, but for what is said. */
function signed(door: AuthDoor, word: DoorWord, { claims = {}, header = {} }: Forgery = {}): Promise<string> {
  const { kid, secret } = door.identity.keys.current();
  return new SignJWT({ ...claimsFor(door, word), ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header }).sign(secret);
}

type Forge = (door: AuthDoor, word: DoorWord) => Promise<string>;

const REFUSED: ReadonlyArray<readonly [string, Forge, RegExp]> = [
  ['for another audience', (door, word) => signed(door, word, { claims: { aud: audienceOf(door, word === 'api' ? 'rpc' : 'api') } }), /another resource/],
  ['for the audience of another node', (door, word) => signed(door, word, { claims: { aud: 'http://127.0.0.1:1/mcp' } }), /another resource/],
  ['of another issuer', (door, word) => signed(door, word, { claims: { iss: 'http://127.0.0.1:1' } }), /'iss'/],
  ['that has expired', (door, word) => signed(door, word, { claims: { exp: Math.floor(Date.now() / 1_000) - 1 } }), /expired/],
  ['that is not yet valid', (door, word) => signed(door, word, { claims: { nbf: Math.floor(Date.now() / 1_000) + 300 } }), /'nbf'/],
  ['with the algorithm none', async (door, word) => new UnsecuredJWT(claimsFor(door, word)).encode(), /no key of ours/],
  [
    'with the algorithm none and our key id',
    async (door, word) => `${part({ alg: 'none', typ: 'at+jwt', kid: door.identity.keys.current().kid })}.${part(claimsFor(door, word))}.`,
    /algorithm/,
  ],
  [
    'signed by HS256 with the public key',
    async (door, word) => {
      const { kid, open } = door.identity.keys.current();
      const body = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${part(claimsFor(door, word))}`;
      return `${body}.${createHmac('sha256', open.export({ type: 'spki', format: 'pem' }))
        .update(body)
        .digest('base64url')}`;
    },
    /algorithm/,
  ],
  ['with an unknown key id', (door, word) => signed(door, word, { header: { kid: 'nobody' } }), /no key of ours/],
  [
    'signed by a stranger under our key id',
    (door, word) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return new SignJWT(claimsFor(door, word)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: door.identity.keys.current().kid }).sign(privateKey);
    },
    /signature/,
  ],
  [
    'that was revoked',
    async (door, word) => {
      door.identity.revocations.revoke(tokenKey('gone'), Date.now() + 600_000);
      return signed(door, word, { claims: { jti: 'gone' } });
    },
    /revoked/,
  ],
  ['that is an ID token', (door, word) => signed(door, word, { header: { typ: 'JWT' } }), /'typ'/],
];

describe.each(['api', 'rpc'] as const)('at the door %s', (word) => {
  const { path, metadata } = ASKED[word];

  it('a token of ours is taken', async () => {
    const door = await authDoor({ doors: [word] });
    expect((await ask(door, word, await signed(door, word))).status).toBe(200);
    expect(await refusals(door)).toEqual([]);
  });

  it('no token is answered with 401 and the way to one, and recorded', async () => {
    const door = await authDoor({ doors: [word] });
    const response = await ask(door, word, undefined);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, `Bearer realm="troupe", resource_metadata="${door.urls[word]}${metadata}"`]);
    expect(await (await fetch(`${door.urls[word]}${metadata}`)).json()).toMatchObject({ resource: audienceOf(door, word), authorization_servers: [door.issuer] });
    expect(await refusals(door)).toMatchObject([{ door: word, code: 'Unauthenticated', path, remote: '127.0.0.1' }]);
  });

  it.each(REFUSED)('a token %s is answered with 401 invalid_token, and recorded without it', async (_what, forge, why) => {
    const door = await authDoor({ doors: [word] });
    const token = await forge(door, word);
    const response = await ask(door, word, token);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="troupe", error="invalid_token", error_description="the token was refused: .*", resource_metadata="/);
    expect(await response.json()).toMatchObject({ code: 'TokenRefused', detail: expect.stringMatching(why) });
    expect(await refusals(door)).toMatchObject([{ door: word, code: 'TokenRefused', path, why: expect.stringMatching(why) }]);
    const written = JSON.stringify(door.node.store.facts);
    for (const piece of token.split('.').filter((piece) => piece !== '')) expect(written).not.toContain(piece);
  });

  it('a token in the query is none', async () => {
    const door = await authDoor({ doors: [word] });
    const token = await signed(door, word);
    expect((await ask(door, word, undefined, `?access_token=${token}`)).status).toBe(401);
    expect(JSON.stringify(door.node.store.facts)).not.toContain(token);
  });
});

it('a session of another is none', async () => {
  const door = await authDoor({ doors: ['rpc'] });
  const opened = await ask(door, 'rpc', await signed(door, 'rpc'));
  const session = opened.headers.get('mcp-session-id') ?? '';
  expect(session.length).toBeGreaterThan(10);
  const asked = async (claims: object) => {
    const token = await signed(door, 'rpc', { claims: { sub: 'ann', ...claims } });
    const headers = { authorization: `Bearer ${token}`, 'mcp-session-id': session, accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
    return (await fetch(door.resource, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }) })).status;
  };
  expect([await asked({ sub: 'eve' }), await asked({ sub: 'eve', name: 'ann' }), await asked({})]).toEqual([404, 404, 200]);
  expect([await asked({ scope: 'troupe:op:plan.list' }), await asked({ scope: 'troupe:read troupe:act' })]).toEqual([404, 200]);
});

describe('a scope that is too small', () => {
  it('is answered at the REST door with 403 and all scopes that are needed, and recorded', async () => {
    const door = await authDoor({ doors: ['api'] });
    const token = await signed(door, 'api');
    const response = await fetch(`${door.urls.api}/api/v1/fleet/pause`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer realm="troupe", error="insufficient_scope", scope="troupe:read troupe:act", resource_metadata="${door.urls.api}${ASKED.api.metadata}"`,
    ]);
    expect(await refusals(door)).toMatchObject([{ door: 'fleet.pause', code: 'NotPermitted', caller: 'ann' }]);
  });

  it.each(['modern', 'legacy'] as const)('is answered at the MCP door in the %s revision so that a client can ask for more, and recorded', async (era) => {
    const door = await authDoor({ doors: ['rpc'] });
    const token = await signed(door, 'rpc');
    const said: Array<{ readonly status: number; readonly challenge: string | null }> = [];
    const seen: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      said.push({ status: response.status, challenge: response.headers.get('www-authenticate') });
      return response;
    };
    const client = await mcpClient(Number(new URL(door.urls.rpc).port), { era, headers: { authorization: `Bearer ${token}` }, fetch: seen });
    expect(await client.callTool({ name: 'plan_list' })).toMatchObject({ structuredContent: { items: [] } });
    await expect(client.callTool({ name: 'fleet_pause' })).rejects.toThrow();
    expect(said).toContainEqual({
      status: 403,
      challenge: `Bearer realm="troupe", error="insufficient_scope", scope="troupe:read troupe:act", resource_metadata="${door.urls.rpc}${ASKED.rpc.metadata}"`,
    });
    expect((await refusals(door))[0]).toMatchObject({ door: 'fleet.pause', code: 'NotPermitted', caller: 'ann' });
  });

  it('hears no server-sent events', async () => {
    const door = await authDoor({ doors: ['api'] });
    const token = await signed(door, 'api', { claims: { scope: 'troupe:op:fleet.pause' } });
    const response = await fetch(`${door.urls.api}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('scope="troupe:op:fleet.pause troupe:read"')]);
    expect(await refusals(door)).toMatchObject([{ door: 'events', code: 'NotPermitted' }]);
  });
});

describe('what a token has opened', () => {
  const opened = async (word: DoorWord, life: Readonly<Record<string, unknown>> = {}) => {
    const door = await authDoor({ doors: [word] });
    return { door, token: await signed(door, word, { claims: { jti: 'one', ...life } }) };
  };

  it('is ended with it: server-sent events', async () => {
    const { door, token } = await opened('api');
    const response = await fetch(`${door.urls.api}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    door.identity.revocations.revoke(tokenKey('one'), Date.now() + 600_000);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it.each(['mcp', 'jsonrpc'])('is ended with it: a WebSocket that speaks %s', async (protocol) => {
    const { door, token } = await opened('rpc');
    const socket = new WebSocket(`${door.urls.rpc.replace('http', 'ws')}/ws`, protocol, { headers: { authorization: `Bearer ${token}` } });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    door.identity.revocations.revoke(tokenKey('one'), Date.now() + 600_000);
    expect(await closed).toBe(1008);
  });

  it('is ended when it expires', async () => {
    const { door, token } = await opened('rpc', { exp: Math.floor(Date.now() / 1_000) + 2 });
    const socket = new WebSocket(`${door.urls.rpc.replace('http', 'ws')}/ws`, 'jsonrpc', { headers: { authorization: `Bearer ${token}` } });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(await new Promise<number>((resolve) => socket.once('close', resolve))).toBe(1008);
  });
});
