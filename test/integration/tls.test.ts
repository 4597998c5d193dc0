// One node whose doors all speak TLS, with a certificate of an authority that only this test knows.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { type Task, TaskState } from '@a2a-js/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { a2aClient, request, saying } from '../support/a2a-client.ts';
import { authority, layDown } from '../support/certificates.ts';
import { believing, commandTransport, mcpClient, sdkClient } from '../support/mcp-client.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, troupe, up } from '../support/node-process.ts';
import { type Agent, type Items, verbsOf } from './verbs.ts';

const ISSUER = authority();
const STRANGER = authority('another authority');
const FLEET = ['supervisor: { role: supervisor, port: 8089 }', 'testing: { role: worker, port: 8094 }'];

let at: NodePlace;
let node: NodeProcess;
let ca = '';
const { say, authorized, planFile, runPlan, token } = verbsOf(() => at);
const portOf = (port: number): number => port + at.offset;
const url = (port: number, path = ''): string => `https://127.0.0.1:${portOf(port)}${path}`;
const ask = (where: string, init: RequestInit = {}): Promise<Response> => believing(ca)(where, init);
const clientsOf = (port: number) => ({ port: portOf(port), headers: authorized(), caFile: ca });

beforeAll(async () => {
  at = await nodePlace();
  for (const folder of ['work', 'tls']) mkdirSync(join(at.folder, folder));
  const files = layDown(join(at.folder, 'tls'), ISSUER.issue());
  ca = join(at.folder, 'tls', 'ca.pem');
  writeFileSync(ca, ISSUER.cert);
  const agents = FLEET.map((line) => line.replace(/^(\w+): \{/, '  - { name: $1, capabilities: [$1],')).join('\n');
  writeFileSync(join(at.folder, 'troupe.yaml'), `agents:\n${agents}\n`);
  Object.assign(at.env, { TROUPE_TLS_CERT: files.certFile, TROUPE_TLS_KEY: files.keyFile, TROUPE_TLS_CA: ca });
  node = await up(at);
});
afterAll(async () => {
  const ended = await node.stop();
  const left = at.left();
  await at.close();
  expect([ended.code, left]).toEqual([0, []]);
});

it('the node says https of itself wherever it names a URL', async () => {
  expect([node.urls, node.login]).toEqual([{ health: url(5001), api: url(5003), rpc: url(9999) }, expect.stringMatching(/^https:/)]);
  expect((await say<{ urls: Readonly<Record<string, string>> }>('status')).urls).toMatchObject({ auth: url(5004), access: url(5002) });
  const issuer = (await (await ask(url(5004, '/.well-known/oauth-authorization-server'))).json()) as Readonly<Record<string, string>>;
  expect(issuer).toMatchObject({
    issuer: url(5004),
    token_endpoint: url(5004, '/token'),
    jwks_uri: url(5004, '/jwks'),
    device_authorization_endpoint: url(5004, '/device_authorization'),
  });
  for (const [port, path] of [
    [9999, '/mcp'],
    [5003, ''],
    [5002, ''],
  ] as const)
    expect(await (await ask(url(port, `/.well-known/oauth-protected-resource${path}`))).json()).toMatchObject({ resource: url(port, path), authorization_servers: [url(5004)] });
});

it('agent hosts attach, and a plan asks the health of its own node', async () => {
  expect((await say<Items<Agent>>('agents')).items.map(({ name, state, session }) => [name, state, session !== null])).toEqual([
    ['supervisor', 'ready', true],
    ['testing', 'ready', true],
  ]);
  const steps = [{ api: { method: 'GET', url: '{{node.health}}' }, idempotent: true }];
  const ended = await runPlan(planFile('health', [{ id: 'health', agent: 'testing', steps }]));
  expect([ended.code, ended.stderr, ended.stdout]).toEqual([0, expect.anything(), expect.stringContaining('"succeeded"')]);
});

it.each(['modern', 'legacy'] as const)('MCP clients of the %s revision come over https, over wss and by the command', async (era) => {
  const { port, ...way } = clientsOf(9999);
  for (const client of [
    await mcpClient(port, { era, ...way }),
    await mcpClient(port, { era, way: 'ws', ...way }),
    await sdkClient(commandTransport(at.data, { HOME: at.env.HOME ?? '' }), era),
  ]) {
    const { structuredContent } = await client.callTool({ name: 'agent_list', arguments: {} });
    expect(structuredContent).toMatchObject({ items: [{ name: 'supervisor' }, { name: 'testing' }] });
  }
});

it('an agent shows a card with https and takes a task over A2A', async () => {
  const client = await a2aClient(url(8094), token(), believing(ca));
  expect(await client.getAgentCard()).toMatchObject({ name: 'testing', supportedInterfaces: [{ url: url(8094, '/') }, {}] });
  const steps = [{ bash: 'echo here', idempotent: true }];
  const answer = (await client.sendMessage(request(saying({ $case: 'data', value: { workspace: join(at.folder, 'work'), steps } })))) as Task;
  expect(answer.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
});

it('tokens are for https resources, and cookies of a login go nowhere else', async () => {
  const redirect = 'http://127.0.0.1:1/callback';
  const registered = await ask(url(5004, '/register'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [redirect], token_endpoint_auth_method: 'none' }),
  });
  const { client_id } = (await registered.json()) as { client_id: string };
  const begin = (resource: string) =>
    ask(
      `${url(5004, '/authorize')}?${new URLSearchParams({ client_id, redirect_uri: redirect, response_type: 'code', scope: 'troupe:read', state: 's', resource, code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' })}`,
    );
  const [ours, plain] = [await begin(url(9999, '/mcp')), await begin(url(9999, '/mcp').replace('https', 'http'))];
  expect([ours.status, ours.headers.get('location'), ours.headers.getSetCookie().length > 0]).toEqual([303, expect.stringMatching(/^\/interaction\//), true]);
  expect(ours.headers.getSetCookie().filter((cookie) => !/; secure/i.test(cookie))).toEqual([]);
  expect(plain.headers.get('location')).toContain('error=invalid_target');
});

it('curl comes with the authority and not without it, and is told in plain HTTP to come by https', () => {
  const curl = (...args: readonly string[]) => spawnSync('curl', ['--silent', '--max-time', '20', '--write-out', '\n%{http_code}', ...args], { encoding: 'utf8' });
  const [well, without, plain] = [curl('--cacert', ca, url(5001, '/health/live')), curl(url(5001, '/health/live')), curl(url(5001, '/health/live').replace('https', 'http'))];
  expect([well.status, well.stdout]).toEqual([0, '{"status":"alive"}\n200']);
  // 60: the certificate was not believed.
  expect([without.status, without.stdout]).toEqual([60, '\n000']);
  expect(plain.stdout).toMatch(/https:\/\/.*\n400$/s);
});

it('a command that believes another authority says so and what to do, and goes no further', async () => {
  const other = join(at.folder, 'tls', 'other.pem');
  writeFileSync(other, STRANGER.cert);
  const ended = await troupe(at, ['login', '--node', url(5004), '--json'], { env: { TROUPE_TLS_CA: other } });
  expect([ended.code, ended.json()]).toMatchObject([3, { error: { code: 'NodeUnreachable', message: expect.stringMatching(/its certificate is not believed.*TROUPE_TLS_CA/) } }]);
});

it('doctor knows how long the certificate is good, and what is wrong with another', async () => {
  const finding = async (env: Readonly<Record<string, string>>) => {
    const { checks } = (await troupe(at, ['doctor', '--json'], { env })).json<{ checks: ReadonlyArray<{ name: string }> }>();
    return checks.find(({ name }) => name === 'certificate');
  };
  const soon = layDown(join(at.folder, 'work'), ISSUER.issue({ until: Date.now() + 20 * 86_400_000 }));
  expect(await finding({})).toMatchObject({ status: 'ok', detail: 'for 127.0.0.1, good for 89 days more' });
  expect(await finding({ TROUPE_TLS_CERT: soon.certFile, TROUPE_TLS_KEY: soon.keyFile })).toMatchObject({ status: 'warning', detail: expect.stringContaining('19 days more') });
  expect(await finding({ TROUPE_TLS_KEY: soon.keyFile })).toMatchObject({ status: 'failed', detail: expect.stringContaining('TROUPE_TLS_KEY: the key in ') });
});

it('a certificate that cannot be shown is refused at start by variable and fix, with nothing left of a node', async () => {
  const other = await nodePlace();
  try {
    const ended = await troupe(other, ['up', '--json'], { env: { TROUPE_TLS_CERT: join(at.folder, 'nowhere.pem'), TROUPE_TLS_KEY: join(at.folder, 'tls', 'key.pem') } });
    expect([ended.code, ended.json()]).toMatchObject([
      2,
      { error: { code: 'InvalidConfig', message: expect.stringMatching(/^TROUPE_TLS_CERT: there is no .*nowhere\.pem; name a file/) } },
    ]);
    expect(other.left()).toEqual([]);
  } finally {
    await other.close();
  }
});

it('a renewed certificate is shown without a restart', async () => {
  const shown = async (): Promise<string | undefined> => {
    const socket = connect({ host: '127.0.0.1', port: portOf(9999), ca: ISSUER.cert });
    await once(socket, 'secureConnect');
    const peer = socket.getPeerX509Certificate()?.toString();
    socket.destroy();
    return peer;
  };
  const renewed = ISSUER.issue();
  expect(await shown()).not.toBe(renewed.cert);
  layDown(join(at.folder, 'tls'), renewed);
  await eventually('it is shown', async () => (await shown()) === renewed.cert, 60_000);
  expect((await say<Items<Agent>>('agents')).items.map(({ state }) => state)).toEqual(['ready', 'ready']);
});
