// A node that stops: nobody new gets in, what was asked is answered, what would last ends with a word on when to come back, and all of it
// takes no longer than it may.
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import WebSocket from 'ws';
import { planText } from '../../support/call-plan.ts';
import { postModern } from '../../support/modern-request.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { HONEST, mcpSession, openRealDoor } from '../../support/test-door.ts';

const PLENTY_MS = 60_000;

async function door(name: string) {
  const test = await runningNode();
  const { port, doors } = await openRealDoor({ name, purpose: 'a door' }, () => test.node);
  return { test, port, doors };
}

/** A plan that runs, since no time passes here. */
async function unfinished(test: TestNode): Promise<string> {
  const workspace = join(test.folder, 'work');
  mkdirSync(workspace);
  return (await test.run<{ plan: string }>('plan.run', { text: planText(workspace, { commands: ['one'] }), baseDir: workspace })).plan;
}

/** What it says until it closes. */
function raw(port: number): { readonly socket: Socket; readonly said: Promise<string>; heard(text: string): Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    text += data.toString();
  });
  return {
    socket,
    said: new Promise((resolve) => socket.on('close', () => resolve(text))),
    async heard(part) {
      while (!text.includes(part)) await once(socket, 'data');
    },
  };
}

const head = (port: number, first: string, ...headers: string[]): string =>
  `${[`${first} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: ${HONEST.authorization}`, ...headers].join('\r\n')}\r\n\r\n`;

describe('a door of a node that stops', () => {
  it('answers what was under way and closes its connection, and lets nobody new in', async () => {
    const { test, port, doors } = await door('api');
    const body = JSON.stringify({ to: 'testing', type: 'note', payload: 'said before the end' });
    const client = raw(port);
    const idle = raw(port);
    await Promise.all([once(client.socket, 'connect'), once(idle.socket, 'connect')]);
    client.socket.write(head(port, 'POST /api/v1/messages', 'Content-Type: application/json', `Content-Length: ${body.length}`, 'Expect: 100-continue'));
    await client.heard('100 Continue');
    test.stop();
    const drained = doors.drain(PLENTY_MS);
    await expect(fetch(`http://127.0.0.1:${port}/api/v1/agents`, { headers: HONEST })).rejects.toThrow();
    expect(await idle.said).toBe('');
    client.socket.write(body);
    const said = await client.said;
    expect(said).toMatch(/HTTP\/1\.1 202 /);
    expect(said).toMatch(/connection: close/i);
    expect(await drained).toBe(0);
    expect((await test.run<{ items: readonly unknown[] }>('inbox.read', { agent: 'testing' })).items).toHaveLength(1);
  });

  it('begins nothing new on a connection that is open already, and says when to come back', async () => {
    const { test, port } = await door('api');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ask = async () => {
      const [response] = (await once(get({ port, path: '/api/v1/agents', headers: HONEST, agent }), 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      return [response.statusCode, response.headers['retry-after'], response.headers.connection];
    };
    expect(await ask()).toEqual([200, undefined, 'keep-alive']);
    test.stop();
    expect(await ask()).toEqual([503, '5', 'close']);
  });

  it('answers who waits for the end of something with what it is now', async () => {
    const { test, port, doors } = await door('api');
    const plan = await unfinished(test);
    const listens = vi.spyOn(test.facts, 'listen');
    const waits = fetch(`http://127.0.0.1:${port}/api/v1/plans/${plan}/await?timeoutMs=60000`, { headers: HONEST });
    await expect.poll(() => listens.mock.calls.length, { timeout: 15_000 }).toBe(1);
    test.stop();
    expect(await doors.drain(PLENTY_MS)).toBe(0);
    expect([(await waits).status, await (await waits).json()]).toEqual([200, expect.objectContaining({ plan })]);
  });

  it('cuts off what does not come to its end in time, and says how many', async () => {
    const { test, port, doors } = await door('api');
    const client = raw(port);
    await once(client.socket, 'connect');
    client.socket.write(head(port, 'POST /api/v1/messages', 'Content-Type: application/json', 'Content-Length: 100', 'Expect: 100-continue'));
    await client.heard('100 Continue');
    test.stop();
    expect(await doors.drain(100)).toBe(1);
    expect(await client.said).not.toContain('HTTP/1.1 2');
  });
});

describe('what lasts', () => {
  it.each([
    ['events of the API', 'api', '/api/v1/events', {}],
    ['the stream of a session of MCP', 'rpc', '/mcp', { 'mcp-protocol-version': '2025-11-25', accept: 'text/event-stream' }],
  ])('%s: the stream ends, and says when to come back', async (_what, name, path, more) => {
    const { test, port, doors } = await door(name);
    const session = name === 'rpc' ? { 'mcp-session-id': await mcpSession(port) } : {};
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { ...HONEST, ...more, ...session } });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/event-stream')]);
    test.stop();
    expect(await doors.drain(PLENTY_MS)).toBe(0);
    expect(await response.text()).toMatch(/(^|\n)retry: 2000\n: the node is stopping\n\n$/);
  });

  it.each(['jsonrpc', 'mcp'])('a socket in %s is answered what it asked, then closed with 1001', async (protocol) => {
    const { test, port, doors } = await door('rpc');
    const plan = await unfinished(test);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocol, { headers: HONEST });
    onTestFinished(() => socket.terminate());
    const heard: Array<{ id?: unknown; result?: unknown }> = [];
    socket.on('message', (data) => heard.push(JSON.parse(data.toString()) as { id?: unknown }));
    const closed = once(socket, 'close');
    await once(socket, 'open');
    const call = (id: string, method: string, params: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const waits = { plan, timeoutMs: 60_000 };
    if (protocol === 'mcp') {
      call('begin', 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } });
      call('wait', 'tools/call', { name: 'plan_await', arguments: waits });
    } else call('wait', 'plan.await', waits);
    call('last', protocol === 'mcp' ? 'tools/list' : 'plan.list', {});
    await expect.poll(() => heard.some(({ id }) => id === 'last'), { timeout: 15_000 }).toBe(true);
    test.stop();
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1001, 'the node is stopping: come back in a while']);
    expect(heard.find(({ id }) => id === 'wait')).toMatchObject({ result: expect.anything() });
    expect(await doors.drain(PLENTY_MS)).toBe(0);
  });
});

it('a subscription of MCP without a session ends too, and says when to come back', async () => {
  const { test, port, doors } = await door('rpc');
  const response = await postModern(port, 'subscriptions/listen', { notifications: { toolsListChanged: true } }, {});
  expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/event-stream')]);
  test.stop();
  expect(await doors.drain(PLENTY_MS)).toBe(0);
  expect(await response.text()).toMatch(/\nretry: 2000\n: the node is stopping\n\n$/);
});

it('readiness is over at once, and health answers until the end', async () => {
  const { test, port, doors } = await door('health');
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).status;
  expect(await ready()).toBe(200);
  test.stop();
  await doors.drain(PLENTY_MS);
  const answer = await fetch(`http://127.0.0.1:${port}/health`);
  expect([await ready(), answer.status, await answer.json()]).toEqual([503, 503, { status: 'stopping', components: [] }]);
  expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
});
