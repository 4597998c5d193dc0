// Texts that are made to hurt, at real doors: each is refused, changes nothing, and the node answers everybody else meanwhile. What is too
// much or too slow is tried on a whole node in test/fuzz.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runningNode } from '../../support/running-node.ts';
import { HONEST, openRealDoor } from '../../support/test-door.ts';

const DEPTH = 100_000;
const deep = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;

async function served() {
  const node = await runningNode();
  const api = await openRealDoor({ name: 'api', purpose: 'main routes' }, () => node.node);
  const rpc = await openRealDoor({ name: 'rpc', purpose: 'JSON-RPC' }, () => node.node);
  const send = async (port: number, path: string, body: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...HONEST, ...headers }, body });
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
  };
  const others = async () => [
    (await fetch(`http://127.0.0.1:${api.port}/api/v1/status`, { headers: HONEST })).status,
    (await send(rpc.port, '/rpc', call('plan.list', {}))).status,
  ];
  return { node, api: api.port, rpc: rpc.port, send, others };
}

const call = (method: string, params: unknown): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

/** What comes back over a bare connection until it is closed. */
async function said(port: number, text: string): Promise<string> {
  const socket = bare(port);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

function bare(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

const lines = (port: number, ...more: readonly string[]): string =>
  ['POST /api/v1/messages HTTP/1.1', `Host: 127.0.0.1:${port}`, `Authorization: ${HONEST.authorization}`, 'Content-Type: application/json', ...more].join('\r\n');

describe('JSON that is made to hurt', () => {
  it.each([
    ['as the body', (_: string) => deep],
    ['as the payload of a message', (text: string) => `{"to":"testing","type":"note","payload":${text}}`],
    ['as a member that nobody knows', (text: string) => `{"to":"testing","type":"note","more":${text}}`],
  ])('of depth 100,000 %s is refused and changes nothing', async (_what, body) => {
    const { node, api, send, others } = await served();
    const answer = await send(api, '/api/v1/messages', body(deep));
    expect([answer.status, answer.body.code]).toEqual([400, 'InvalidInput']);
    expect(await others()).toEqual([200, 200]);
    expect((await node.run<{ items: unknown[] }>('inbox.read', { agent: 'testing' })).items).toEqual([]);
  });

  it('of depth 100,000 as the text of a plan is a plan that is refused', async () => {
    const { api, send, others } = await served();
    const answer = await send(api, '/api/v1/plans', JSON.stringify({ text: deep }));
    expect([answer.status, answer.body.code]).toEqual([422, 'InvalidPlan']);
    expect(await others()).toEqual([200, 200]);
  });

  it('with a prototype in it reaches no operation and no prototype, at any door', async () => {
    const { api, rpc, send } = await served();
    const member = '"__proto__":{"polluted":true}';
    expect((await send(api, '/api/v1/messages', `{"to":"testing","type":"note",${member}}`)).status).toBe(400);
    expect((await send(rpc, '/rpc', `{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"to":"testing","type":"note",${member}}}`)).body).toMatchObject({
      error: { data: { code: 'InvalidInput' } },
    });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('requests that are made to hurt', () => {
  it.each([
    ['a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
    ['two lengths', ['Content-Length: 4', 'Content-Length: 5']],
    ['a transfer coding that is none', ['Transfer-Encoding: xchunked']],
    ['a header that is folded', ['X-One: a', ' Transfer-Encoding: chunked']],
    ['a space before the colon', ['Content-Length : 4']],
    ['two hosts', ['Host: evil.example', 'Content-Length: 0']],
  ])('with %s is answered with a refusal and the connection is closed: nothing hides behind it', async (_what, headers) => {
    const { api, others } = await served();
    const hidden = `GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1:${api}\r\nAuthorization: ${HONEST.authorization}\r\nConnection: close\r\n\r\n`;
    const answer = await said(api, `${lines(api, ...headers)}\r\n\r\n0\r\n\r\n${hidden}`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(await others()).toEqual([200, 200]);
  });
});
