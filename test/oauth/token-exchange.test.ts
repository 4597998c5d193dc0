// RFC 8693 over HTTP: a program hands a narrower token to an agent that it starts, that one to the next. What a child may do is asked of
// the doors and of what they refuse, not of what its token says.
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../actors/read-model/index.ts';
import { EXCHANGE_GRANT } from '../../gateway/identity/clients.ts';
import { SCOPES } from '../../gateway/identity/roles.ts';
import { type AuthDoor, authDoor } from '../support/auth-door.ts';
import { count } from '../support/length.ts';
import { settle } from '../support/settle.ts';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

interface Answer {
  readonly status: number;
  readonly access_token: string;
  readonly scope: string;
  readonly error?: string;
  readonly [member: string]: unknown;
}

interface Program {
  readonly door: AuthDoor;
  readonly id: string;
  readonly token: string;
  exchange(parent: string, wish: Readonly<Record<string, string | undefined>>): Promise<Answer>;
}

const basic = (id: string, secret: string | null) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });

async function posted(door: AuthDoor, form: Readonly<Record<string, string | undefined>>, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await door.post('/token', Object.fromEntries(given), headers);
  return { status: response.status, ...((await response.json()) as object) } as Answer;
}

async function program(): Promise<Program> {
  const door = await authDoor({ doors: ['rpc'] });
  const { client, secret } = door.identity.clients.add({ name: 'ci', roles: ['operator', 'approver'], redirectUris: [] });
  const headers = basic(client.id, secret);
  const { access_token: token } = await posted(door, { grant_type: 'client_credentials', resource: door.resource }, headers);
  const exchange: Program['exchange'] = (parent, wish) => posted(door, { grant_type: EXCHANGE_GRANT, subject_token: parent, subject_token_type: ACCESS_TOKEN, ...wish }, headers);
  return { door, id: client.id, token, exchange };
}

async function facts(door: AuthDoor, kind: string) {
  await settle();
  return listActivity(await door.node.facts.read(), { kind }).items.map(({ body }) => body);
}

async function call(door: AuthDoor, token: string, method: string): Promise<string> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} });
  const response = await fetch(`${door.urls.rpc}/rpc`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body });
  if (!response.ok) return String(((await response.json()) as { code?: unknown }).code);
  return String(((await response.json()) as { error?: { data?: { code?: unknown } } }).error?.data?.code ?? 'ok');
}

