// What every door does for whoever cannot be trusted: headers that a browser obeys, an end to what is too large or too deep, and a fact of it.
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { listActivity } from '../../../actors/read-model/index.ts';
import { addApiRoutes } from '../../../gateway/http/api-door.ts';
import { addRpcRoute } from '../../../gateway/http/rpc-door.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, openRpcDoor, testDoor } from '../../support/test-door.ts';

const DEEP = 100_000;
const deep = `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`;

async function refused(node: TestNode) {
  await settle();
  return listActivity(await node.facts.read(), { kind: 'access.refused' }).items.map(({ body }) => body);
}

it.each(['/api/v1/agents', '/api/v1/nothing'])('%s: an answer runs nothing, is framed by nobody, tells no other site where it was, and opens to no other origin', async (path) => {
  const { node } = await runningNode();
  const { headers } = await testDoor('api', addApiRoutes, () => node).get(path);
  expect(headers).toMatchObject({
    'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it('JSON that nests 100,000 levels is invalid input at a route and an invalid request in JSON-RPC, wherever it stands', async () => {
  const { node } = await runningNode();
  const api = testDoor('api', addApiRoutes, () => node);
  for (const body of [deep, `{"to":"testing","type":"note","payload":${deep}}`]) {
    const { status, body: problem } = await api.post('/api/v1/messages', body);
    expect([status, problem.code, problem.problem]).toEqual([400, 'InvalidInput', 'JSON nested deeper than 200 levels']);
  }
  const rpc = testDoor('rpc', addRpcRoute, () => node);
  const { body } = await rpc.post('/rpc', `{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"to":"testing","type":"note","payload":${deep}}}`);
  expect(body).toEqual({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'JSON nested deeper than 200 levels' } });
  expect([api.faults, rpc.faults]).toEqual([[], []]);
});

it('a body that is too large is refused with a fact of it', async () => {
  const node = await runningNode();
  const { status, body } = await testDoor('api', addApiRoutes, () => node.node).post('/api/v1/messages', `{"text":"${'x'.repeat(1_200_000)}"}`);
  expect([status, body.code]).toEqual([413, 'InvalidInput']);
  expect(await refused(node)).toMatchObject([{ door: 'api', code: 'InvalidInput', path: '/api/v1/messages' }]);
});

it.each([
  ['declared', 'Content-Length: 8000000', (part: string) => part, ''],
  ['in chunks', 'Transfer-Encoding: chunked', (part: string) => `${part.length.toString(16)}\r\n${part}\r\n`, '0\r\n\r\n'],
])('a body that is too large, %s, is refused so that whoever still sends it hears that and may go on', async (_how, header, framed, end) => {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const head = (more: string): string =>
    `POST /rpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${HONEST.authorization}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk.toString();
  });
  const write = (text: string) => new Promise<void>((resolve, reject) => socket.write(text, (error) => (error ? reject(error) : resolve())));
  await write(head(header) + framed('x'.repeat(2_000_000)));
  await expect.poll(() => said).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"InvalidInput"/);
  for (let part = 0; part < 6; part += 1) await write(framed('x'.repeat(1_000_000)));
  await write(`${end}${head('Content-Length: 46')}{"jsonrpc":"2.0","id":7,"method":"agent.list"}`);
  await expect.poll(() => said).toMatch(/HTTP\/1\.1 200 [\s\S]*"id":7/);
});

it('of a body without an end no more than 16 MB are read away: then its connection is cut', async () => {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const cut = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk.toString();
  });
  socket.on('error', () => undefined);
  const write = (text: string) => new Promise<boolean>((resolve) => socket.write(text, (error) => resolve(!error)));
  await write(`POST /rpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${HONEST.authorization}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const part = `${(1_000_000).toString(16)}\r\n${'x'.repeat(1_000_000)}\r\n`;
  let sent = 0;
  while (sent < 100 && (await write(part))) sent += 1;
  await cut;
  expect(sent).toBeGreaterThan(15);
  expect(sent).toBeLessThan(100);
  expect(said).toMatch(/^HTTP\/1\.1 413 /);
});

it.each([
  ['two lengths', 'POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}'],
  ['a length and a coding', 'POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['no request at all', 'nonsense\r\n\r\n'],
])('bytes with %s are answered once, as a problem, and the connection is over; a fact says so', async (_what, bytes) => {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const text = await new Promise<string>((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    onTestFinished(() => void socket.destroy());
    socket.on('data', (chunk) => {
      said += chunk.toString();
    });
    socket.on('close', () => resolve(said));
  });
  expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 400']);
  expect(text).toMatch(/application\/problem\+json[\s\S]*"code":"InvalidInput"/);
  expect(await refused(node)).toMatchObject([{ door: 'rpc', code: 'InvalidInput', why: expect.stringMatching(/^not HTTP: HPE_/) }]);
});
