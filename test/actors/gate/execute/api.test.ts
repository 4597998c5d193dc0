// Calls to real servers on loopback. Names of the tests resolve to what each test says, never to the world outside.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange } from '../../../../actors/gate/execute/http-exchange.ts';
import { readStepOutcome } from '../../../../actors/work/outcome.ts';
import { type ApiPayload, OUTPUT_KEPT, type StepOutcome } from '../../../../actors/work/types.ts';
import { execution, type RunOptions } from './execution.ts';

interface Served {
  readonly url: string;
  readonly port: number;
  readonly calls: IncomingMessage[];
}

async function serve(answer: RequestListener): Promise<Served> {
  const calls: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    calls.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, calls };
}

const json =
  (value: unknown, status = 200) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': 'session=secret' }).end(JSON.stringify(value));
  };
const redirect = (status: number, location: string) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(status, { location }).end();

function call(payload: Partial<ApiPayload> & { readonly url: string }, options: RunOptions = {}): Promise<StepOutcome> {
  return execution().run({ type: 'API_CALL', payload: { method: 'GET', ...payload } }, options);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

describe('a call', () => {
  it('answers status, some headers, and a JSON body parsed', async () => {
    const { url } = await serve(json({ status: 'ok', list: [1] }));
    const outcome = await call({ url: `${url}/health?full=1` });
    expect(outcome).toMatchObject({ status: 'succeeded', result: { status: 200, headers: { 'content-type': 'application/json' }, body: { status: 'ok', list: [1] } } });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it('sends method, headers and body, and the key of its step where it may be taken twice', async () => {
    const bodies: string[] = [];
    const { url, calls } = await serve(async (request, response) => {
      bodies.push(await textOf(request));
      response.end('ok');
    });
    await call({ url: `${url}/a?b=c`, method: 'POST', headers: { 'X-Thing': 'one' }, body: { a: [1] } }, { key: 'plan.task.0.1' });
    await call({ url, method: 'PUT', body: 'ü', headers: { 'Content-Type': 'text/csv' } });
    await call({ url, method: 'DELETE' });
    expect(bodies).toEqual(['{"a":[1]}', 'ü', '']);
    expect(calls[0]).toMatchObject({ method: 'POST', url: '/a?b=c', headers: { 'x-thing': 'one', 'content-type': 'application/json', 'idempotency-key': '"plan.task.0.1"' } });
    expect(calls[1]).toMatchObject({ method: 'PUT', headers: { 'content-type': 'text/csv', 'content-length': '2' } });
    expect(calls[1]?.headers['idempotency-key']).toBeUndefined();
  });

  it('fails with what was answered from status 400 on', async () => {
    const { url } = await serve(json({ why: 'no such thing' }, 404));
    expect(await call({ url: `${url}/x?token=hunter2` })).toMatchObject({
      status: 'failed',
      result: { status: 404, body: { why: 'no such thing' } },
      error: { code: 'CallAnsweredNo', message: `GET ${url}/x was answered 404` },
    });
  });

  it('keeps of a long answer what a record keeps, and reads no more than the limit', async () => {
    const { url } = await serve((request, response) => {
      response.setHeader('content-type', request.url === '/json' ? 'application/json' : 'text/plain');
      if (request.url === '/json') return void response.end(JSON.stringify(Array.from({ length: 20_000 }, () => 1e20)));
      const more = (): void => {
        if (response.write('x"'.repeat(50_000)) && !response.destroyed) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    for (const path of ['/json', '/endless']) {
      const outcome = await call({ url: url + path });
      expect(outcome).toMatchObject({ status: 'succeeded', truncated: true });
      const kept = readStepOutcome(outcome).result as { body: string };
      expect(kept.body.length).toBeGreaterThan(OUTPUT_KEPT / 3);
    }
  });

  it('takes a body for text when it is not the JSON it says it is', async () => {
    const { url } = await serve((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{oops'));
    expect(await call({ url })).toMatchObject({ status: 'succeeded', result: { body: '{oops' } });
  });

  it('asks for no encoding, and gives an encoded body as it came', async () => {
    const packed = gzipSync('hello');
    const { url, calls } = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
    expect(await call({ url })).toMatchObject({ result: { body: { base64: packed.toString('base64') } } });
    expect(calls[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('knows no proxy', async () => {
    const proxy = await serve(json('proxied'));
    const { url } = await serve(json('direct'));
    const names = ['http_proxy', 'HTTP_PROXY', 'all_proxy'];
    for (const name of names) process.env[name] = proxy.url;
    onTestFinished(() => {
      for (const name of names) delete process.env[name];
    });
    expect(await call({ url })).toMatchObject({ result: { body: 'direct' } });
    expect(proxy.calls).toEqual([]);
  });

  it('that is not one is refused before anything is sent', async () => {
    const { url, calls } = await serve(json(1));
    const bad: (Partial<ApiPayload> & { readonly url: string })[] = [
      { url: 'health' },
      { url: 'file:///etc/passwd' },
      { url: 'ftp://127.0.0.1/' },
      { url, method: 'CONNECT' },
      { url, method: 'GET\r\nX: y' },
      { url, headers: { Host: 'elsewhere' } },
      { url, headers: { 'Content-Length': '3' } },
      { url, headers: { 'Transfer-Encoding': 'chunked' } },
      { url, headers: { 'X-A': 'b\r\nX-C: d' } },
      { url, headers: { 'X A': 'b' } },
    ];
    for (const payload of bad) expect([payload, (await call(payload)).error?.code]).toEqual([payload, 'CallRefused']);
    expect(calls).toEqual([]);
  });

  it('to where nothing listens says so, without what is secret in the URL', async () => {
    const { url, port } = await serve((_, response) => response.destroy());
    expect(await call({ url: `http://user:hunter2@127.0.0.1:${port}/p?token=hunter2` })).toEqual({
      status: 'failed',
      error: { code: 'CallFailed', message: `GET ${url}/p: the connection was cut before the answer was whole` },
    });
    expect(await call({ url: 'http://127.0.0.1:1/' })).toMatchObject({ error: { code: 'CallFailed', message: 'GET http://127.0.0.1:1/: nothing listens there' } });
    const resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect(await call({ url: 'http://nowhere.invalid/' }, { resolve })).toMatchObject({ error: { code: 'CallFailed' } });
    expect(await call({ url: 'http://nowhere.invalid/' }, { resolve: async () => [] })).toMatchObject({ error: { code: 'CallFailed' } });
  });
});

describe('a call that is not answered', () => {
  const silent: RequestListener = (request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-length': '10' }).write('half');
  };

  it.each(['/never', '/half'])('ends at its deadline (%s)', async (path) => {
    const { url } = await serve(silent);
    expect(await call({ url: url + path }, { timeoutMs: 300 })).toMatchObject({ status: 'failed', error: { code: 'StepTimeout' } });
  });

  it.each(['/never', '/half'])('ends when it is given up, and counts as interrupted (%s)', async (path) => {
    const giveUp = new AbortController();
    const { url } = await serve((request, response) => {
      silent(request, response);
      giveUp.abort();
    });
    expect(await call({ url: url + path }, { signal: giveUp.signal })).toMatchObject({ status: 'interrupted', error: { code: 'Interrupted' } });
  });

  it('ends at its deadline while its name is looked up', async () => {
    expect(await call({ url: 'http://slow.example/' }, { timeoutMs: 200, resolve: () => new Promise(() => {}) })).toMatchObject({ error: { code: 'StepTimeout' } });
  });
});

describe('where a call goes', () => {
  it('is a public address only, when it is named by a name', async () => {
    const { port, calls } = await serve(json(1));
    for (const address of ['127.0.0.1', '169.254.169.254', '10.0.0.1', '::ffff:127.0.0.1']) {
      expect(await call({ url: `http://innocent.example:${port}/` }, { resolve: async () => [address] })).toMatchObject({
        status: 'failed',
        error: { code: 'AddressRefused', message: expect.stringContaining(`innocent.example leads to ${address}`) },
      });
    }
    expect(calls).toEqual([]);
  });

  it('is the address that was checked: the name is looked up once', async () => {
    const { port, calls } = await serve(json('here'));
    const answers = [['192.0.2.1'], ['127.0.0.1']];
    let asked = 0;
    // Documentation addresses (RFC 5737) are not public either: the first answer already ends it, the second is never asked for.
    const resolve = async () => answers[asked++] ?? [];
    expect(await call({ url: `http://rebinding.example:${port}/` }, { resolve })).toMatchObject({ error: { code: 'AddressRefused' } });
    expect(asked).toBe(1);
    expect(calls).toEqual([]);
  });

  it('is decided by the checked address and not by the name any more', async () => {
    const { port, calls } = await serve(json('here'));
    const url = new URL(`http://rebinding.example:${port}/x`);
    const answer = await exchange({ method: 'GET', url, headers: {}, body: undefined, addresses: ['127.0.0.1'], signal: new AbortController().signal });
    expect(answer.body.toString()).toBe('"here"');
    expect(calls[0]?.headers.host).toBe(`rebinding.example:${port}`);
  });
});

describe('a redirect', () => {
  it('within the approved place is followed, with the headers', async () => {
    const { url, calls } = await serve((request, response) => (request.url === '/a' ? redirect(302, '/b')(request, response) : json('b')(request, response)));
    expect(await call({ url: `${url}/a`, headers: { authorization: 'Bearer x' } })).toMatchObject({ status: 'succeeded', result: { status: 200, body: 'b' } });
    expect(calls.map((request) => request.headers.authorization)).toEqual(['Bearer x', 'Bearer x']);
  });

  it.each([301, 302, 303, 307, 308])('%i to an address that was not approved and is not public is refused', async (status) => {
    const inner = await serve(json('inner'));
    for (const location of [
      inner.url,
      `http://localhost:${inner.port}/`,
      `http://2130706433:${inner.port}/`,
      `http://[::ffff:127.0.0.1]:${inner.port}/`,
      'http://169.254.169.254/latest/meta-data/',
    ]) {
      const { url } = await serve(redirect(status, location));
      expect(await call({ url })).toMatchObject({ status: 'failed', error: { code: 'AddressRefused' } });
    }
    const { url } = await serve(redirect(status, `http://innocent.example:${inner.port}/`));
    expect(await call({ url }, { resolve: async () => ['127.0.0.1'] })).toMatchObject({ error: { code: 'AddressRefused' } });
    expect(inner.calls).toEqual([]);
  });

  it('elsewhere is followed', async () => {
    const asked: string[] = [];
    const { url } = await serve(redirect(302, 'http://other.example:1/'));
    const resolve = async (host: string) => {
      asked.push(host);
      return [];
    };
    expect(await call({ url }, { resolve })).toMatchObject({ error: { code: 'CallFailed' } });
    expect(asked).toEqual(['other.example']);
  });

  it('without end, to something else than http, or to nothing, is refused', async () => {
    const { url } = await serve((request, response) => redirect(302, request.url === '/file' ? 'file:///etc/passwd' : request.url === '/bad' ? 'http://' : '/')(request, response));
    for (const path of ['/', '/file', '/bad']) expect(await call({ url: url + path })).toMatchObject({ status: 'failed', error: { code: 'CallRefused' } });
  });

  it('of what is no read is its answer: nothing is sent twice', async () => {
    const { url, calls } = await serve(redirect(307, '/again'));
    expect(await call({ url, method: 'POST', body: 'x' })).toMatchObject({ status: 'succeeded', result: { status: 307, headers: { location: '/again' } } });
    expect(calls).toHaveLength(1);
  });
});
