// Readers that do not read, on real sockets: what waits for one is bounded, it is cut off with a fact of it, and those who read miss nothing.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { listActivity } from '../../../actors/read-model/index.ts';
import { type CutOff, watchReaders } from '../../../gateway/http/slow-readers.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, mcpSession, openRealDoor } from '../../support/test-door.ts';

/** More than two ends of a loopback connection take for themselves. */
const LARGE_BYTES = 150_000;
const LARGE = 160;
/** Fewer than may be recorded in a second. */
const A_BURST = 10;

async function door(name: 'api' | 'rpc') {
  const node = await runningNode();
  const { port } = await openRealDoor({ name, purpose: 'a door' }, () => node.node, { clock: node.services.clock });
  return { node, port };
}

/** News by the burst, a second for each. */
async function tell(node: TestNode, many: number, bytes: number): Promise<void> {
  for (let n = 0; n < many; n += 1) {
    node.system.record('alert.test', { n, pad: 'x'.repeat(bytes) });
    if (n % A_BURST === A_BURST - 1) {
      await settle();
      await node.pass(1_000);
    }
  }
}

async function cutOffs(node: TestNode): Promise<readonly CutOff[]> {
  await settle();
  return listActivity(await node.facts.read(), { kind: 'reader.cut_off' }).items.map(({ body }) => body as CutOff);
}

/** Asks, and takes nothing of the answer. */
async function unread(port: number, request: string): Promise<{ readonly closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(request);
  return {
    get closed() {
      const closed = once(socket, 'close');
      socket.resume();
      return closed;
    },
  };
}

const ask = (port: number, path: string, ...headers: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: ${HONEST.authorization}`, ...headers].join('\r\n')}\r\n\r\n`;

it.each(['jsonrpc', 'mcp'])('a WebSocket client that speaks %s and is gone without a word is let go, with a fact of it', async (protocol) => {
  const { node, port } = await door('rpc');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocol, { headers: HONEST, autoPong: false });
  onTestFinished(() => socket.terminate());
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  for (let second = 0; second < 90; second += 1) await node.pass(1_000);
  await closed;
  expect(await cutOffs(node)).toMatchObject([{ door: 'rpc', remote: '127.0.0.1', why: 'it gave no sign of life for 30 s' }]);
});

/** The numbers of all news that this reader was told. */
async function reading(port: number): Promise<{ readonly told: number[] }> {
  const hangUp = new AbortController();
  onTestFinished(() => hangUp.abort());
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { headers: HONEST, signal: hangUp.signal });
  const told: number[] = [];
  void (async () => {
    let pending = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const events = (pending + Buffer.from(chunk).toString()).split('\n\n');
      pending = events.pop() ?? '';
      for (const event of events) {
        const n = /"kind":"alert\.test","body":\{"n":(\d+)/.exec(event)?.[1];
        if (n !== undefined) told.push(Number(n));
      }
    }
  })().catch(() => undefined);
  return { told };
}

const upTo = (many: number): number[] => Array.from({ length: many }, (_, n) => n);

