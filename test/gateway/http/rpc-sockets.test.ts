import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import type { NodeNow } from '../../../gateway/http/dispatch.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { HONEST, openRpcDoor } from '../../support/test-door.ts';

/** A client that keeps every text it hears and waits for the one it wants. */
class Client {
  readonly heard: Array<Readonly<Record<string, unknown>>> = [];
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  readonly closed: Promise<number>;
  #wake = (): void => undefined;

  constructor(url: string, headers: Readonly<Record<string, string>> = HONEST, protocols: readonly string[] = []) {
    this.socket = new WebSocket(url, [...protocols], { headers });
    this.opened = new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.opened.catch(() => undefined);
    this.socket.on('error', () => undefined);
    this.socket.on('message', (text) => {
      this.heard.push(JSON.parse(String(text)));
      this.#wake();
    });
    onTestFinished(() => this.socket.terminate());
  }

  send(body: unknown): void {
    this.socket.send(typeof body === 'string' ? body : JSON.stringify(body));
  }

  async next(wanted: (message: Readonly<Record<string, unknown>>) => boolean = () => true): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const index = this.heard.findIndex(wanted);
      if (index >= 0) return this.heard.splice(index, 1)[0] ?? {};
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function served({ nodeNow }: { readonly nodeNow?: NodeNow } = {}) {
  const node: TestNode | undefined = nodeNow === undefined ? await runningNode() : undefined;
  const { port, doors } = await openRpcDoor(nodeNow ?? (() => node?.node), node?.hosts);
  const url = `ws://127.0.0.1:${port}/ws`;
  const client = async (headers?: Readonly<Record<string, string>>, protocols?: readonly string[]): Promise<Client> => {
    const made = new Client(url, headers, protocols);
    await made.opened;
    return made;
  };
  return { url, port, client, node: node as TestNode, doors };
}

/** Status of a refused upgrade. */
function refusal(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.on('error', () => undefined);
    socket.once('open', () => reject(new Error('it was admitted')));
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
  });
}

describe('upgrades', () => {
  it.each([
    ['a wrong token', { authorization: 'Bearer nobody' }, 401],
    ['a foreign Host', { ...HONEST, host: 'rebind.example' }, 403],
    ['a foreign Origin', { ...HONEST, origin: 'https://example.com' }, 403],
    ['a foreign Origin without a token, as a browser would', { origin: 'https://example.com' }, 403],
  ])('%s is refused before a socket is opened', async (_what, headers, status) => {
    const { url } = await served();
    expect(await refusal(url, headers)).toBe(status);
  });

  it('another path is no route', async () => {
    const { port } = await served();
    expect(await refusal(`ws://127.0.0.1:${port}/other`, HONEST)).toBe(404);
  });

  it('a client of a node that is still starting is told to come again', async () => {
    const { url } = await served({ nodeNow: () => undefined });
    expect(await refusal(url, HONEST)).toBe(503);
  });

  it('the subprotocols jsonrpc and mcp are spoken, none is fine, another is not agreed to', async () => {
    const { client, url } = await served();
    expect((await client(HONEST, ['jsonrpc'])).socket.protocol).toBe('jsonrpc');
    expect((await client()).socket.protocol).toBe('');
    expect((await client(HONEST, ['mcp'])).socket.protocol).toBe('mcp');
    await expect(new Client(url, HONEST, ['graphql-ws']).opened).rejects.toThrow();
  });
});

