// Tokens at real doors: what they open, what a client without one is told, and how it learns which scopes it lacks.
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../../actors/read-model/index.ts';
import { addApiRoutes } from '../../../gateway/http/api-door.ts';
import { addEventsRoute } from '../../../gateway/http/events-route.ts';
import { addResourceMetadata } from '../../../gateway/http/resource-metadata.ts';
import { addRpcRoute } from '../../../gateway/http/rpc-door.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { testDoor } from '../../support/test-door.ts';

const API = 'http://127.0.0.1:5003';
const METADATA = `resource_metadata="${API}/.well-known/oauth-protected-resource"`;

async function apiDoor() {
  const node = await runningNode();
  const { tokens, resources } = node.node.identity;
  const door = testDoor(
    'api',
    (app, nodeNow) => {
      addApiRoutes(app, nodeNow);
      addEventsRoute(app, nodeNow);
      addResourceMetadata(app, { issuer: resources.issuer, paths: [] });
    },
    () => node.node,
    { tokens, resourcePaths: [] },
  );
  const tokenOf = async (input: object) => String((await node.run('token.issue', { name: 'ci', resource: API, ...input })).token);
  const bearer = async (input: object) => ({ authorization: `Bearer ${await tokenOf(input)}` });
  return { node, door, bearer };
}

async function refused(node: TestNode) {
  await settle();
  return listActivity(await node.facts.read(), { kind: 'access.refused' }).items.map(({ body }) => body);
}

describe('a door with tokens', () => {
  it('takes one with a role, under the name that it was issued for', async () => {
    const { door, bearer } = await apiDoor();
    expect((await door.get('/api/v1/plans', await bearer({ role: 'viewer' }))).status).toBe(200);
  });

  it('answers who has none with 401 and where to learn of one', async () => {
    const { door } = await apiDoor();
    const { status, headers, body } = await door.get('/api/v1/plans', { authorization: '' });
    expect([status, body.code]).toEqual([401, 'Unauthenticated']);
    expect(headers['www-authenticate']).toBe(`Bearer realm="troupe", ${METADATA}`);
  });

  it('answers a token that is not good with invalid_token and the reason, and leaves a fact without the token', async () => {
    const { node, door, bearer } = await apiDoor();
    const other = await bearer({ resource: 'http://127.0.0.1:9999/mcp' });
    const { status, headers, body } = await door.get('/api/v1/plans', other);
    expect([status, body.code]).toEqual([401, 'TokenRefused']);
    expect(headers['www-authenticate']).toBe(`Bearer realm="troupe", error="invalid_token", error_description="the token was refused: it is for another resource", ${METADATA}`);
    expect(await refused(node)).toMatchObject([{ code: 'TokenRefused', path: '/api/v1/plans' }]);
    expect(JSON.stringify(node.store.facts)).not.toContain(other.authorization.split('.')[2]);
  });

  it('answers a scope that is too small with 403 and every scope that is needed, those it has included', async () => {
    const { node, door, bearer } = await apiDoor();
    const { status, headers, body } = await door.post('/api/v1/fleet/pause', {}, await bearer({ role: 'viewer' }));
    expect([status, body.code]).toEqual([403, 'NotPermitted']);
    expect(headers['www-authenticate']).toBe(`Bearer realm="troupe", error="insufficient_scope", scope="troupe:read troupe:act", ${METADATA}`);
    expect(await refused(node)).toMatchObject([{ code: 'NotPermitted', door: 'fleet.pause', caller: 'ci' }]);
  });

  it('shows events to nobody who may not read, and a fact says who asked', async () => {
    const { node, door, bearer } = await apiDoor();
    const { status, headers, body } = await door.get('/api/v1/events', await bearer({ scope: 'troupe:op:fleet.pause' }));
    expect([status, body.code]).toEqual([403, 'NotPermitted']);
    expect(headers['www-authenticate']).toContain('scope="troupe:op:fleet.pause troupe:read"');
    expect(await refused(node)).toMatchObject([{ code: 'NotPermitted', door: 'events', caller: 'ci' }]);
  });

  it('lets a token for one operation do that one and nothing else', async () => {
    const { door, bearer } = await apiDoor();
    const headers = await bearer({ scope: 'troupe:op:fleet.pause' });
    expect((await door.post('/api/v1/fleet/pause', {}, headers)).status).toBe(202);
    expect((await door.post('/api/v1/fleet/resume', {}, headers)).status).toBe(403);
    expect((await door.get('/api/v1/plans', headers)).status).toBe(403);
  });

  it('refuses a login from the moment on in which it is ended', async () => {
    const { node, door } = await apiDoor();
    const { token, login } = await node.run('token.issue', { name: 'ci', resource: API });
    const headers = { authorization: `Bearer ${String(token)}` };
    expect((await door.get('/api/v1/plans', headers)).status).toBe(200);
    await node.run('login.revoke', { login });
    expect((await door.get('/api/v1/plans', headers)).status).toBe(401);
  });

  it('takes no token from the query', async () => {
    const { door, bearer } = await apiDoor();
    const { authorization } = await bearer({});
    expect((await door.get(`/api/v1/plans?access_token=${authorization.slice(7)}`, { authorization: '' })).status).toBe(401);
  });

  it('says what it is to whoever asks, under the name by which it was asked', async () => {
    const { door } = await apiDoor();
    const { status, body } = await door.get('/.well-known/oauth-protected-resource', { authorization: '', host: 'localhost:5003' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ resource: 'http://localhost:5003', authorization_servers: ['http://127.0.0.1:5004'], bearer_methods_supported: ['header'] });
    expect(body.scopes_supported).toEqual(['troupe:read', 'troupe:act', 'troupe:approve', 'troupe:admin']);
  });
});

it('a token that is issued for no door is refused', async () => {
  const node = await runningNode();
  for (const resource of ['http://127.0.0.1:5004/mcp', 'https://127.0.0.1:5003', 'http://evil.example:5003', 'nonsense'])
    await expect(node.run('token.issue', { name: 'ci', resource })).rejects.toMatchObject({ code: 'InvalidInput' });
});

it('an audience is the same however its door is spelt', async () => {
  const node = await runningNode();
  for (const resource of ['http://localhost:9999/mcp', 'http://127.0.0.1:9999/mcp/', 'http://[::1]:9999/mcp'])
    expect(await node.run('token.issue', { name: 'ci', resource })).toMatchObject({ audience: 'http://127.0.0.1:9999/mcp' });
});

it('over JSON-RPC a token of an agent works, may be asked to decide, and administers nothing', async () => {
  const node = await runningNode();
  const door = testDoor('rpc', addRpcRoute, () => node.node, { tokens: node.node.identity.tokens });
  const { token } = await node.run('token.issue', { name: 'worker', role: 'agent' });
  const call = async (method: string, params: object) => (await door.post('/rpc', { jsonrpc: '2.0', id: 1, method, params }, { authorization: `Bearer ${String(token)}` })).body;
  expect(await call('plan.list', {})).toMatchObject({ result: { items: [] } });
  expect(await call('approval.decide', { request: 'r', decision: 'approve' })).toMatchObject({ error: { data: { code: 'NoSuchRequest' } } });
  expect(await call('task.resolve', { task: 't', action: 'done', why: 'w' })).toMatchObject({ error: { data: { code: 'NotPermitted' } } });
});