describe('a reader that does not read', { timeout: 90_000 }, () => {
  it('of events costs a few of them, is cut off after a while, and others are told everything', async () => {
    const { node, port } = await door('api');
    const slow = await unread(port, ask(port, '/api/v1/events'));
    const { told } = await reading(port);
    await tell(node, LARGE, LARGE_BYTES);
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(upTo(LARGE));
    expect(await cutOffs(node)).toEqual([]);
    await node.pass(32_000);
    const [cut, ...more] = await cutOffs(node);
    expect([cut, more]).toEqual([{ door: 'api', remote: '127.0.0.1', why: 'it has taken nothing for 30 s', waitingBytes: expect.any(Number) }, []]);
    expect(cut?.waitingBytes).toBeLessThan(262_144 + 2 * LARGE_BYTES);
    await slow.closed;
  });

  it('of a socket is cut off once too much waits for it, and another one hears all', async () => {
    const { node, port } = await door('rpc');
    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: HONEST });
      onTestFinished(() => socket.terminate());
      socket.on('error', () => undefined);
      await once(socket, 'open');
      return socket;
    };
    const [slow, other] = [await open(), await open()];
    slow.pause();
    const told: number[] = [];
    other.on('message', (data) => {
      const { method, params } = JSON.parse(data.toString()) as { method: string; params: { body: { n: number } } };
      if (method === 'notifications/troupe/alert') told.push(params.body.n);
    });
    await tell(node, LARGE, LARGE_BYTES);
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(upTo(LARGE));
    const [cut, ...more] = await cutOffs(node);
    expect([cut, more]).toEqual([{ door: 'rpc', remote: '127.0.0.1', why: 'it does not read what it is told', waitingBytes: expect.any(Number) }, []]);
    expect(cut?.waitingBytes).toBeLessThan(8_388_608 + 2 * LARGE_BYTES);
    const closed = once(slow, 'close');
    slow.resume();
    await closed;
  });

  it('of the answers that it asks for over a socket is cut off too', async () => {
    const { node, port } = await door('rpc');
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(ask(port, '/ws', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='));
    // One masked frame of text, the mask all zeros.
    const frame = (id: number): Buffer => {
      const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'actor.tree', params: {} }));
      return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
    };
    for (let n = 0; n < 10_000 && !socket.destroyed && (await cutOffs(node)).length === 0; n += 100) {
      for (let one = 0; one < 100; one += 1) socket.write(frame(n + one));
      await settle();
    }
    await expect.poll(async () => (await cutOffs(node)).map(({ why }) => why), { timeout: 30_000 }).toEqual(['it does not read what it is told']);
  });

  it('of a stream of MCP is cut off once it has missed too much, and the node goes on', async () => {
    const { node, port } = await door('rpc');
    const session = await mcpSession(port);
    const slow = await unread(port, ask(port, '/mcp', 'Accept: text/event-stream', 'MCP-Protocol-Version: 2025-11-25', `Mcp-Session-Id: ${session}`));
    await tell(node, LARGE, LARGE_BYTES);
    // Within the time after which whoever takes nothing is cut off anyhow.
    for (let n = 0; n < 1_200 && (await cutOffs(node)).length === 0; n += A_BURST) {
      for (let one = 0; one < A_BURST; one += 1) await node.run('message.send', { to: 'testing', type: 'note' });
      await settle();
    }
    expect(await cutOffs(node)).toMatchObject([{ door: 'rpc', why: 'it does not read what it is told' }]);
    await slow.closed;
  });
});

describe('the watch over readers', () => {
  function watched(...waiting: number[]) {
    const clock = new SimulatedClock();
    const cut: CutOff[] = [];
    const sockets = waiting.map((writableLength, n) => ({ writableLength, bytesWritten: writableLength, remoteAddress: `192.0.2.${n}`, destroyed: false }));
    const set = new Set<Socket>();
    for (const socket of sockets) {
      const destroy = (): void => {
        socket.destroyed = true;
        set.delete(socket as unknown as Socket);
      };
      Object.assign(socket, { destroy });
      set.add(socket as unknown as Socket);
    }
    onTestFinished(watchReaders({ clock, doors: [{ door: 'api', sockets: set }], note: (one) => cut.push(one) }));
    return { clock, cut, sockets };
  }

  it('leaves a slow one that takes a byte now and then', () => {
    const { clock, cut, sockets } = watched(1_000_000);
    for (let second = 0; second < 600; second += 1) {
      clock.advance(1_000);
      if (second % 20 === 0) for (const socket of sockets) socket.writableLength -= 1;
    }
    expect(cut).toEqual([]);
  });

  it('counts what is written meanwhile as nothing that was taken', () => {
    const { clock, cut, sockets } = watched(1_000);
    for (let second = 0; second < 32; second += 1) {
      clock.advance(1_000);
      for (const socket of sockets) {
        socket.writableLength += 100;
        socket.bytesWritten += 100;
      }
    }
    expect(cut).toMatchObject([{ remote: '192.0.2.0', why: 'it has taken nothing for 30 s' }]);
  });

  it('cuts off those for whom most waits, no more of them than it must, when too much waits for all', () => {
    const [much, more, most] = [40_000_000, 50_000_000, 60_000_000];
    const { clock, cut } = watched(much, most, more, 1_000);
    clock.advance(1_000);
    expect(cut.map(({ waitingBytes }) => waitingBytes)).toEqual([most]);
    expect(cut[0]?.why).toBe('more waits for all readers together than may');
  });
});
