// Thousands of requests to every route, method and tool of a running node, made from its own schemas with a fixed seed: it answers each
// one, none with an error of the server, and is afterwards what it was before.
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { count, SEED } from '../support/length.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, troupe, up } from '../support/node-process.ts';
import type { Known, Schema } from './schema-values.ts';
import { shoot, type Tally, type Target } from './shooting.ts';
import { routesOf, shotsAt, type Tool } from './shots.ts';
import { overSocket } from './socket-shooting.ts';

const REQUESTS = count(10_000, 50_000);
const ROUND = 500;
const MOST_MEMORY_KB = 900_000;

let at: NodePlace;
let node: NodeProcess;
let target: Target;

beforeAll(async () => {
  at = await nodePlace({ env: { TROUPE_REQUESTS_PER_MINUTE: 'off', TROUPE_BUSY_AFTER_MS: 'off' } });
  mkdirSync(join(at.folder, 'work'));
  node = await up(at);
  const port = (base: number): number => base + at.offset;
  const ports = { health: port(5001), access: port(5002), api: port(5003), auth: port(5004), rpc: port(9999), agent: port(8094) };
  target = { ports, token: readFileSync(join(at.data, 'admin.token'), 'utf8').trim() };
});
afterAll(() => at.close());

async function asked<T>(url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, { ...init, headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json', ...init.headers } });
  expect([url, response.status]).toEqual([url, 200]);
  return (await response.json()) as T;
}

async function toolsOf(): Promise<readonly Tool[]> {
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
  const headers = { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } });
  return (await asked<{ result: { tools: readonly (Tool & { inputSchema: Schema })[] } }>(`${at.urls.rpc}/mcp`, { method: 'POST', headers, body })).result.tools;
}

/** Something of most kinds that operations name: an ended plan with its tasks and requests, an open round. */
async function furnish(): Promise<Known> {
  const file = join(at.folder, 'work', 'plan.json');
  writeFileSync(file, JSON.stringify({ name: 'seen', workspace: '.', tasks: [{ id: 'one', agent: 'testing', steps: [{ bash: 'true' }] }] }));
  const ran = await troupe(at, ['run', file, '--json'], { cwd: join(at.folder, 'work') });
  const { plan } = ran.json<{ plan: string }>();
  const opened = await fetch(`${at.urls.api}/api/v1/rounds`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ subject: 'seen', deadlineMs: 3_600_000 }),
  });
  const { round } = (await opened.json()) as { round: string };
  const { items } = await asked<{ items: ReadonlyArray<{ id: string }> }>(`${at.urls.api}/api/v1/requests`);
  const agents = ['testing', 'database'];
  return { agent: agents, to: agents, plan: [plan], task: [`${plan}.one`, 'one'], request: items.map(({ id }) => id), round: [round], workspace: [join(at.folder, 'work')] };
}

function memoryKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function faultsIn(logs: string): readonly string[] {
  const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'));
  return lines.filter((line) => /"level":(50|60)/.test(line)).map((line) => line.slice(0, 400));
}

it(`${REQUESTS} requests to every route, method and tool give no error of the server, no hang and no crash`, async () => {
  const [tools, { paths }] = [await toolsOf(), await asked<{ paths: Parameters<typeof routesOf>[0] }>(`${at.urls.api}/openapi.json`)];
  const routes = routesOf(paths);
  expect(tools.map(({ name }) => name).filter((name) => !routes.has(name))).toEqual([]);
  const shots = shotsAt(tools, routes, await furnish());
  const tally: Tally = { statuses: {}, problems: [] };
  for (let done = 0; done < REQUESTS; done += ROUND) await shoot(fc.sample(shots, { numRuns: ROUND, seed: SEED + done }), target, tally);

  expect(tally.problems.slice(0, 20)).toEqual([]);
  const { statuses } = tally;
  const sent = Object.values(statuses).reduce((sum, one) => sum + one, 0);
  expect(sent).toBe(REQUESTS);
  // Much was done and much was refused: neither everything nor nothing came through.
  for (const status of ['200', '400', '404']) expect(statuses[status] ?? 0, JSON.stringify(statuses)).toBeGreaterThan(REQUESTS / 100);
  expect(faultsIn(join(at.data, 'logs'))).toEqual([]);
});

it('the node is afterwards what it was: the same process, ready, within bounds, and an audit log that is whole', async () => {
  expect(await asked(`${at.urls.api}/api/v1/status`)).toMatchObject({ pid: node.pid });
  expect(memoryKb(node.pid)).toBeLessThan(MOST_MEMORY_KB);
  expect(node.child.running()).toBe(true);
  await eventually('health says ready', async () => (await fetch(`${at.urls.health}/health/ready`)).status === 200);
  expect(await asked(`${at.urls.api}/api/v1/audit/verify`)).toMatchObject({ ok: true });
});

it('a server that answers 500, hangs or cuts the line is told from one that does not', async () => {
  const answers: Readonly<Record<string, (end: (status?: number, type?: string, body?: string) => void) => void>> = {
    '/fails': (end) => end(500),
    '/plain': (end) => end(400, 'text/plain', 'no'),
    '/inside': (end) => end(200, 'application/json', '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"internal error"}}'),
    '/coded': (end) => end(200, 'application/json', '{"jsonrpc":"2.0","id":1,"error":{"code":1106,"message":"x","data":{"code":"MessagePoisoned"}}}'),
    '/cut': (end) => end(),
    '/good': (end) => end(200, 'application/json', '{}'),
  };
  const server = createServer((request, response) => {
    answers[request.url ?? '']?.((status, type = 'application/json', body = '{}') => {
      if (status === undefined) request.socket.destroy();
      else response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const tally: Tally = { statuses: {}, problems: [] };
  const ports = { health: port, access: port, api: port, auth: port, rpc: port, agent: port };
  const shots = Object.keys(answers).map((path) => ({ door: 'rpc', method: 'GET', path, headers: {} }) as const);
  await shoot(shots, { ports, token: 'x' }, tally);
  server.close();
  expect(tally.problems.map((problem) => problem.slice(problem.lastIndexOf('GET'))).sort()).toEqual(['GET /coded ', 'GET /cut ', 'GET /fails ', 'GET /inside ', 'GET /plain ']);
});

it('a socket that is open and answers nothing is told from one on which a call waits', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'mcp' });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const target = { ports: { health: port, access: port, api: port, auth: port, rpc: port, agent: port }, token: 'x' };
  const shot = { door: 'rpc', method: 'WS', path: '/ws', headers: {}, socket: 'mcp', id: 'x', body: '{}', lasting: true } as const;
  // Longer than it takes to be left alone, so that only silence is found.
  expect(await overSocket(shot, { ...target, hangMs: 1_000 })).toBe('hang');
  server.on('connection', (socket) =>
    socket.on('message', (frame) => {
      if (String(frame).includes('"ping"')) socket.send('{"jsonrpc":"2.0","id":"behind","result":{}}');
    }),
  );
  expect(await overSocket(shot, target)).toBe('left');
  expect(await overSocket({ ...shot, lasting: false }, { ...target, hangMs: 1_000 })).toBe('hang');
  server.close();
});