describe('a token that is exchanged', () => {
  it('names who acts, for whom, and does what it was given and nothing else; the chain is in the audit', async () => {
    const { door, id, token, exchange } = await program();
    const lead = await exchange(token, { actor: 'agents/supervisor', scope: 'troupe:read troupe:act', expires_in: '300' });
    expect(lead).toMatchObject({ status: 200, issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', scope: 'troupe:read troupe:act' });
    const worker = await exchange(lead.access_token, { actor: 'agents/testing', scope: 'troupe:read' });
    expect(decodeJwt(worker.access_token)).toMatchObject({ sub: id, client_id: id, act: { sub: 'agents/testing', act: { sub: 'agents/supervisor' } } });
    expect([await call(door, worker.access_token, 'plan.list'), await call(door, worker.access_token, 'fleet.pause')]).toEqual(['ok', 'NotPermitted']);
    expect(await call(door, lead.access_token, 'fleet.pause')).toBe('ok');
    expect(await facts(door, 'token.delegated')).toMatchObject([
      { to: 'agents/testing', chain: ['agents/testing', 'agents/supervisor'], subject: 'ci', client: id, scope: 'troupe:read', audience: door.resource },
      { to: 'agents/supervisor', chain: ['agents/supervisor'] },
    ]);
    expect(await facts(door, 'access.refused')).toMatchObject([{ door: 'fleet.pause', caller: 'agents/testing' }]);
    for (const secret of [token, lead.access_token, worker.access_token]) expect(JSON.stringify(door.node.store.facts)).not.toContain(secret.split('.')[2]);
  });

  it('never lets a child do, reach or outlive more than its parent, whatever is asked for', async () => {
    const { door, token, exchange } = await program();
    const scope = fc.subarray([...SCOPES, 'troupe:op:task.submit', 'troupe:op:user.add', 'troupe:op:approval.decide', 'openid']).map((words) => words.join(' '));
    const wish = fc.record({
      actor: fc.constantFrom('agents/a', 'agents/b', 'tasks/t'),
      scope: fc.option(scope, { nil: undefined }),
      resource: fc.option(fc.constantFrom(door.resource, door.urls.rpc, door.urls.api, door.issuer, `${door.resource}/more`, 'http://evil.example'), { nil: undefined }),
      expires_in: fc.option(fc.integer({ min: 1, max: 100_000 }).map(String), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 4 }), async (wishes) => {
        let parent = token;
        for (const one of wishes) {
          const child = await exchange(parent, one);
          if (child.status !== 200) {
            expect(child.error).toMatch(/^invalid_(scope|target|request)$/);
            return;
          }
          const [above, below] = [await door.identity.tokens.verifyAnywhere(parent), await door.identity.tokens.verifyAnywhere(child.access_token)];
          expect(above.permissions).toEqual(expect.arrayContaining([...below.permissions]));
          expect(below.operations).not.toContain('user.add');
          expect(below.token?.audience).toBe(above.token?.audience);
          expect(below.token?.expiresAt).toBeLessThanOrEqual(above.token?.expiresAt ?? 0);
          expect(below.token?.actors).toEqual([one.actor, ...(above.token?.actors ?? [])]);
          parent = child.access_token;
        }
      }),
      { numRuns: count(25, 200) },
    );
    expect(door.faults).toEqual([]);
  });

  it('is refused from the moment in which its parent is revoked, and the parent not with its child', async () => {
    const { door, id, token, exchange } = await program();
    const { access_token: child } = await exchange(token, { actor: 'agents/a' });
    const { access_token: grandchild } = await exchange(child, { actor: 'agents/b' });
    door.identity.revocations.revoke(`token ${decodeJwt(child).jti}`, Date.now() + 600_000);
    expect([await call(door, grandchild, 'plan.list'), await call(door, child, 'plan.list'), await call(door, token, 'plan.list')]).toEqual(['TokenRefused', 'TokenRefused', 'ok']);
    door.identity.clients.remove(id);
    expect(await call(door, token, 'plan.list')).toBe('TokenRefused');
  });

  it.each<[string, (program: Program, other: string) => Promise<Answer>, string]>([
    ['that another client holds', ({ exchange }, other) => exchange(other, { actor: 'agents/a' }), 'invalid_grant'],
    ['that is made up', ({ exchange }) => exchange('a.b.c', { actor: 'agents/a' }), 'invalid_grant'],
    ['of another type', ({ exchange, token }) => exchange(token, { actor: 'agents/a', subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }), 'invalid_request'],
    ['for nobody', ({ exchange, token }) => exchange(token, {}), 'invalid_request'],
    ['for more than it holds', ({ exchange, token }) => exchange(token, { actor: 'agents/a', scope: 'troupe:admin' }), 'invalid_scope'],
    ['for another door', ({ exchange, token, door }) => exchange(token, { actor: 'agents/a', resource: door.urls.api }), 'invalid_target'],
  ])('%s is refused, and recorded without it', async (_what, wrong, error) => {
    const here = await program();
    const { door } = here;
    const { client, secret } = door.identity.clients.add({ name: 'other', roles: ['operator'], redirectUris: [] });
    const { access_token: other } = await posted(door, { grant_type: 'client_credentials', resource: door.resource }, basic(client.id, secret));
    expect(await wrong(here, other)).toMatchObject({ status: 400, error });
    expect(await facts(door, 'access.refused')).toMatchObject([{ door: 'auth', code: error, path: '/token', caller: here.id }]);
    for (const token of [here.token, other]) expect(JSON.stringify(door.node.store.facts)).not.toContain(token.split('.')[2]);
  });

  it('by a client that registered itself is no exchange', async () => {
    const { door, token } = await program();
    const { client_id } = await door.register();
    const answer = await posted(door, { grant_type: EXCHANGE_GRANT, client_id: String(client_id), subject_token: token, subject_token_type: ACCESS_TOKEN, actor: 'agents/a' }, {});
    expect(answer).toMatchObject({ status: 400, error: 'invalid_request', error_description: expect.stringContaining('grant type is not allowed') });
  });
});
