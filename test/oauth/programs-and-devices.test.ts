// Programs that act for themselves, devices that have no browser, and what the server says of itself.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../actors/read-model/index.ts';
import { CLI_CLIENT, DEVICE_GRANT } from '../../gateway/identity/clients.ts';
import { type AuthDoor, authDoor, Browser, PASSWORD } from '../support/auth-door.ts';
import { settle } from '../support/settle.ts';

const bodyOf = async (response: Response): Promise<Readonly<Record<string, string>>> => (await response.json()) as Readonly<Record<string, string>>;
const basic = (id: string, secret: string | null) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
const OWN = { grant_type: 'client_credentials' };

describe('a program with a secret', () => {
  const added = async () => {
    const door = await authDoor();
    const { client, secret } = door.identity.clients.add({ name: 'ci', roles: ['operator'], redirectUris: [] });
    return { door, client, secret };
  };

  it('gets a token in its own name with the scopes of its roles', async () => {
    const { door, client, secret } = await added();
    const response = await door.post('/token', { ...OWN, resource: door.resource }, basic(client.id, secret));
    const { access_token = '', scope } = await bodyOf(response);
    expect([response.status, scope]).toEqual([200, 'troupe:read troupe:act']);
    expect(await door.identity.tokens.verify(access_token, 'rpc')).toMatchObject({ name: 'ci', permissions: ['read', 'act'], token: { subject: client.id } });
  });

  it('gets fewer scopes when it asks for fewer, and none that its roles do not have', async () => {
    const { door, client, secret } = await added();
    const of = async (scope: string) => bodyOf(await door.post('/token', { ...OWN, scope }, basic(client.id, secret)));
    expect((await of('troupe:read')).scope).toBe('troupe:read');
    const more = await of('troupe:read troupe:admin');
    expect(more.error ?? more.scope).toMatch(/^(invalid_scope|troupe:read)$/);
  });

  it.each<[string, (id: string) => Readonly<Record<string, string>>]>([
    ['a wrong secret', (id) => basic(id, 'wrong')],
    ['an empty secret', (id) => basic(id, '')],
    ['no secret', () => ({})],
  ])('is refused with %s', async (_what, headers) => {
    const { door, client } = await added();
    const response = await door.post('/token', { ...OWN, client_id: client.id }, headers(client.id));
    expect([400, 401]).toContain(response.status);
    expect(await bodyOf(response)).not.toHaveProperty('access_token');
  });

  it('that is removed gets nothing any more, and its tokens are refused at once', async () => {
    const { door, client, secret } = await added();
    const { access_token = '' } = await bodyOf(await door.post('/token', OWN, basic(client.id, secret)));
    await door.identity.tokens.verify(access_token, 'rpc');
    door.identity.clients.remove(client.id);
    expect(() => door.identity.tokens.verify(access_token, 'rpc')).toThrow(/revoked/);
    expect((await door.post('/token', OWN, basic(client.id, secret))).status).toBe(401);
  });
});

describe('a program with a key of its own', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

  const added = async () => {
    const door = await authDoor();
    const jwks = { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }] };
    return { door, id: door.identity.clients.add({ name: 'ci', roles: ['viewer'], redirectUris: [], jwks }).client.id };
  };
  const assertion = (
    door: AuthDoor,
    id: string,
    { jti = crypto.randomUUID(), audience = door.issuer, key = keys.privateKey }: { jti?: string; audience?: string; key?: KeyObject } = {},
  ) => new SignJWT({ jti }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).setIssuer(id).setSubject(id).setAudience(audience).setIssuedAt().setExpirationTime('1m').sign(key);
  const ask = (door: AuthDoor, id: string, signed: string) => door.post('/token', { ...OWN, client_id: id, client_assertion_type: ASSERTION, client_assertion: signed });

  it('gets a token for an assertion that it signed, once', async () => {
    const { door, id } = await added();
    const signed = await assertion(door, id);
    expect((await ask(door, id, signed)).status).toBe(200);
    expect((await ask(door, id, signed)).status).toBe(401);
  });

  it('is refused with the key of another, and with an assertion for another server', async () => {
    const { door, id } = await added();
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    expect((await ask(door, id, await assertion(door, id, { key: other }))).status).toBe(401);
    expect((await ask(door, id, await assertion(door, id, { audience: 'https://elsewhere.example' }))).status).toBe(401);
  });
});