describe('a client with a token', () => {
  it('calls operations, single and in batches', async () => {
    const { client } = await served();
    const one = await client();
    one.send({ jsonrpc: '2.0', id: 'a', method: 'agent.status', params: { agent: 'testing' } });
    expect(await one.next()).toMatchObject({ id: 'a', result: { name: 'testing' } });
    one.send([
      { jsonrpc: '2.0', id: 1, method: 'foobar' },
      { jsonrpc: '2.0', method: 'agent.list' },
      { jsonrpc: '2.0', id: 2, method: 'agent.list' },
    ]);
    expect(await one.next()).toMatchObject([
      { id: 1, error: { code: -32601 } },
      { id: 2, result: { nextCursor: null } },
    ]);
  });

  it.each([
    ['text that is no JSON', '{', { id: null, error: { code: -32700 } }],
    ['an empty batch', '[]', { id: null, error: { code: -32600 } }],
    ['no request', '{"id": 3}', { id: 3, error: { code: -32600 } }],
    ['a batch that is too long', JSON.stringify(Array.from({ length: 51 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'agent.list' }))), { id: null, error: { code: -32600 } }],
  ])('%s is answered in the words of the specification, and the socket stays open', async (_what, text, expected) => {
    const { client } = await served();
    const one = await client();
    one.send(text);
    expect(await one.next()).toMatchObject(expected);
    one.send({ jsonrpc: '2.0', id: 'still', method: 'fleet.resume' });
    expect(await one.next(({ id }) => id === 'still')).toMatchObject({ id: 'still', result: { paused: false } });
  });

  it('hears news of what happens, in order and with the number of the fact', async () => {
    const { client } = await served();
    const one = await client();
    one.send({ jsonrpc: '2.0', id: 1, method: 'message.send', params: { to: 'testing', type: 'note' } });
    await one.next(({ id }) => id === 1);
    const news = await one.next(({ method }) => method === 'notifications/troupe/message');
    expect(news).toMatchObject({ jsonrpc: '2.0', params: { seq: expect.any(Number), at: expect.any(Number), kind: expect.stringMatching(/^message\./) } });
    expect(news).not.toHaveProperty('id');
  });

  it('bytes instead of text close the socket as unsupported', async () => {
    const { client } = await served();
    const one = await client();
    one.socket.send(Buffer.from('{}'), { binary: true });
    expect(await one.closed).toBe(1003);
  });

  it('a text that is too large closes the socket', async () => {
    const { client } = await served();
    const one = await client();
    one.send(`"${'x'.repeat(16_777_216)}"`);
    expect(await one.closed).toBe(1009);
  });

  it('the end of the doors ends every socket', async () => {
    const { client, doors } = await served();
    const one = await client();
    await doors.close();
    expect(await one.closed).toBe(1006);
  });
});

describe('who has no token can only be an agent host', () => {
  const hello = (ticket: string, nonce: string, agent = 'testing') => ({
    jsonrpc: '2.0',
    id: 'hello',
    method: 'host.hello',
    params: { agent, ticket, nonce, pid: process.pid, startedAt: 1 },
  });

  it.each(['agent.list', 'approval.decide', 'actor.kill', 'system.status'])('%s before its hello is refused and the socket closed', async (method) => {
    const { client, node } = await served();
    const stranger = await client({});
    stranger.send({ jsonrpc: '2.0', id: 1, method });
    expect(await stranger.next()).toMatchObject({ id: 1, error: expect.anything() });
    node.services.clock.advance(1_000);
    expect(await stranger.closed).toBe(1008);
  });

  it('a ticket is for its own agent, once', async () => {
    const { client, node } = await served();
    const { ticket, nonce } = node.hosts.mintTicket('testing');
    const other = await client({});
    other.send(hello(ticket, nonce, 'master'));
    expect(await other.next()).toMatchObject({ id: 'hello', error: { data: { code: 'HostRefused' } } });
    const own = await client({});
    own.send(hello(ticket, nonce));
    expect(await own.next()).toMatchObject({ id: 'hello', result: expect.anything() });
    const again = await client({});
    again.send(hello(ticket, nonce));
    expect(await again.next()).toMatchObject({ error: { data: { code: 'HostRefused' } } });
  });

  it('a host that was admitted reaches no operation: it can neither decide nor kill nor read others', async () => {
    const { client, node } = await served();
    const { ticket, nonce } = node.hosts.mintTicket('testing');
    const host = await client({});
    host.send(hello(ticket, nonce));
    expect(await host.next()).toMatchObject({ id: 'hello', result: expect.anything() });
    for (const method of ['approval.decide', 'task.resolve', 'actor.kill', 'actor.send', 'agent.spawn', 'plan.run', 'inbox.read', 'constructor', '__proto__', 'toString']) {
      host.send({ jsonrpc: '2.0', id: method, method, params: {} });
      expect(await host.next(({ id }) => id === method)).toMatchObject({ error: { code: -32601 } });
    }
  });

  it("a ticket is no token: over HTTP it is refused like anybody's", async () => {
    const { url, node } = await served();
    expect(await refusal(url, { authorization: `Bearer ${node.hosts.mintTicket('testing').ticket}` })).toBe(401);
  });
});
