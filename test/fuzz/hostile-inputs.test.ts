// What means harm to a running node: requests from elsewhere, shapes that two servers read differently, and things that are too many, too
// large, too deep or too slow. The node refuses each, says so in its audit log, and serves everybody else meanwhile.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { eventually, type NodePlace, type NodeProcess, nodePlace, up } from '../support/node-process.ts';

/** Both ends are files of a process: on a machine that allows fewer, as many as it does. */
const IDLE = Math.min(10_000, openFiles() - 2_000);
/** Each address of a client has ports of its own. */
const ADDRESSES = 8;
const MOST_IDLE_KB = 20;
const DEEP = 100_000;
const LARGE_BYTES = 100_000_000;
/** Above what the node had before. */
const MOST_MORE_KB = 300_000;

function openFiles(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
}

let at: NodePlace;
let node: NodeProcess;
let token = '';
let before = 0;

const bearer = () => ({ authorization: `Bearer ${token}` });
const portOf = (base: number): number => base + at.offset;
const memoryKb = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1]);

beforeAll(async () => {
  at = await nodePlace();
  node = await up(at);
  token = readFileSync(join(at.data, 'admin.token'), 'utf8').trim();
  before = memoryKb();
});
afterAll(() => at.close());

/** After whatever was done: the same process serves others, and has not grown. */
afterEach(async () => {
  const status = await fetch(`${at.urls.api}/api/v1/status`, { headers: bearer() });
  expect([status.status, ((await status.json()) as { pid: number }).pid]).toEqual([200, node.pid]);
  expect(memoryKb() - before).toBeLessThan(MOST_MORE_KB);
});

interface Refusal {
  readonly code: string;
  readonly why: string;
  readonly door: string;
}

/** An access.refused fact of the audit log that fits. */
function audited(fits: (refusal: Refusal) => boolean): Promise<Refusal> {
  return eventually('the refusal is in the audit log', async () => {
    const answer = await fetch(`${at.urls.api}/api/v1/audit?kind=access.refused&limit=500`, { headers: bearer() });
    const { items } = (await answer.json()) as { items: ReadonlyArray<{ body: Refusal }> };
    return items.map(({ body }) => body).find(fits);
  });
}

/** One request with the headers that it says. */
function ask(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

/** What the server says to these bytes until it closes, or `enough` is there. */
function sendBytes(port: number, bytes: string, enough = (_text: string) => false): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (enough(text)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

describe('a page elsewhere', () => {
  const DOORS = [5001, 5002, 5003, 5004, 9999, 8094];

  it.each(DOORS)('that has made its name point here (DNS rebinding) is refused by Host and by Origin at %i', async (base) => {
    const port = portOf(base);
    for (const headers of [
      { host: `rebind.example:${port}` },
      { host: `127.0.0.1.rebind.example:${port}` },
      { host: '127.0.0.1:1' },
      { host: `127.0.0.1:${port}`, origin: 'https://evil.example' },
      { host: `127.0.0.1:${port}`, origin: 'null' },
    ]) {
      const { status, text } = await ask(port, '/health', { ...bearer(), ...headers });
      expect([status, text]).toEqual([403, expect.stringContaining('ForeignRequest')]);
    }
  });

  it('opens no WebSocket, with or without a token', async () => {
    for (const headers of [bearer(), {}]) {
      const socket = new WebSocket(`ws://127.0.0.1:${portOf(9999)}/ws`, { origin: 'https://evil.example', headers });
      const status = await new Promise((resolve) => socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)).on('open', () => resolve('open')));
      expect(status).toBe(403);
      // It never was open, which is an error of its own when it is ended.
      socket.on('error', () => {});
      socket.terminate();
    }
  });

  it('is in the audit log', async () => {
    expect(await audited(({ code, why }) => code === 'ForeignRequest' && why.includes('evil.example'))).toBeDefined();
    expect(await audited(({ code, why }) => code === 'ForeignRequest' && why.includes('rebind.example'))).toBeDefined();
  });
});

