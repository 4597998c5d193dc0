// Doors under load and asked from elsewhere: what is too often or too much is turned away and told when to come back, probes are answered
// always, large answers are compressed where they hold no secret, and pages of other origins get in only where they are configured.

import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { listActivity } from '../../../actors/read-model/index.ts';
import { addApiRoutes } from '../../../gateway/http/api-door.ts';
import { doorServer } from '../../../gateway/http/door-server.ts';
import { addHealthRoutes } from '../../../gateway/http/health-door.ts';
import { systemClock } from '../../../runtime/index.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, openRealDoor, recordingLog, TRUST } from '../../support/test-door.ts';

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

function get(port: number, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers: { ...HONEST, ...headers }, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(parts) }));
    })
      .on('error', reject)
      .end();
  });
}

async function refusals(node: TestNode) {
  await settle();
  return listActivity(await node.facts.read(), { kind: 'access.refused' }).items.map(({ body }) => body as Readonly<Record<string, unknown>>);
}

const API = { name: 'api', purpose: 'main routes' };

describe('a door that is asked too often', () => {
  it.each([
    ['api', '/api/v1/agents'],
    ['access', '/auth/me'],
    ['auth', '/logins'],
    ['rpc', '/mcp'],
    ['agent:testing', '/'],
  ])('(%s) answers 429 as a problem that says how long to wait, and the audit has it', async (name, path) => {
    const node = await runningNode();
    const { port } = await openRealDoor({ name, purpose: 'a door' }, () => node.node, { requestsPerMinute: 5 });
    for (let n = 0; n < 5; n += 1) expect((await get(port, path)).status).not.toBe(429);
    const { status, headers, bytes } = await get(port, path);
    const problem = JSON.parse(bytes.toString()) as { code: string; most: number; seconds: number };
    expect([status, headers['content-type']]).toEqual([429, expect.stringContaining('application/problem+json')]);
    expect(problem).toMatchObject({ code: 'TooManyRequests', most: 5 });
    expect(Number(headers['retry-after'])).toBe(problem.seconds);
    expect(problem.seconds).toBeGreaterThan(0);
    expect(await refusals(node)).toContainEqual(expect.objectContaining({ door: name, code: 'TooManyRequests', path, remote: '127.0.0.1' }));
  });

  it('refuses wrong tokens ever more shortly, and right ones never for it', async () => {
    const node = await runningNode();
    const { port } = await openRealDoor(API, () => node.node, { requestsPerMinute: 40 });
    const wrong = async () => (await get(port, '/api/v1/agents', { authorization: 'Bearer wrong' })).status;
    expect([await wrong(), await wrong(), await wrong()]).toEqual([401, 401, 429]);
    expect((await get(port, '/api/v1/agents')).status).toBe(200);
  });

  it('answers probes all the same', async () => {
    const node = await runningNode();
    const { port } = await openRealDoor({ name: 'health', purpose: 'health' }, () => node.node, { requestsPerMinute: 10 });
    for (let n = 0; n < 20; n += 1) expect((await get(port, '/health/ready')).status).toBe(200);
    await get(port, '/metrics');
    expect((await get(port, '/metrics')).status).toBe(429);
  });

  it('counts each call of a batch, and each message of a socket in either protocol', async () => {
    const node = await runningNode();
    const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'plan.list', params: {} });
    const { port } = await openRealDoor({ name: 'rpc', purpose: 'JSON-RPC' }, () => node.node, { requestsPerMinute: 6 });
    const response = await fetch(`http://127.0.0.1:${port}/rpc`, {
      method: 'POST',
      headers: { ...HONEST, 'content-type': 'application/json' },
      body: JSON.stringify([1, 2, 3, 4].map(call)),
    });
    expect(((await response.json()) as unknown[]).every((one) => 'result' in (one as object))).toBe(true);
    // The upgrade is the fifth.
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: HONEST });
    onTestFinished(() => socket.terminate());
    const answers = await new Promise<Array<{ id: number; error?: { data: { code: string } } }>>((resolve, reject) => {
      const heard: Array<{ id: number; error?: { data: { code: string } } }> = [];
      socket.on('error', reject);
      socket.on('open', () => [6, 7].map((id) => socket.send(JSON.stringify(call(id)))));
      socket.on('message', (data) => {
        const answer = JSON.parse(data.toString()) as { id?: number };
        if (answer.id !== undefined) heard.push(answer as { id: number });
        if (heard.length === 2) resolve(heard);
      });
    });
    expect(answers.map(({ id, error }) => [id, error?.data.code]).sort()).toEqual([
      [6, undefined],
      [7, 'TooManyRequests'],
    ]);
  });

  it('counts messages in MCP over a socket too', async () => {
    const node = await runningNode();
    const { port } = await openRealDoor({ name: 'rpc', purpose: 'MCP' }, () => node.node, { requestsPerMinute: 1 });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, 'mcp', { headers: HONEST });
    onTestFinished(() => socket.terminate());
    const answer = await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'tools/list' })));
      socket.on('message', (data) => resolve(JSON.parse(data.toString())));
    });
    expect(answer).toMatchObject({ id: 'x', error: { data: { code: 'TooManyRequests' } } });
  });
});