describe('a device', () => {
  const begun = async () => {
    const door = await authDoor();
    await door.user('ann', 'operator');
    const device = await bodyOf(await door.post('/device_authorization', { client_id: CLI_CLIENT, resource: door.resource, scope: 'troupe:read troupe:act' }));
    const poll = () => door.post('/token', { grant_type: DEVICE_GRANT, client_id: CLI_CLIENT, device_code: device.device_code ?? '' });
    return { door, device, poll, browser: new Browser(door.issuer) };
  };

  it('gets a token once a person has entered its code, confirmed it, logged in and agreed', async () => {
    const { door, device, poll, browser } = await begun();
    expect(await bodyOf(await poll())).toMatchObject({ error: 'authorization_pending' });
    const entry = await browser.open(device.verification_uri ?? '');
    expect(entry.text).toContain('<label for="user_code">');
    const confirm = await browser.submit(entry, { user_code: device.user_code?.toLowerCase() ?? '' });
    expect(confirm.text).toContain(device.user_code);
    const login = await browser.submit(confirm);
    const consent = await browser.submit(login, { name: 'ann', password: PASSWORD });
    expect((await browser.submit(consent, { decision: 'allow' })).text).toContain('go back to your command line');
    const { access_token = '', refresh_token } = await bodyOf(await poll());
    expect(decodeJwt(access_token)).toMatchObject({ aud: door.resource, client_id: CLI_CLIENT, name: 'ann' });
    expect(refresh_token).toBeTruthy();
    expect((await poll()).status).toBe(400);
    expect(door.faults).toEqual([]);
  });

  it('opens the page with its code filled in where it can show a link', async () => {
    const { device, browser } = await begun();
    const page = await browser.open(device.verification_uri_complete ?? '');
    expect((await browser.submit(page)).text).toContain(device.user_code);
  });

  it('that asks whether its person has agreed is not refused in the audit, until the person says no', async () => {
    const { door, device, poll, browser } = await begun();
    const refusals = async () => {
      await settle();
      return listActivity(await door.node.facts.read(), { kind: 'access.refused' }).items.map(({ body }) => (body as { readonly code: string }).code);
    };
    for (let n = 0; n < 3; n += 1) await poll();
    expect(await refusals()).toEqual([]);
    const confirm = await browser.submit(await browser.open(device.verification_uri ?? ''), { user_code: device.user_code ?? '' });
    await browser.submit(confirm, { abort: 'yes' });
    await poll();
    expect(await refusals()).toEqual(['access_denied']);
  });

  it('is told when the person says no', async () => {
    const { device, poll, browser } = await begun();
    const confirm = await browser.submit(await browser.open(device.verification_uri ?? ''), { user_code: device.user_code ?? '' });
    await browser.submit(confirm, { abort: 'yes' });
    expect(await bodyOf(await poll())).toMatchObject({ error: 'access_denied' });
  });

  it('whose code is wrong is told so on the page, and after thirty guesses a minute nobody listens', async () => {
    const { device, browser } = await begun();
    const entry = await browser.open(device.verification_uri ?? '');
    const wrong = await browser.submit(entry, { user_code: 'BBBB-BBBB' });
    expect([wrong.status, wrong.text]).toEqual([200, expect.stringContaining('This code is not known')]);
    let last = 200;
    for (let n = 0; n < 30; n += 1) last = (await browser.submit(entry, { user_code: 'CCCC-CCCC' })).status;
    expect(last).toBe(429);
  });

  it.each([
    ['no session', {}],
    ['a session that is over', { cookie: '_session=gone' }],
  ])('is sent to a fresh form when a browser with %s sends one', async (_what, headers) => {
    const door = await authDoor();
    const response = await fetch(`${door.issuer}/device`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ user_code: 'BCDF-GHJK' }) });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/device']);
    expect(door.faults).toEqual([]);
  });

  it('confirms nothing from a form that another page made', async () => {
    const { device, browser } = await begun();
    const confirm = await browser.submit(await browser.open(device.verification_uri ?? ''), { user_code: device.user_code ?? '' });
    expect((await browser.submit(confirm, { xsrf: 'forged' })).status).toBe(400);
    expect((await browser.submit(confirm, {}, { origin: 'https://evil.example' })).status).toBe(403);
  });
});

describe('what the server says of itself', () => {
  it('is the metadata of RFC 8414, under both names', async () => {
    const door = await authDoor();
    for (const path of ['oauth-authorization-server', 'openid-configuration']) {
      const metadata = (await (await fetch(`${door.issuer}/.well-known/${path}`)).json()) as Readonly<Record<string, unknown>>;
      expect(metadata).toMatchObject({
        issuer: door.issuer,
        authorization_endpoint: `${door.issuer}/authorize`,
        token_endpoint: `${door.issuer}/token`,
        registration_endpoint: `${door.issuer}/register`,
        revocation_endpoint: `${door.issuer}/revoke`,
        introspection_endpoint: `${door.issuer}/introspect`,
        device_authorization_endpoint: `${door.issuer}/device_authorization`,
        jwks_uri: `${door.issuer}/jwks`,
        userinfo_endpoint: `${door.issuer}/userinfo`,
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
        response_modes_supported: ['query'],
        authorization_response_iss_parameter_supported: true,
      });
      expect(metadata).not.toHaveProperty('client_id_metadata_document_supported');
    }
  });

  it('advertises client documents only where they are switched on', async () => {
    const door = await authDoor({ clientDocuments: true });
    expect(await (await fetch(`${door.issuer}/.well-known/oauth-authorization-server`)).json()).toMatchObject({ client_id_metadata_document_supported: true });
  });

  it('publishes its keys, and nothing to a foreign Host', async () => {
    const door = await authDoor();
    expect(await (await fetch(`${door.issuer}/jwks`)).json()).toMatchObject({ keys: [{ kty: 'EC', alg: 'ES256', use: 'sig' }] });
  });

  it('registers thirty clients a minute from one address and no more', async () => {
    const door = await authDoor();
    for (let n = 0; n < 30; n += 1) expect((await door.register()).status).toBe(201);
    expect((await door.register()).status).toBe(429);
    await settle();
    expect(listActivity(await door.node.facts.read(), { kind: 'access.refused' }).items).toMatchObject([{ body: { code: 'TooManyAttempts', path: '/register' } }]);
  });
});
