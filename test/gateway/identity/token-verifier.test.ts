// Tokens at the doors: what is refused, each by the shape of its attack, and what is admitted.
import { createHmac, createPublicKey, type JsonWebKey, type KeyObject, type webcrypto } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../gateway/identity/identity.ts';
import { familyKey, tokenKey } from '../../../gateway/identity/revocations.ts';
import { KEY_AFTERLIFE_MS, KEY_LIFE_MS } from '../../../gateway/identity/signing-keys.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { testIdentity } from '../../support/test-identity.ts';

const AT = Date.UTC(2026, 10, 26);
const MCP = 'http://127.0.0.1:9999/mcp';

interface Forgery {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject | webcrypto.CryptoKey;
}

function fixture() {
  const clock = new SimulatedClock(AT);
  const folder = privateFolder();
  const identity = testIdentity(clock, { folder });
  const seconds = () => Math.floor(clock.now() / 1_000);
  const claims = () => ({ iss: identity.resources.issuer, aud: MCP, sub: 'ann', client_id: 'c', jti: 'j', iat: seconds(), exp: seconds() + 60, scope: 'troupe:read', family: 'f' });
  /** Like one of ours, but for what the test says. */
  const token = async ({ claims: more = {}, header = {}, key = identity.keys.current().secret }: Forgery = {}) => {
    const given = Object.fromEntries(Object.entries({ ...claims(), ...more }).filter(([, value]) => value !== undefined));
    return new SignJWT(given).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: identity.keys.current().kid, ...header }).sign(key);
  };
  return { clock, folder, identity, token, claims, seconds };
}

const ask = async ({ tokens }: Identity, token: string, door = 'rpc') => tokens.verify(token, door);

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  it('of ours is admitted at its door, with the permissions of its scopes', async () => {
    const { identity, token } = fixture();
    const caller = await ask(identity, await token({ claims: { scope: 'troupe:read troupe:approve openid troupe:op:task.cancel' } }));
    expect(caller).toMatchObject({ name: 'ann', permissions: ['read', 'approve'], operations: ['task.cancel'], token: { audience: MCP, client: 'c', actors: [] } });
  });

  it('for the door as a whole is admitted too', async () => {
    const { identity, token } = fixture();
    await expect(ask(identity, await token({ claims: { aud: 'http://127.0.0.1:9999' } }))).resolves.toMatchObject({ name: 'ann' });
  });

  it.each<[string, Forgery, RegExp]>([
    ['for another door', { claims: { aud: 'http://127.0.0.1:5003' } }, /another resource/],
    ['for a resource that begins with ours', { claims: { aud: 'http://127.0.0.1:9999/mcp/more' } }, /another resource/],
    ['for two resources at once', { claims: { aud: [MCP, 'http://elsewhere.example'] } }, /claims are missing/],
    ['without an audience', { claims: { aud: undefined } }, /claims are missing/],
    ['of another issuer', { claims: { iss: 'http://127.0.0.1:5005' } }, /'iss'/],
    ['without an issuer', { claims: { iss: undefined } }, /'iss'/],
    ['that has expired', { claims: { exp: AT / 1_000 - 1 } }, /expired/],
    ['that expires in this second', { claims: { exp: AT / 1_000 } }, /expired/],
    ['that never expires', { claims: { exp: undefined } }, /claims are missing/],
    ['that is not valid yet', { claims: { nbf: AT / 1_000 + 5 } }, /'nbf'/],
    ['of another type, as an ID token has', { header: { typ: 'JWT' } }, /'typ'/],
    ['without a type', { header: { typ: undefined } }, /'typ'/],
    ['with an unknown key id', { header: { kid: 'nobody' } }, /no key of ours/],
    ['without a key id', { header: { kid: undefined } }, /no key of ours/],
  ])('%s is refused', async (_what, forgery, why) => {
    const { identity, token } = fixture();
    await expect(token(forgery).then((text) => ask(identity, text))).rejects.toMatchObject({ code: 'TokenRefused', httpStatus: 401, message: expect.stringMatching(why) });
  });

  it('signed with another key under our key id is refused', async () => {
    const { identity, token } = fixture();
    const { privateKey } = await generateKeyPair('ES256');
    await expect(ask(identity, await token({ key: privateKey }))).rejects.toMatchObject({ code: 'TokenRefused', message: expect.stringContaining('signature') });
  });

  it('with the algorithm none is refused', async () => {
    const { identity, claims } = fixture();
    const bare = new UnsecuredJWT(claims()).encode();
    const named = `${part({ alg: 'none', typ: 'at+jwt', kid: identity.keys.current().kid })}.${bare.split('.')[1] ?? ''}.`;
    await expect(ask(identity, bare)).rejects.toMatchObject({ code: 'TokenRefused' });
    await expect(ask(identity, named)).rejects.toMatchObject({ code: 'TokenRefused' });
  });

  it('signed by HS256 with the public key as the secret is refused', async () => {
    const { identity, claims } = fixture();
    const { kid, open } = identity.keys.current();
    const body = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${part(claims())}`;
    for (const secret of [open.export({ type: 'spki', format: 'pem' }), open.export({ type: 'spki', format: 'der' })]) {
      const forged = `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
      await expect(ask(identity, forged)).rejects.toMatchObject({ code: 'TokenRefused', message: expect.stringContaining('algorithm') });
    }
  });

  it('with one character changed is refused', async () => {
    const { identity, token } = fixture();
    const [header = '', payload = '', signature = ''] = (await token()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const more = part({ ...claims, scope: 'troupe:admin' });
    await expect(ask(identity, `${header}.${more}.${signature}`)).rejects.toMatchObject({ code: 'TokenRefused' });
  });

  it('that no key could have signed is refused without a look at it', async () => {
    const { identity } = fixture();
    for (const text of ['a.b.c', '..', `${'x'.repeat(9_000)}.y.z`]) await expect(ask(identity, text)).rejects.toMatchObject({ code: 'TokenRefused' });
  });
});

