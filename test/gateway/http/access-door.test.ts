// Port 5002: who somebody is and what they may do, as other programs ask it, and that a denial is in the audit while no token is.
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../../actors/read-model/index.ts';
import { addAccessRoutes } from '../../../gateway/http/access-door.ts';
import { judge } from '../../../gateway/identity/policy.ts';
import { powersOf, ROLES, scopesOfRoles } from '../../../gateway/identity/roles.ts';
import { OPERATIONS } from '../../../gateway/operations/index.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { testDoor } from '../../support/test-door.ts';

const ACCESS = 'http://127.0.0.1:5002';

async function accessDoor() {
  const node = await runningNode();
  const { identity } = node.node;
  const door = testDoor(
    'access',
    (app, nodeNow) => addAccessRoutes(app, nodeNow, identity),
    () => node.node,
    { tokens: identity.tokens, resourcePaths: [] },
  );
  const tokenOf = async (input: object) => node.run<{ token: string; login: string }>('token.issue', { name: 'ci', ...input });
  const ask = async (question: object) => (await door.post('/auth/authorize', question)).body;
  const denials = async (kind = 'access.denied') => {
    await settle();
    return listActivity(await node.facts.read(), { kind }).items.map(({ body }) => body);
  };
  return { node, identity, door, tokenOf, ask, denials };
}

describe('POST /auth/authorize', () => {
  it.each([
    ['viewer', 'plan.list', 'allow', 'viewer-reads'],
    ['viewer', 'task.submit', 'deny', 'nothing-permits'],
    ['operator', 'task_submit', 'allow', 'operator-works'],
    ['operator', 'approval.decide', 'deny', 'nothing-permits'],
    ['approver', 'approval.decide', 'allow', 'approver-decides'],
    ['approver', 'task.submit', 'deny', 'nothing-permits'],
    ['agent', 'task.submit', 'allow', 'agent-works'],
    ['agent', 'approval_decide', 'allow', 'agent-works'],
    ['agent', 'rule.remove', 'deny', 'nothing-permits'],
    ['agent', 'user.list', 'deny', 'nothing-permits'],
    ['admin', 'user.remove', 'allow', 'admin-does-everything'],
  ] as const)('says of a person with the role %s and %s: %s, by the rule %s', async (role, action, decision, rule) => {
    const { identity, ask, denials } = await accessDoor();
    identity.users.add('ann', [role]);
    expect(await ask({ subject: 'ann', action, resource: 'http://localhost:9999/mcp' })).toMatchObject({ decision, rule });
    expect(await denials()).toMatchObject(decision === 'deny' ? [{ subject: 'ann', operation: action, rule, by: 'admin' }] : []);
  });

  it('answers for a program by its id, and for a person by theirs', async () => {
    const { identity, ask } = await accessDoor();
    const { client } = identity.clients.add({ name: 'ci', roles: ['operator'], redirectUris: [] });
    const { id } = identity.users.add('ann', ['viewer', 'approver']);
    expect(await ask({ subject: client.id, action: 'task.submit' })).toMatchObject({ decision: 'allow', permission: 'act' });
    expect(await ask({ subject: id, action: 'plan.list' })).toMatchObject({ decision: 'allow', rule: 'viewer-reads' });
  });

  it('answers for the bearer of a token by its scopes, and by none once it is revoked', async () => {
    const { node, tokenOf, ask, denials } = await accessDoor();
    const { token, login } = await tokenOf({ scope: 'troupe:op:task.cancel troupe:read' });
    expect(await ask({ token, action: 'task.cancel' })).toMatchObject({ decision: 'allow', rule: 'troupe:op:task.cancel' });
    expect(await ask({ token, action: 'task.list' })).toMatchObject({ decision: 'allow', rule: 'troupe:read' });
    expect(await ask({ token, action: 'task.submit' })).toMatchObject({ decision: 'deny', rule: 'nothing-permits' });
    await node.run('login.revoke', { login });
    expect(await ask({ token, action: 'task.list' })).toMatchObject({ decision: 'deny', rule: 'unknown-subject' });
    expect(await denials()).toMatchObject([{ subject: 'a token that is not good' }, { subject: 'ci', why: "task.submit needs 'act'; scopes: troupe:op:task.cancel troupe:read" }]);
    expect(JSON.stringify(node.store.facts)).not.toContain(token.split('.')[2]);
  });

  it.each([
    ['a subject that nobody is', { subject: 'eve', action: 'plan.list' }, 'unknown-subject'],
    ['an operation that there is not', { subject: 'ann', action: 'plan.burn' }, 'unknown-action'],
    ['a resource of another', { subject: 'ann', action: 'plan.list', resource: 'https://elsewhere.example/mcp' }, 'unknown-resource'],
  ])('denies %s, and says so', async (_what, question, rule) => {
    const { identity, ask } = await accessDoor();
    identity.users.add('ann', ['admin']);
    expect(await ask(question)).toMatchObject({ decision: 'deny', rule });
  });

  it('decides as the doors do: a role allows what a token with its scopes could call, for every operation of the table', () => {
    const setsOfRoles = Array.from({ length: 2 ** ROLES.length }, (_, bits) => ROLES.filter((_role, index) => (bits >> index) % 2 === 1));
    for (const roles of setsOfRoles) {
      const { permissions, operations } = powersOf(scopesOfRoles(roles));
      for (const [action, { permission }] of OPERATIONS) {
        const callable = permissions.includes(permission) || operations.includes(action);
        expect([roles, action, judge({ roles }, action, permission).decision]).toEqual([roles, action, callable ? 'allow' : 'deny']);
      }
    }
  });
});