describe('a door of a node that has more to do than it can', () => {
  function strained(name: 'api' | 'health', node: TestNode) {
    const state = { high: true };
    const app = doorServer({
      door: { name, port: 5003, purpose: '' },
      trust: TRUST,
      log: recordingLog(),
      clock: systemClock,
      authenticated: name === 'api',
      pressure: { isHigh: () => state.high },
    });
    if (name === 'api') addApiRoutes(app, () => node.node);
    else addHealthRoutes(app, () => node.node);
    onTestFinished(() => app.close());
    const ask = (url: string) => app.inject({ url, headers: { host: '127.0.0.1:5003', ...HONEST } });
    return { state, ask };
  }

  it('turns requests away with 503 and a time to come back, and takes them again once it can', async () => {
    const { state, ask } = strained('api', await runningNode());
    const answer = await ask('/api/v1/agents');
    expect([answer.statusCode, Number(answer.headers['retry-after']), answer.json()]).toEqual([503, 5, expect.objectContaining({ code: 'NodeBusy', seconds: 5 })]);
    state.high = false;
    expect((await ask('/api/v1/agents')).statusCode).toBe(200);
  });

  it.each(['/health', '/health/live', '/health/ready', '/health/components', '/metrics'])('answers %s', async (path) => {
    const { ask } = strained('health', await runningNode());
    expect((await ask(path)).statusCode).toBe(200);
  });
});

describe('a large answer', () => {
  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('is compressed (%s) for whoever takes that, and is the same', async (encoding, decompress) => {
    const node = await runningNode();
    const { port } = await openRealDoor(API, () => node.node);
    const plain = await get(port, '/api/v1/actors');
    const packed = await get(port, '/api/v1/actors', { 'accept-encoding': encoding });
    expect([plain.headers['content-encoding'], packed.headers['content-encoding'], packed.headers.vary]).toEqual([undefined, encoding, 'accept-encoding']);
    expect(decompress(packed.bytes).equals(plain.bytes)).toBe(true);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
  });

  it('is left as it is when it is small, and at doors whose answers hold tokens, links and forms', async () => {
    const node = await runningNode();
    const packed = { 'accept-encoding': 'br, gzip' };
    const api = await openRealDoor(API, () => node.node);
    expect((await get(api.port, '/api/v1/plans', packed)).headers['content-encoding']).toBeUndefined();
    const auth = await openRealDoor({ name: 'auth', purpose: 'logins' }, () => node.node);
    const metadata = await get(auth.port, '/.well-known/oauth-authorization-server', packed);
    expect([metadata.bytes.length > 1_024, metadata.headers['content-encoding']]).toEqual([true, undefined]);
    const rpc = await openRealDoor({ name: 'rpc', purpose: 'JSON-RPC' }, () => node.node);
    const tree = await fetch(`http://127.0.0.1:${rpc.port}/rpc`, {
      method: 'POST',
      headers: { ...HONEST, ...packed, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'actor.tree', params: {} }),
    });
    expect([(await tree.text()).length > 1_024, tree.headers.get('content-encoding')]).toEqual([true, null]);
  });
});

describe('a page of another origin', () => {
  const page = { origin: 'https://page.example' };
  const preflight = { ...page, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' };

  it('gets in nowhere by default, and is told nothing that a browser would show it', async () => {
    const node = await runningNode();
    const { port } = await openRealDoor(API, () => node.node);
    for (const got of [await get(port, '/api/v1/plans', page), await get(port, '/api/v1/plans', { ...preflight, authorization: '' }, 'OPTIONS')]) {
      expect(got.status).toBe(403);
      expect(Object.keys(got.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it.each(['api', 'rpc'])('that is configured may ask first without a token (%s), then needs one, and may read why it was refused', async (name) => {
    const node = await runningNode();
    const { port } = await openRealDoor({ name, purpose: 'a door' }, () => node.node, { origins: [page.origin] });
    const path = name === 'api' ? '/api/v1/plans' : '/mcp';
    const asked = await get(port, path, { ...preflight, authorization: '' }, 'OPTIONS');
    expect([asked.status, asked.headers['access-control-allow-origin'], asked.headers['access-control-allow-credentials']]).toEqual([204, page.origin, undefined]);
    const refused = await get(port, path, { ...page, authorization: '' });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, page.origin]);
    expect(String(refused.headers['access-control-expose-headers'])).toContain('www-authenticate');
    const taken = await get(port, path, page);
    expect([taken.status < 500 && taken.status !== 403, taken.headers['access-control-allow-origin']]).toEqual([true, page.origin]);
  });

  it.each([{ origin: 'https://other.example' }, { origin: 'https://page.example.evil.example' }, { origin: 'null' }])(
    'that is not the configured one is refused: %j',
    async (other) => {
      const node = await runningNode();
      const { port } = await openRealDoor(API, () => node.node, { origins: [page.origin] });
      const got = await get(port, '/api/v1/plans', other);
      expect([got.status, got.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    },
  );
});
