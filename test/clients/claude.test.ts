// The real Claude Code against a running node, a stand-in of the model API in the place of its model: what the README says, the hooks of the
// example, and the Agent SDK with our permission prompt.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentQuery, claudePlace } from '../support/claude-code.ts';
import { type Heard, modelStandIn, type Turn } from '../support/model-stand-in.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, ROOT, troupe, up } from '../support/node-process.ts';

const LIMIT_MS = 120_000;
let place: NodePlace;
let node: NodeProcess;
beforeAll(async () => {
  place = await nodePlace();
  node = await up(place);
});
afterAll(() => place.close());

const json = async <T>(...args: readonly string[]): Promise<T> => (await troupe(place, [...args, '--json'])).json<T>();
const tokenOf = async (name: string): Promise<string> => (await json<{ token: string }>('token', '--role', 'agent', '--name', name)).token;

/** Each line of the README that runs Claude Code, with the ports of this node. */
const readme = (): readonly string[] =>
  readFileSync(join(ROOT, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => /^claude (mcp|-p) /.test(line))
    .map((line) => line.replaceAll('http://127.0.0.1:9999', node.urls.rpc));

/** The one request that waits. */
const waiting = () =>
  eventually(
    'a request waits for a decision',
    async () => (await json<{ items: ReadonlyArray<{ id: string; agent: string; action: { payload: object } }> }>('approvals')).items[0],
    LIMIT_MS,
  );

const script =
  (...turns: readonly Turn[]) =>
  ({ results }: Heard): Turn =>
    turns[results.length] ?? { text: `and so it ends: ${results.at(-1) ?? 'nothing'}` };

it('what the README says works, line by line: added, connected, our tools called, its own tools behind the gate', async () => {
  const tidy = { tool: 'Bash', input: { command: 'touch tidied', description: 'tidies' } };
  const model = await modelStandIn((heard) => script(heard.words.includes('tidy up') ? tidy : { tool: 'mcp__troupe__agent_list', input: {} })(heard));
  const claude = claudePlace(place, 'readme', model.url);
  const lines = readme();
  expect(lines.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual(['claude mcp add', 'claude mcp list', 'claude -p "which', 'claude -p "tidy']);
  const [add = '', list = '', ask = '', work = ''] = lines;

  const added = await claude.shell(add).ended(LIMIT_MS);
  expect([added.code, added.stderr]).toEqual([0, '']);
  expect((await claude.shell(list).ended(LIMIT_MS)).stdout).toMatch(/troupe: http.*Connected/);
  const asked = await claude.shell(ask).ended(LIMIT_MS);
  expect([asked.code, asked.stdout]).toEqual([0, expect.stringMatching(/and so it ends: [\s\S]*backend-api/)]);

  const working = claude.shell(work);
  const { id, agent, action } = await waiting();
  expect([agent, action.payload]).toEqual(['claude', { command: 'touch tidied' }]);
  expect(existsSync(join(claude.folder, 'tidied'))).toBe(false);
  expect((await troupe(place, ['approve', id])).code).toBe(0);
  expect(await working.ended(LIMIT_MS)).toMatchObject({ code: 0, stdout: expect.stringContaining('and so it ends') });
  expect(existsSync(join(claude.folder, 'tidied'))).toBe(true);
});

/** A folder with the hooks of the example, this node among its MCP servers; under `env` a session there is that guest. */
async function hooked(guest: string, modelUrl: string) {
  const claude = claudePlace(place, guest, modelUrl);
  mkdirSync(join(claude.folder, '.claude'));
  for (const file of ['settings.json', 'troupe-hook.mjs']) copyFileSync(join(ROOT, 'examples/claude-code', file), join(claude.folder, '.claude', file));
  const token = await tokenOf(guest);
  const added = await claude.shell(`claude mcp add --transport http troupe ${node.urls.rpc}/mcp --header "Authorization: Bearer ${token}"`).ended(LIMIT_MS);
  expect(added.code).toBe(0);
  return { claude, token, env: `TROUPE_TOKEN=${token} TROUPE_URL=${node.urls.rpc} TROUPE_GUEST=${guest} TROUPE_IDLE_SECONDS=30` };
}

const stateOf = async (agent: string) => (await json<{ items: ReadonlyArray<{ name: string; state: string }> }>('agents')).items.find(({ name }) => name === agent)?.state;
const hasJoined = (agent: string) => eventually(`${agent} has joined`, async () => (await stateOf(agent)) !== undefined, LIMIT_MS);

it('an idle Claude Code with the hooks of the example is woken by a task, and its report ends it', async () => {
  const model = await modelStandIn(({ words, results }) => {
    const [, named = ''] = /task_complete of the MCP server troupe with (\{[^}]*\})/.exec(words) ?? [];
    if (named === '') return { text: 'nothing to do' };
    return results.length === 0 ? { tool: 'mcp__troupe__task_complete', input: { ...(JSON.parse(named) as object), result: 'counted: 3' } } : { text: 'reported' };
  });
  const { claude, env } = await hooked('sitter', model.url);
  const session = claude.shell(`${env} claude -p "be there" --allowedTools mcp__troupe`);
  await hasJoined('guest.sitter');
  const { task } = await json<{ task: string }>('submit', 'count the files', '--agent', 'guest.sitter');
  const report = () => json<{ status: string; agent: string; answer?: { result: unknown } }>('task', task);
  await eventually('the task has ended', async () => (await report()).status === 'succeeded', LIMIT_MS);
  expect(await report()).toMatchObject({ agent: 'guest.sitter', answer: { result: 'counted: 3' } });
  expect(await session.ended(LIMIT_MS)).toMatchObject({ code: 0 });
  expect(await json('agents')).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ name: 'guest.sitter', state: 'left', ungated: true })]) });
});