describe('a token that was admitted once', () => {
  it('is answered at once from then on, and refused at another door all the same', async () => {
    const { identity, token } = fixture();
    const text = await token();
    await ask(identity, text);
    expect(identity.tokens.verify(text, 'rpc')).toMatchObject({ name: 'ann' });
    expect(() => identity.tokens.verify(text, 'api')).toThrow(/another resource/);
  });

  it('is refused from the moment it expires', async () => {
    const { identity, token, clock } = fixture();
    const text = await token();
    await ask(identity, text);
    clock.advance(59_999);
    expect(identity.tokens.verify(text, 'rpc')).toMatchObject({ name: 'ann' });
    clock.advance(1);
    expect(() => identity.tokens.verify(text, 'rpc')).toThrow(/expired/);
  });

  it.each([
    ['itself', tokenKey('j')],
    ['its family', familyKey('f')],
    ['the token that it came from', tokenKey('parent')],
    ['its client', 'client c'],
  ])('is refused in the same moment in which %s is revoked', async (_what, key) => {
    const { identity, token, clock } = fixture();
    const text = await token({ claims: { from: ['parent'] } });
    await ask(identity, text);
    identity.revocations.revoke(key, clock.now() + 60_000);
    expect(() => identity.tokens.verify(text, 'rpc')).toThrow(/revoked/);
    await expect(ask(identity, text)).rejects.toMatchObject({ code: 'TokenRefused', message: expect.stringContaining('revoked') });
  });

  it('is refused after a restart too, once it was revoked', async () => {
    const { identity, token, clock, folder } = fixture();
    const text = await token();
    identity.revocations.revoke(tokenKey('j'), clock.now() + 60_000);
    identity.close();
    await expect(ask(testIdentity(clock, { folder }), text)).rejects.toMatchObject({ message: expect.stringContaining('revoked') });
  });
});

describe('the signing key', () => {
  it('is replaced after 30 days; the old one is published until nothing that it signed can be valid, and then gone from the disk', async () => {
    const { identity, token, clock, folder } = fixture();
    const kids = () => identity.keys.publicSet().keys.map((key) => (key as { kid: string }).kid);
    const first = identity.keys.current();
    const late = await token({ claims: { exp: (AT + KEY_LIFE_MS) / 1_000 + 600 } });
    clock.advance(KEY_LIFE_MS);
    expect(identity.keys.current().kid).not.toBe(first.kid);
    expect(kids()).toEqual([identity.keys.current().kid, first.kid]);
    await expect(ask(identity, late)).resolves.toMatchObject({ name: 'ann' });
    clock.advance(KEY_AFTERLIFE_MS);
    expect(kids()).not.toContain(first.kid);
    expect(readdirSync(join(folder, 'keys')).filter((name) => name.includes(first.kid))).toEqual([]);
  });

  it('lies in a file for its owner alone, and nothing secret of it is published', () => {
    const { identity, folder } = fixture();
    const { kid } = identity.keys.current();
    expect(statSync(join(folder, 'keys', `oauth-${kid}.pem`)).mode & 0o777).toBe(0o600);
    const [jwk] = identity.keys.publicSet().keys as [JsonWebKey];
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(createPublicKey({ key: jwk, format: 'jwk' }).equals(identity.keys.current().open)).toBe(true);
  });

  it('is the same after a restart', () => {
    const { identity, folder, clock } = fixture();
    const { kid } = identity.keys.current();
    identity.close();
    expect(testIdentity(clock, { folder }).keys.current().kid).toBe(kid);
  });
});

it('auth.db is for its owner alone', () => {
  const { folder, identity } = fixture();
  expect(['auth.db', 'auth.db-wal'].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  identity.close();
  expect(readFileSync(join(folder, 'auth.db')).subarray(0, 15).toString()).toBe('SQLite format 3');
});
