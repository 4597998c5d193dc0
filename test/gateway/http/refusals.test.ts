// Refusals at the doors are facts of the audit: who, where, why, and no secret (K34).
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { listActivity } from '../../../actors/read-model/index.ts';
import { addApiRoutes } from '../../../gateway/http/api-door.ts';
import { refusalNotes } from '../../../gateway/http/refusals.ts';
import { addRpcRoute } from '../../../gateway/http/rpc-door.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, openRpcDoor, testDoor } from '../../support/test-door.ts';

async function refused(node: TestNode) {
  await settle();
  const { items } = listActivity(await node.facts.read(), { kind: 'access.refused' });
  return items.map(({ body }) => body as Readonly<Record<string, unknown>>).reverse();
}

describe('a request that is refused at a door', () => {
  it.each([
    ['a wrong token', { authorization: 'Bearer hunter2' }, { code: 'Unauthenticated' }],
    ['no token', { authorization: '' }, { code: 'Unauthenticated' }],
    ['a foreign Host', { host: 'rebind.example:5003' }, { code: 'ForeignRequest', why: expect.stringContaining('rebind.example') }],
    ['a foreign Origin', { origin: 'https://ann:hunter2@evil.example' }, { code: 'ForeignRequest', why: expect.stringContaining('evil.example') }],
  ])('for %s leaves a fact in the activity, without what was secret (K34)', async (_what, headers, fact) => {
    const node = await runningNode();
    const { get } = testDoor('api', addApiRoutes, () => node.node);
    await get('/api/v1/plans?token=hunter2', headers);
    const [only, ...others] = await refused(node);
    expect(only).toMatchObject({ door: 'api', method: 'GET', path: '/api/v1/plans', remote: '127.0.0.1', ...fact });
    expect(others).toEqual([]);
    expect(JSON.stringify(node.store.facts)).not.toContain('hunter2');
  });

  it('for want of permission leaves a fact with who it was and what was asked for (K34)', async () => {
    const node = await runningNode();
    const reader = { name: 'bob', permissions: ['read'] as const };
    await expect(node.dispatch('fleet.pause', {}, { caller: reader })).rejects.toMatchObject({ code: 'NotPermitted' });
    expect(await refused(node)).toMatchObject([{ door: 'fleet.pause', caller: 'bob', code: 'NotPermitted' }]);
  });

  it('by the thousand is not written by the thousand: the rest of a minute is counted by its source, and each is refused all the same (K34)', async () => {
    const node = await runningNode();
    const { post } = testDoor('rpc', addRpcRoute, () => node.node);
    for (let n = 0; n < 100; n += 1) expect((await post('/rpc', {}, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post('/rpc', {}, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await refused(node)).map(({ code }) => code)).toEqual([...Array.from({ length: 10 }, () => 'Unauthenticated'), 'ForeignRequest']);
    const counted = async () => listActivity(await node.facts.read(), { kind: 'access.refused_more' }).items.map(({ body }) => body);
    expect(await counted()).toEqual([]);
    await node.pass(60_000);
    expect(await counted()).toEqual([{ door: 'rpc', code: 'Unauthenticated', remote: '127.0.0.1', count: 90, withinMs: 60_000 }]);
    await post('/rpc', {}, { authorization: 'Bearer wrong' });
    expect(await refused(node)).toHaveLength(12);
  });

  it('from more sources than can be told apart is counted all the same, and said before the node ends', async () => {
    const node = await runningNode();
    const note = refusalNotes(() => node.node, node.node.stopping);
    for (let n = 0; n < 1_500; n += 1) note({ door: 'api', code: 'Unauthenticated', why: '', remote: `192.0.2.${n}` });
    await settle();
    const others = 500;
    // Until as much may be recorded again as ever.
    await node.pass(5_000);
    node.stop();
    await settle();
    const { items } = listActivity(await node.facts.read(), { kind: 'access.refused_more' });
    expect(items.map(({ body }) => body)).toEqual([{ door: 'api', code: 'Unauthenticated', remote: 'others', count: others - 10, withinMs: 60_000 }]);
  });

  it('before the node has started is refused as ever', async () => {
    const { get } = testDoor('api', addApiRoutes, () => undefined);
    expect((await get('/api/v1/plans', { authorization: '' })).status).toBe(401);
  });
});

describe('a socket that is refused', () => {
  it('leaves a fact: a foreign page, a wrong token, a host that is none of ours (K34)', async () => {
    const node = await runningNode();
    const { port } = await openRpcDoor(() => node.node, node.hosts);
    const ended = (headers: Readonly<Record<string, string>>, text?: string) =>
      new Promise<void>((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers });
        onTestFinished(() => socket.terminate());
        socket.on('error', () => resolve());
        socket.on('message', () => resolve());
        socket.on('open', () => socket.send(text ?? ''));
      });
    await ended({ ...HONEST, origin: 'https://evil.example' });
    await ended({ authorization: 'Bearer wrong' });
    await ended({}, JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'host.hello', params: { agent: 'testing', ticket: 'stolen', nonce: 'n', pid: 1, startedAt: 0 } }));
    expect((await refused(node)).map(({ door, code }) => `${String(door)} ${String(code)}`)).toEqual(['rpc ForeignRequest', 'rpc Unauthenticated', 'rpc HostRefused']);
  });
});
