// The authorization code flow, as a browser and a client go through it over HTTP: what comes of it, and what is refused on the way.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../actors/read-model/index.ts';
import { type AuthDoor, authDoor, authorizeUrl, Browser, CALLBACK, loggedIn, pkce, redeem, type Shown } from '../support/auth-door.ts';
import { settle } from '../support/settle.ts';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly error?: string;
}

const tokensOf = async (response: Response): Promise<Tokens> => (await response.json()) as Tokens;

async function withClient(metadata: Readonly<Record<string, unknown>> = {}) {
  const door = await authDoor();
  const id = await door.user('ann', 'operator');
  const client = String((await door.register(metadata)).client_id);
  return { door, id, client };
}

async function facts(door: AuthDoor, kind: string): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> {
  await settle();
  return listActivity(await door.node.facts.read(), { kind }).items.map(({ body }) => body as Readonly<Record<string, unknown>>);
}

function requestOf(door: AuthDoor, client: string, more: Readonly<Record<string, string | undefined>> = {}): string {
  const { challenge } = pkce();
  const usual = { client_id: client, response_type: 'code', redirect_uri: CALLBACK, code_challenge: challenge, code_challenge_method: 'S256', resource: door.resource, state: 's' };
  return authorizeUrl(door.issuer, { ...usual, ...more });
}

/** What an authorize request with these parameters leads to. */
const asked = (door: AuthDoor, client: string, more: Readonly<Record<string, string | undefined>>): Promise<Shown> => new Browser(door.issuer).open(requestOf(door, client, more));