describe('POST /auth/introspect', () => {
  it('says what a token says that is good at any door of the node', async () => {
    const { door, tokenOf } = await accessDoor();
    const { token } = await tokenOf({ role: 'operator' });
    expect((await door.post('/auth/introspect', { token })).body).toMatchObject({
      active: true,
      token_type: 'Bearer',
      iss: 'http://127.0.0.1:5004',
      sub: 'ci',
      aud: 'http://127.0.0.1:9999/mcp',
      scope: 'troupe:read troupe:act',
      permissions: ['read', 'act'],
    });
  });

  it('says nothing but `active: false` of one that was revoked, was made up, or is the admin token', async () => {
    const { node, door, tokenOf } = await accessDoor();
    const { token, login } = await tokenOf({});
    await node.run('login.revoke', { login });
    for (const shown of [token, 'a.b.c', 'nonsense', `${token}x`]) expect((await door.post('/auth/introspect', { token: shown })).body).toEqual({ active: false });
  });
});

describe('GET /auth/me', () => {
  it('tells the bearer of a token for this door who they are', async () => {
    const { door, tokenOf } = await accessDoor();
    const { token } = await tokenOf({ role: 'viewer', resource: ACCESS });
    const { status, body } = await door.get('/auth/me', { authorization: `Bearer ${token}` });
    expect([status, body]).toMatchObject([200, { name: 'ci', client: 'troupe', scope: 'troupe:read', permissions: ['read'], audience: ACCESS, actors: [] }]);
  });
});

describe('who may ask', () => {
  it('is nobody without a token, and with one only who administers or has the scope of that very question', async () => {
    const { door, tokenOf, denials } = await accessDoor();
    const question = { subject: 'ann', action: 'plan.list' };
    expect((await door.post('/auth/authorize', question, { authorization: '' })).status).toBe(401);
    const as = async (input: object) => ({ authorization: `Bearer ${(await tokenOf({ resource: ACCESS, ...input })).token}` });
    const refused = await door.post('/auth/authorize', question, await as({ role: 'operator' }));
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope", scope="troupe:read troupe:act troupe:admin"'),
    ]);
    const narrow = await as({ scope: 'troupe:op:auth.authorize' });
    expect((await door.post('/auth/authorize', question, narrow)).status).toBe(200);
    expect((await door.post('/auth/introspect', { token: 'x' }, narrow)).status).toBe(403);
    expect(await denials('access.refused')).toMatchObject([{ code: 'NotPermitted' }, { code: 'NotPermitted' }, { code: 'Unauthenticated' }]);
  });
});

describe('its health', () => {
  it('is open, and ill once auth.db does not answer, which the health of the node says too', async () => {
    const { node, identity, door } = await accessDoor();
    expect(await door.get('/health', { authorization: '' })).toMatchObject({ status: 200, body: { status: 'ok' } });
    identity.tables.run('DELETE FROM signing_keys');
    expect(await door.get('/health', { authorization: '' })).toMatchObject({ status: 503, body: { status: 'failing', why: 'auth.db does not know the key that signs' } });
    expect(await node.run('system.status')).toMatchObject({ status: 'failing' });
    identity.tables.close();
    expect((await door.get('/health', { authorization: '' })).body).toMatchObject({ why: 'auth.db cannot be read' });
  });
});
