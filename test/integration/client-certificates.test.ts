// A node whose doors require certificates of clients: its own hosts and commands come with theirs, others with one of their authority, and
// nobody without.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeFetch } from '../../gateway/tls/node-fetch.ts';
import { authority, layDown } from '../support/certificates.ts';
import { commandTransport, sdkClient } from '../support/mcp-client.ts';
import { type NodePlace, type NodeProcess, nodePlace, troupe, up } from '../support/node-process.ts';
import { type Agent, type Items, verbsOf } from './verbs.ts';

const SERVER = authority();
const CLIENTS = authority('an authority of clients');

let at: NodePlace;
let node: NodeProcess;
let caFile = '';
const { say, authorized, planFile, runPlan } = verbsOf(() => at);
const url = (port: number, path: string): string => `https://127.0.0.1:${port + at.offset}${path}`;
const folder = (name: string): string => {
  const path = join(at.folder, name);
  mkdirSync(path, { recursive: true });
  return path;
};

beforeAll(async () => {
  at = await nodePlace();
  folder('work');
  const server = layDown(folder('tls'), SERVER.issue());
  const own = layDown(folder('own'), CLIENTS.issue());
  caFile = join(at.folder, 'ca.pem');
  writeFileSync(caFile, SERVER.cert);
  writeFileSync(join(at.folder, 'clients.pem'), CLIENTS.cert);
  writeFileSync(
    join(at.folder, 'troupe.yaml'),
    'agents:\n  - { name: supervisor, role: supervisor, port: 8089 }\n  - { name: testing, role: worker, port: 8094, capabilities: [testing] }\n',
  );
  const files = { TROUPE_TLS_CERT: server.certFile, TROUPE_TLS_KEY: server.keyFile, TROUPE_TLS_CA: caFile, TROUPE_TLS_CLIENT_CA: join(at.folder, 'clients.pem') };
  node = await up(at, [], { ...files, TROUPE_TLS_CLIENT_CERT: own.certFile, TROUPE_TLS_CLIENT_KEY: own.keyFile });
  Object.assign(at.env, files, { TROUPE_TLS_CLIENT_CERT: own.certFile, TROUPE_TLS_CLIENT_KEY: own.keyFile });
});
afterAll(async () => {
  const ended = await node.stop();
  const left = at.left();
  await at.close();
  expect([ended.code, left]).toEqual([0, []]);
});

it('agent hosts attach and work, and commands of this machine come as they always do', async () => {
  expect((await say<Items<Agent>>('agents')).items.map(({ state, session }) => [state, session !== null])).toEqual([
    ['ready', true],
    ['ready', true],
  ]);
  const ended = await runPlan(planFile('small', [{ id: 'one', agent: 'testing', steps: [{ bash: 'echo here', idempotent: true }] }]));
  expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining('"succeeded"')]);
  const client = await sdkClient(commandTransport(at.data, { HOME: at.env.HOME ?? '' }), 'modern');
  expect((await client.callTool({ name: 'agent_list', arguments: {} })).structuredContent).toMatchObject({ items: [{ name: 'supervisor' }, { name: 'testing' }] });
});

it.each([
  ['main routes', 5003, '/api/v1/agents'],
  ['authorization checks', 5002, '/auth/me'],
  ['the authorization server', 5004, '/.well-known/oauth-authorization-server'],
  ['MCP', 9999, '/.well-known/oauth-protected-resource/mcp'],
  ['an agent', 8094, '/.well-known/agent-card.json'],
])('%s are for whoever shows a certificate of the authority', async (_what, port, path) => {
  const ask = async (shown: ReturnType<typeof layDown> | null) => (await nodeFetch(url(port, path), { headers: authorized() }, caFile, shown)).status;
  const other = layDown(folder('other'), CLIENTS.issue());
  const strange = layDown(folder('strange'), SERVER.issue());
  expect([await ask(null), await ask(strange), await ask(other)]).toEqual([403, 403, 200]);
});

it('health is for everybody', async () => {
  expect((await nodeFetch(url(5001, '/health/live'), {}, caFile)).status).toBe(200);
});

it('a command elsewhere without one is refused', async () => {
  const elsewhere = { TROUPE_TLS_CLIENT_CERT: '', TROUPE_TLS_CLIENT_KEY: '', TROUPE_TLS_CLIENT_CA: '' };
  const ended = await troupe(at, ['login', '--node', url(5004, ''), '--json'], { env: elsewhere });
  expect([ended.code === 0, JSON.stringify(ended.json())]).toEqual([false, expect.stringMatching(/it answers 403|wants a certificate of its client/)]);
});

it('doctor says that clients must show one, and a node whose own clients have none is refused at start', async () => {
  const finding = async (env: Readonly<Record<string, string>>) =>
    (await troupe(at, ['doctor', '--json'], { env })).json<{ checks: ReadonlyArray<{ name: string }> }>().checks.find(({ name }) => name === 'certificate');
  expect(await finding({})).toMatchObject({ status: 'ok', detail: expect.stringMatching(/days more; clients must show one too$/) });
  const without = { TROUPE_TLS_CLIENT_CERT: '', TROUPE_TLS_CLIENT_KEY: '' };
  expect(await finding(without)).toMatchObject({ status: 'failed', detail: expect.stringMatching(/^TROUPE_TLS_CLIENT_CERT: is not set/) });
  const other = await nodePlace();
  try {
    const env = Object.fromEntries(Object.entries(at.env).filter(([name]) => name.startsWith('TROUPE_TLS_')));
    const ended = await troupe(other, ['up', '--json'], { env: { ...env, ...without } });
    expect([ended.code, ended.json()]).toMatchObject([2, { error: { code: 'InvalidConfig', message: expect.stringMatching(/^TROUPE_TLS_CLIENT_CERT: is not set/) } }]);
    expect(other.left()).toEqual([]);
  } finally {
    await other.close();
  }
});