describe('a client that registered itself', () => {
  it('gets a token for the resource, with the scopes that were allowed, in the name of the person', async () => {
    const { door, id, client } = await withClient();
    const flow = await loggedIn(door, { client });
    expect(flow.answer.origin + flow.answer.pathname).toBe(CALLBACK);
    expect([flow.answer.searchParams.get('state'), flow.answer.searchParams.get('iss')]).toEqual(['the-state', door.issuer]);
    const response = await redeem(door, flow);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const tokens = await tokensOf(response);
    expect(tokens.scope).toBe('troupe:read troupe:act');
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ iss: door.issuer, aud: door.resource, sub: id, client_id: client, name: 'ann' });
    expect(await door.identity.tokens.verify(tokens.access_token, 'rpc')).toMatchObject({ name: 'ann', permissions: ['read', 'act'] });
    expect(door.faults).toEqual([]);
  });

  it('leaves login, consent and grant in the audit, and no secret', async () => {
    const { door, client } = await withClient();
    const flow = await loggedIn(door, { client });
    const tokens = await tokensOf(await redeem(door, flow));
    expect(await facts(door, 'login.succeeded')).toMatchObject([{ user: 'ann', client }]);
    const [{ login } = {}] = await facts(door, 'consent.given');
    expect(await facts(door, 'token.granted')).toMatchObject([{ grant: 'authorization_code', client, subject: 'ann', audience: door.resource, scope: 'troupe:read troupe:act' }]);
    expect(decodeJwt(tokens.access_token).family).toBe(login);
    const written = JSON.stringify(door.node.store.facts);
    for (const secret of [flow.code, flow.verifier, tokens.access_token, tokens.refresh_token, 'correct horse']) expect(written).not.toContain(secret);
  });

  it('is offered what the roles of the person allow and nothing else, and no scope that decides unless it is chosen', async () => {
    const { door, client } = await withClient();
    await door.user('max', 'admin');
    const all = 'troupe:read troupe:act troupe:approve troupe:admin offline_access';
    const browser = new Browser(door.issuer);
    const page = await browser.open(requestOf(door, client, { scope: all, prompt: 'consent' }));
    const consent = await browser.submit(page, { name: 'max', password: 'correct horse battery' });
    expect(consent.text).toMatch(/value="troupe:act" checked/);
    expect(consent.text).toMatch(/value="troupe:admin">/);
    const ann = await loggedIn(door, { client, scope: all });
    expect((await tokensOf(await redeem(door, ann))).scope).toBe('troupe:read troupe:act');
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['tokens of its own', { grant_types: ['client_credentials'] }],
    ['the exchange of tokens', { grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange'] }],
    ['a redirect to a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['a redirect to a file', { redirect_uris: ['data:text/html,x'] }],
    ['a redirect in the clear to another machine', { redirect_uris: ['http://app.example/callback'] }],
    ['a redirect with a fragment', { redirect_uris: [`${CALLBACK}#x`] }],
    ['no redirect', { redirect_uris: [] }],
    ['the implicit flow', { response_types: ['token'], grant_types: ['implicit'] }],
  ])('is refused when it wants %s', async (_what, metadata) => {
    const door = await authDoor();
    expect((await door.register(metadata)).status).toBe(400);
    expect(door.identity.clients.list().filter(({ origin }) => origin === 'registered')).toEqual([]);
  });

  it('may not name its own id, and none of another', async () => {
    const door = await authDoor();
    const first = await door.register();
    const second = await door.register({ client_id: first.client_id });
    expect([second.status, second.client_id]).toEqual([201, expect.not.stringContaining(String(first.client_id))]);
  });
});

describe('an authorize request', () => {
  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['with PKCE in the clear', { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }, 'invalid_request'],
    ['with a challenge and no method', { code_challenge_method: undefined }, 'invalid_request'],
    ['for a resource that is none of ours', { resource: 'http://evil.example/mcp' }, 'invalid_target'],
    ['for the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
  ])('%s is answered to the client with an error, the state and who says so', async (_what, more, error) => {
    const { door, client } = await withClient();
    const { left } = await asked(door, client, more);
    // Where a client asked for answers behind the `#`, the refusal lies there too.
    const said = left?.hash ? new URLSearchParams(left.hash.slice(1)) : left?.searchParams;
    expect([said?.get('error'), said?.get('state'), said?.get('iss')]).toEqual([error, 's', door.issuer]);
    expect(await facts(door, 'access.refused')).toMatchObject([{ door: 'auth', code: error, caller: client }]);
  });

  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['a slash more', { redirect_uri: `${CALLBACK}/` }],
    ['another path', { redirect_uri: CALLBACK.replace('callback', 'other') }],
    ['a query more', { redirect_uri: `${CALLBACK}?next=https://evil.example` }],
    ['another machine', { redirect_uri: 'https://evil.example/callback' }],
    ['a user before the name', { redirect_uri: 'http://127.0.0.1:7777@evil.example/callback' }],
    ['a path that leads up', { redirect_uri: 'http://127.0.0.1:7777/x/../callback' }],
    ['none', { redirect_uri: undefined }],
  ])('with a redirect that has %s leaves the server for nowhere', async (_what, more) => {
    const { door, client } = await withClient();
    const { left, status, text } = await asked(door, client, more);
    expect([left, status]).toEqual([undefined, 400]);
    expect(text).toContain('This did not work');
    expect(text).not.toMatch(/href="https?:|<script/);
    expect(await facts(door, 'access.refused')).toMatchObject([{ door: 'auth', path: '/authorize', caller: client }]);
    expect(JSON.stringify(door.node.store.facts)).not.toContain('evil.example');
  });

  it('answers two that are under way in one browser each with its own state, and a third with nothing but its own', async () => {
    const { door, client } = await withClient();
    const browser = new Browser(door.issuer);
    const [first, second] = [await browser.open(requestOf(door, client, { state: 'first' })), await browser.open(requestOf(door, client, { state: 'second' }))];
    const later = await browser.submit(second, { name: 'ann', password: 'correct horse battery' });
    const mixed = { ...later, text: later.text.replace(/action="[^"]*"/, `action="${/action="([^"]*)\/login"/.exec(first.text)?.[1]}/consent"`) };
    expect((await browser.submit(mixed, { decision: 'allow' })).left).toBeUndefined();
    const done = await browser.submit(later, { decision: 'allow' });
    expect([done.left?.searchParams.get('state'), done.left?.searchParams.get('iss')]).toEqual(['second', door.issuer]);
  });

  it('of a native client may come back to another port of loopback, as RFC 8252 has it', async () => {
    const { door, client } = await withClient();
    expect((await asked(door, client, { redirect_uri: CALLBACK.replace('7777', '8888') })).text).toContain('Log in');
  });

  it('of nobody that is known is refused on a page, whatever is in its name', async () => {
    const door = await authDoor();
    const { status, text, headers } = await asked(door, '<script>alert(1)</script>', {});
    expect(status).toBe(400);
    expect(text).not.toContain('<script>');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('that a person denies is answered with access_denied', async () => {
    const { door, client } = await withClient();
    const browser = new Browser(door.issuer);
    const login = await browser.open(requestOf(door, client));
    const consent = await browser.submit(login, { name: 'ann', password: 'correct horse battery' });
    const { left } = await browser.submit(consent, { decision: 'deny' });
    expect(left?.searchParams.get('error')).toBe('access_denied');
    expect(await facts(door, 'consent.denied')).toMatchObject([{ user: 'ann', client }]);
  });
});

describe('a code', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['with a wrong verifier', { code_verifier: pkce().verifier }],
    ['with no verifier', { code_verifier: '' }],
    ['with another redirect', { redirect_uri: `${CALLBACK}/` }],
    ['for another resource', { resource: 'http://127.0.0.1:1/mcp' }],
  ])('%s is refused', async (_what, more) => {
    const { door, client } = await withClient();
    const flow = await loggedIn(door, { client });
    const response = await redeem(door, flow, more);
    expect(response.status).toBe(400);
    expect(await facts(door, 'access.refused')).toMatchObject([{ door: 'auth', path: '/token', caller: client }]);
    for (const secret of [flow.code, flow.verifier]) expect(JSON.stringify(door.node.store.facts)).not.toContain(secret);
  });

  it('of another client is refused, also to who names that one without being it', async () => {
    const { door, client } = await withClient();
    const other = String((await door.register()).client_id);
    const flow = await loggedIn(door, { client });
    expect((await redeem(door, { ...flow, client: other })).status).toBe(400);
    const { client: own, secret } = door.identity.clients.add({ name: 'x', roles: ['viewer'], redirectUris: [CALLBACK] });
    expect(secret).not.toBeNull();
    expect([400, 401]).toContain((await redeem(door, { ...flow, client: own.id })).status);
    const guess = { authorization: `Basic ${Buffer.from(`${own.id}:guessed`).toString('base64')}` };
    const { code, verifier } = flow;
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: CALLBACK };
    expect((await door.post('/token', form, guess)).status).toBe(401);
    const refused = await facts(door, 'access.refused');
    expect(refused.map(({ code }) => code)).toEqual(['invalid_client', 'invalid_client', 'invalid_grant']);
    for (const secret of [code, verifier, 'guessed', guess.authorization.slice(6)]) expect(JSON.stringify(door.node.store.facts)).not.toContain(secret);
  });

  it('that comes a second time is refused, and the tokens of the first are refused from then on', async () => {
    const { door, client } = await withClient();
    const flow = await loggedIn(door, { client });
    const tokens = await tokensOf(await redeem(door, flow));
    await door.identity.tokens.verify(tokens.access_token, 'rpc');
    expect((await redeem(door, flow)).status).toBe(400);
    expect(() => door.identity.tokens.verify(tokens.access_token, 'rpc')).toThrow(/revoked/);
    expect((await door.post('/token', { grant_type: 'refresh_token', client_id: client, refresh_token: tokens.refresh_token })).status).toBe(400);
    expect(await facts(door, 'login.revoked')).toMatchObject([{ client, by: 'reuse' }]);
    expect((await facts(door, 'access.refused')).map(({ code, caller }) => [code, caller])).toEqual([
      ['invalid_grant', client],
      ['invalid_grant', client],
    ]);
    for (const secret of [flow.code, tokens.access_token, tokens.refresh_token]) expect(JSON.stringify(door.node.store.facts)).not.toContain(secret);
  });

  it('that comes twice at once is redeemed at most once', async () => {
    const { door, client } = await withClient();
    const flow = await loggedIn(door, { client });
    const statuses = (await Promise.all([redeem(door, flow), redeem(door, flow), redeem(door, flow)])).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
    expect(door.faults).toEqual([]);
  });
});

describe('a refresh token', () => {
  const refresh = (door: AuthDoor, client: string, token: string, more: Readonly<Record<string, string>> = {}) =>
    door.post('/token', { grant_type: 'refresh_token', client_id: client, refresh_token: token, ...more });

  it('is replaced at each use; a used one ends its family', async () => {
    const { door, client } = await withClient();
    const first = await tokensOf(await redeem(door, await loggedIn(door, { client })));
    const second = await tokensOf(await refresh(door, client, first.refresh_token));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await door.identity.tokens.verify(second.access_token, 'rpc')).toMatchObject({ name: 'ann' });
    expect((await refresh(door, client, first.refresh_token)).status).toBe(400);
    expect((await refresh(door, client, second.refresh_token)).status).toBe(400);
    expect(() => door.identity.tokens.verify(second.access_token, 'rpc')).toThrow(/revoked/);
    expect(await facts(door, 'login.revoked')).toMatchObject([{ client, by: 'reuse' }]);
    expect(await facts(door, 'access.refused')).toMatchObject([{ code: 'invalid_grant' }, { code: 'invalid_grant' }]);
    for (const secret of [first.refresh_token, second.refresh_token]) expect(JSON.stringify(door.node.store.facts)).not.toContain(secret);
  });

  it('of another client is refused, and gives no scope that was not allowed', async () => {
    const { door, client } = await withClient();
    const other = String((await door.register()).client_id);
    const { refresh_token } = await tokensOf(await redeem(door, await loggedIn(door, { client })));
    expect((await refresh(door, other, refresh_token)).status).toBe(400);
    expect((await refresh(door, client, refresh_token, { scope: 'troupe:admin' })).status).toBe(400);
    expect((await tokensOf(await refresh(door, client, refresh_token, { scope: 'troupe:read' }))).scope).toBe('troupe:read');
  });

  it('is good no more once the roles or the password of the person have changed, or the person is gone', async () => {
    for (const change of ['roles', 'password', 'remove'] as const) {
      const { door, client, id } = await withClient();
      const tokens = await tokensOf(await redeem(door, await loggedIn(door, { client })));
      const { users } = door.identity;
      await { roles: async () => users.setRoles('ann', ['viewer']), password: () => users.setPassword(id, 'another long password'), remove: async () => users.remove('ann') }[
        change
      ]();
      expect((await refresh(door, client, tokens.refresh_token)).status).toBe(400);
      await expect((async () => door.identity.tokens.verify(tokens.access_token, 'rpc'))()).rejects.toMatchObject({ code: 'TokenRefused' });
    }
  });
});

describe('revocation and introspection', () => {
  const jwt = async () => {
    const { door, client } = await withClient();
    return { door, client, tokens: await tokensOf(await redeem(door, await loggedIn(door, { client }))) };
  };

  it('an access token that its client revokes is refused from then on', async () => {
    const { door, client, tokens } = await jwt();
    await door.identity.tokens.verify(tokens.access_token, 'rpc');
    expect((await door.post('/revoke', { token: tokens.access_token, client_id: client })).status).toBe(200);
    expect(() => door.identity.tokens.verify(tokens.access_token, 'rpc')).toThrow(/revoked/);
  });

  it('a refresh token that its client revokes takes its family along', async () => {
    const { door, client, tokens } = await jwt();
    expect((await door.post('/revoke', { token: tokens.refresh_token, client_id: client })).status).toBe(200);
    await expect((async () => door.identity.tokens.verify(tokens.access_token, 'rpc'))()).rejects.toMatchObject({ code: 'TokenRefused' });
  });

  it('another client revokes nothing, and is told nothing', async () => {
    const { door, tokens } = await jwt();
    const other = String((await door.register()).client_id);
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      await door.post('/revoke', { token, client_id: other });
      const said = await door.post('/introspect', { token, client_id: other });
      expect(await said.json()).toEqual({ active: false });
    }
    expect(await door.identity.tokens.verify(tokens.access_token, 'rpc')).toMatchObject({ name: 'ann' });
  });

  it('its own client is told what a token is good for', async () => {
    const { door, client, tokens } = await jwt();
    const said = await door.post('/introspect', { token: tokens.access_token, client_id: client });
    expect(await said.json()).toMatchObject({ active: true, scope: 'troupe:read troupe:act', aud: door.resource, client_id: client });
    expect(await (await door.post('/introspect', { token: 'nonsense', client_id: client })).json()).toEqual({ active: false });
  });
});