it('a Claude Code that waits for a permission longer than its lease keeps its task, and keeps no other guest of its token alive', async () => {
  const model = await modelStandIn(({ words, results }) => {
    const [, named = ''] = /task_complete of the MCP server troupe with (\{[^}]*\})/.exec(words) ?? [];
    if (named === '' || results.length > 1) return { text: 'nothing to do' };
    return results.length === 0
      ? { tool: 'Bash', input: { command: 'touch permitted', description: 'marks' } }
      : { tool: 'mcp__troupe__task_complete', input: { ...(JSON.parse(named) as object), result: 'marked' } };
  });
  const { claude, token, env } = await hooked('waiter', model.url);
  const session = claude.shell(`${env} TROUPE_LEASE_SECONDS=4 claude -p "be there" --allowedTools mcp__troupe --permission-prompt-tool mcp__troupe__permission_prompt`);
  await hasJoined('guest.waiter');
  const { task } = await json<{ task: string }>('submit', 'mark it', '--agent', 'guest.waiter');
  const { id } = await waiting();
  const params = { name: 'other', leaseMs: 6_000 };
  await fetch(`${node.urls.rpc}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'agent.join', params }),
  });
  await eventually('the other is silent', async () => (await stateOf('guest.other')) === 'silent', LIMIT_MS);
  expect(await stateOf('guest.waiter')).toBe('working');
  expect((await troupe(place, ['approve', id])).code).toBe(0);
  await eventually('the task has ended', async () => (await json<{ status: string }>('task', task)).status === 'succeeded', LIMIT_MS);
  expect(await json('task', task)).toMatchObject({ agent: 'guest.waiter', answer: { result: 'marked' } });
  expect(existsSync(join(claude.folder, 'permitted'))).toBe(true);
  expect(await session.ended(LIMIT_MS)).toMatchObject({ code: 0 });
});

it('the Agent SDK calls our tools, and what our permission prompt denies does not run', async () => {
  const model = await modelStandIn(script({ tool: 'mcp__troupe__system_status', input: {} }, { tool: 'Bash', input: { command: 'touch denied', description: 'd' } }));
  const claude = claudePlace(place, 'sdk', model.url);
  const headers = { Authorization: `Bearer ${await tokenOf('sdk')}`, 'X-Troupe-Workspace': claude.folder };
  const running = agentQuery(claude, 'look, then touch', {
    mcpServers: { troupe: { type: 'http', url: `${node.urls.rpc}/mcp`, headers, alwaysLoad: true } },
    allowedTools: ['mcp__troupe__system_status'],
    permissionPromptToolName: 'mcp__troupe__permission_prompt',
  });
  const { id } = await waiting();
  expect((await troupe(place, ['deny', id, '--why', 'not today'])).code).toBe(0);
  expect(await running).toMatchObject({ subtype: 'success', result: expect.stringContaining('not today'), permission_denials: [{ tool_name: 'Bash' }] });
  expect(existsSync(join(claude.folder, 'denied'))).toBe(false);
  expect(model.offered[0]).toContain('mcp__troupe__system_status');
});