describe('a request that two servers would read differently', () => {
  const inner = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  const start = (port: number): string => `POST /api/v1/fleet/resume HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  const SHAPES: ReadonlyArray<readonly [string, string]> = [
    ['both lengths', `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`],
    ['two lengths', `Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${inner}`],
    ['a length with a sign', `Content-Length: +2\r\n\r\n{}${inner}`],
    ['a length in hex', `Content-Length: 0x2\r\n\r\n{}${inner}`],
    ['a coding that only looks chunked', `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`],
    ['a coding behind chunked', `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`],
    ['a space before the colon', `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${inner}`],
    ['a folded header', `X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`],
    ['a chunk whose size is too large', `Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${inner}`],
    ['a chunk that ends elsewhere', `Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n0\r\n\r\n${inner}`],
    ['a header with a bare CR', `X-A: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`],
  ];

  it.each(SHAPES)('%s: what is hidden in it is never served', async (_what, rest) => {
    const port = portOf(5003);
    const text = await sendBytes(port, `${start(port)}${rest}`, (so) => so.split('HTTP/1.1 ').length > 2);
    expect(text).not.toContain('/smuggled');
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
    expect(statuses).toEqual(['400']);
  });
});

describe('too much', () => {
  const POSTS: ReadonlyArray<readonly [string, number, string]> = [
    ['5003', 5003, '/api/v1/messages'],
    ['/rpc', 9999, '/rpc'],
    ['/mcp', 9999, '/mcp'],
    ['5002', 5002, '/auth/authorize'],
    ['5004', 5004, '/users'],
  ];
  const posted = (port: number, path: string, headers: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`;

  it.each(POSTS)('of a body, 100 MB to %s, is refused without being read, declared or in chunks', async (_what, base, path) => {
    const port = portOf(base);
    expect(await sendBytes(port, posted(port, path, `Content-Length: ${LARGE_BYTES}`))).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    let sent = 0;
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(posted(port, path, 'Transfer-Encoding: chunked'), more));
      const more = (): void => {
        if (socket.destroyed || sent >= LARGE_BYTES) return;
        sent += chunk.length;
        socket.write(chunk, () => setImmediate(more));
      };
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(answer === '' || /^HTTP\/1\.1 413 /.test(answer), answer.slice(0, 200)).toBe(true);
    expect(sent).toBeLessThan(LARGE_BYTES / 2);
  });

  const deepText = `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`;
  const deepMember = `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`;
  const post = async (url: string, body: string): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await fetch(url, { method: 'POST', headers: { ...bearer(), 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body });
    return { status: response.status, text: await response.text() };
  };

  it.each([deepText, deepMember])('of depth is refused at every door: as a body, as an input, as a payload (%#)', async (deep) => {
    for (const [, base, path] of POSTS) {
      const { status, text } = await post(`http://127.0.0.1:${portOf(base)}${path}`, deep);
      expect([path, status < 500, text.includes('-32603')]).toEqual([path, true, false]);
    }
    const inputs = [
      `{"to":"testing","type":"note","payload":${deep}}`,
      `{"address":"agents/testing","type":"X","payload":{"a":${deep}}}`,
      `{"action":{"type":"BASH_COMMAND","payload":${deep}},"workspace":"/w"}`,
    ];
    for (const [path, input] of [
      ['messages', inputs[0]],
      ['actors/agents/testing/send', inputs[1]],
      ['requests/assess', inputs[2]],
      ['tasks', `{"text":${deep}}`],
    ] as const) {
      const { status, text } = await post(`${at.urls.api}/api/v1/${path}`, input ?? '');
      expect([path, status, text.includes('InvalidInput') || text.includes('TooDeep')]).toEqual([path, 400, true]);
    }
    for (const [method, input] of [
      ['message.send', inputs[0]],
      ['request.assess', inputs[2]],
    ]) {
      const { text } = await post(`${at.urls.rpc}/rpc`, `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${input}}`);
      expect([method, text.slice(0, 300)]).toEqual([method, expect.not.stringContaining('-32603')]);
    }
  });

  it('of calls in a batch, 100,000, is refused over HTTP and over a socket, and none is made', async () => {
    const call = '{"jsonrpc":"2.0","id":1,"method":"fleet.pause"}';
    const { status } = await post(`${at.urls.rpc}/rpc`, `[${Array.from({ length: DEEP }, () => call).join()}]`);
    expect(status).toBe(413);
    const small = await post(`${at.urls.rpc}/rpc`, `[${Array.from({ length: 1_000 }, () => call).join()}]`);
    expect(small.text).toContain('at most 50');
    const socket = new WebSocket(`ws://127.0.0.1:${portOf(9999)}/ws`, { headers: bearer() });
    onTestFinished(() => socket.terminate());
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('open', () => socket.send(`[${Array.from({ length: DEEP }, () => call).join()}]`));
      socket.on('message', (data) => resolve(data.toString()));
      socket.on('close', () => resolve('closed'));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/at most 50|closed/);
    const agents = (await (await fetch(`${at.urls.api}/api/v1/status`, { headers: bearer() })).json()) as { agents: object };
    expect(agents.agents).toEqual({ ready: 9 });
  });

  it('of idle connections, 10,000, costs little and leaves room for others', async () => {
    const was = memoryKb();
    const sockets: Socket[] = [];
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    const open = (n: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const socket = connect({ port: portOf(5003), host: '127.0.0.1', localAddress: `127.0.0.${2 + (n % ADDRESSES)}` }, resolve).on('error', reject);
        sockets.push(socket);
      });
    for (let n = 0; n < IDLE; n += 100) await Promise.all(Array.from({ length: 100 }, (_, one) => open(n + one)));
    // Whoever says nothing is cut off after a while: then it is an error no more.
    for (const socket of sockets) socket.removeAllListeners('error').on('error', () => undefined);
    expect(memoryKb() - was).toBeLessThan(IDLE * MOST_IDLE_KB);
    for (let n = 0; n < 20; n += 1) expect((await ask(portOf(5003), '/api/v1/agents', { ...bearer(), host: `127.0.0.1:${portOf(5003)}` })).status).toBe(200);
    expect((await fetch(`${at.urls.health}/health`)).status).toBe(200);
  });

  it('of time for a header: whoever sends a byte now and then is cut off, and others are served meanwhile', async () => {
    const sockets = Array.from({ length: 50 }, () => connect(portOf(5003), '127.0.0.1'));
    const cut = sockets.map(
      (socket) =>
        new Promise<void>((resolve) =>
          socket
            .resume()
            .on('error', () => undefined)
            .on('close', () => resolve()),
        ),
    );
    for (const socket of sockets) socket.write('GET /api/v1/status HTTP/1.1\r\nHost: 127');
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x');
    }, 500);
    onTestFinished(() => clearInterval(drip));
    expect((await fetch(`${at.urls.api}/api/v1/agents`, { headers: bearer() })).status).toBe(200);
    await Promise.all(cut);
  });
});

it('members named __proto__, constructor and prototype are refused or are members like any other', async () => {
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    const body = `{"to":"testing","type":"note","${name}":{"permissions":["admin"],"polluted":true}}`;
    const answer = await fetch(`${at.urls.api}/api/v1/messages`, { method: 'POST', headers: { ...bearer(), 'content-type': 'application/json' }, body });
    expect([name, answer.status]).toEqual([name, 400]);
  }
  const status = await (await fetch(`${at.urls.api}/api/v1/status`, { headers: bearer() })).text();
  expect(status).not.toContain('polluted');
});
