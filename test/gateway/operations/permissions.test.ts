// Claude Code's permission prompt, answered by the gate and by people; and what its tools are to the gate.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessAlone, shippedPolicy } from '../../../actors/gate/index.ts';
import { ActionSchema } from '../../../actors/session/host-messages.ts';
import type { Action } from '../../../actors/work/types.ts';
import { type Caller, OPERATIONS } from '../../../gateway/operations/index.ts';
import { permissionAction } from '../../../gateway/operations/permission-action.ts';
import { mcpClient } from '../../support/mcp-client.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, openRpcDoor } from '../../support/test-door.ts';

const own = { server: 'troupe', find: (name: string) => OPERATIONS.get(name) };
const CLAUDE: Caller = { name: 'claude', permissions: ['read', 'act'], workspace: '/repo' };
const bash = (command: string, id = 'toolu_1') => ({ tool_name: 'Bash', input: { command, description: 'why not' }, tool_use_id: id });

async function asked(node: TestNode, prompt: object, caller: Caller = CLAUDE, signal?: AbortSignal) {
  const answer = node.run<{ behavior: string; message?: string; updatedInput?: unknown }>('permission.prompt', prompt, { caller, ...(signal === undefined ? {} : { signal }) });
  answer.catch(() => undefined);
  await settle();
  await node.facts.read();
  const { items } = await node.run<{ items: ReadonlyArray<{ id: string; request: string; risk: string; agent: string; action: { payload: unknown } }> }>('approval.list');
  return { answer, waiting: items };
}

describe('a call of a tool', () => {
  it('that the gate finds LOW is allowed at once, with its input', async () => {
    const node = await runningNode();
    expect(await node.run('permission.prompt', bash('risk LOW'), { caller: CLAUDE })).toEqual({ behavior: 'allow', updatedInput: { command: 'risk LOW', description: 'why not' } });
    expect(node.ran).toEqual([]);
  });

  it('that is riskier waits for a person, who sees the action; allowed, it is used once and run by nobody here', async () => {
    const node = await runningNode();
    const { answer, waiting } = await asked(node, bash('risk MEDIUM 1'));
    expect(waiting).toMatchObject([{ risk: 'MEDIUM', agent: 'claude', action: { payload: { command: 'risk MEDIUM 1' } } }]);
    await node.run('approval.decide', { request: waiting[0]?.request, decision: 'approve' });
    expect(await answer).toMatchObject({ behavior: 'allow' });
    await settle();
    expect(node.ran).toEqual([]);
    const { items } = await node.run<{ items: ReadonlyArray<{ state: string }> }>('approval.list', { all: true });
    expect(items).toMatchObject([{ state: 'executed' }]);
  });

  it('that is denied is told who denied it and why', async () => {
    const node = await runningNode();
    const { answer, waiting } = await asked(node, bash('risk HIGH 1'));
    await node.run('approval.decide', { request: waiting[0]?.request, decision: 'deny', reason: 'not today' });
    expect(await answer).toEqual({ behavior: 'deny', message: `Denied by ann: not today (request ${waiting[0]?.request})` });
  });

  it('is not decided by who asked', async () => {
    const node = await runningNode();
    const { waiting } = await asked(node, bash('risk MEDIUM 1'));
    const self = { ...CLAUDE, permissions: ['read', 'approve'] } as Caller;
    await expect(node.run('approval.decide', { request: waiting[0]?.request, decision: 'approve' }, { caller: self })).rejects.toMatchObject({ code: 'NotDecided' });
  });

  it('takes a decision where nobody knows the folder, however harmless it is', async () => {
    const node = await runningNode();
    const { workspace: _, ...nowhere } = CLAUDE;
    const { waiting } = await asked(node, bash('risk LOW'), nowhere);
    expect(waiting).toMatchObject([{ risk: 'MEDIUM', findings: expect.arrayContaining([expect.objectContaining({ rule: 'workspace-unknown' })]) }]);
  });

  it('is about no folder where it is one of our own: what only reads goes ahead', async () => {
    const node = await runningNode();
    const { workspace: _, ...nowhere } = CLAUDE;
    const prompt = { tool_name: 'mcp__fleet__task_list', input: { limit: 5 }, tool_use_id: 'toolu_9' };
    expect(await node.run('permission.prompt', prompt, { caller: { ...nowhere, server: 'fleet' } })).toEqual({ behavior: 'allow', updatedInput: { limit: 5 } });
  });

  it.each([
    ['has this node under another name', { server: 'fleet' }],
    ['does not say under which name it has this node', {}],
  ])('of a server named troupe is not taken for ours where the client %s', async (_what, said) => {
    const node = await runningNode();
    await asked(node, { tool_name: 'mcp__troupe__task_list', input: { limit: 5 } }, { ...CLAUDE, ...said });
    const { items } = await node.run<{ items: ReadonlyArray<{ action: { type: string; payload: object } }> }>('request.list');
    expect(items.map(({ action }) => action)).toEqual([{ type: 'API_CALL', payload: { method: 'CALL', url: 'tool:mcp__troupe__task_list', body: { limit: 5 } } }]);
    for (const { type, payload } of items.map(({ action }) => action))
      expect(await assessAlone(type as Action['type'], payload as never, shippedPolicy())).toMatchObject({ level: 'HIGH' });
  });

  it('asked about again is the same request, also once it is decided; another one is another', async () => {
    const node = await runningNode();
    const first = await asked(node, bash('risk MEDIUM 1'));
    const again = await asked(node, bash('risk MEDIUM 1'));
    expect(again.waiting).toHaveLength(1);
    await node.run('approval.decide', { request: first.waiting[0]?.request, decision: 'approve' });
    expect([await first.answer, await again.answer]).toMatchObject([{ behavior: 'allow' }, { behavior: 'allow' }]);
    expect(await node.run('permission.prompt', bash('risk MEDIUM 1'), { caller: CLAUDE })).toMatchObject({ behavior: 'allow' });
    expect((await asked(node, bash('risk MEDIUM 1', 'toolu_2'))).waiting).toHaveLength(1);
  });

  it('whose asker has gone is withdrawn', async () => {
    const node = await runningNode();
    const gone = new AbortController();
    const { answer, waiting } = await asked(node, bash('risk MEDIUM 1'), CLAUDE, gone.signal);
    gone.abort();
    await answer;
    await settle();
    await expect(node.run('approval.decide', { request: waiting[0]?.request, decision: 'approve' })).rejects.toMatchObject({ code: 'NoSuchRequest' });
    expect(await node.run('approval.list', { all: true })).toMatchObject({ items: [{ state: 'withdrawn' }] });
  });

  it('is forgotten an hour after its decision', async () => {
    const node = await runningNode();
    await node.run('permission.prompt', bash('risk LOW'), { caller: CLAUDE });
    const requests = () => node.system.childTable('requests')?.which().length;
    expect(requests()).toBe(1);
    node.services.clock.advance(3_600_000);
    await settle();
    expect(requests()).toBe(0);
  });
});

describe.each(['modern', 'legacy'] as const)('over MCP in the %s revision', (era) => {
  it('the answer is one text that holds the JSON which Claude Code wants, and nothing else', async () => {
    const node = await runningNode();
    const { port } = await openRpcDoor(() => node.node);
    const client = await mcpClient(port, { era, headers: { ...HONEST, 'x-troupe-caller': 'claude', 'x-troupe-workspace': '/repo' } });
    const { tools } = await client.listTools();
    expect(tools.find(({ name }) => name === 'permission_prompt')).not.toHaveProperty('outputSchema');
    const { content, structuredContent } = await client.callTool({ name: 'permission_prompt', arguments: bash('risk LOW') });
    expect([structuredContent, content]).toEqual([undefined, [{ type: 'text', text: expect.any(String) }]]);
    expect(JSON.parse((content[0] as { text: string }).text)).toEqual({ behavior: 'allow', updatedInput: { command: 'risk LOW', description: 'why not' } });
  });

  it('a decision that takes long is announced by progress at once', async () => {
    const node = await runningNode();
    const { port } = await openRpcDoor(() => node.node);
    const client = await mcpClient(port, { era, headers: { ...HONEST, 'x-troupe-caller': 'claude', 'x-troupe-workspace': '/repo' } });
    const told: unknown[] = [];
    const answer = client.callTool({ name: 'permission_prompt', arguments: bash('risk MEDIUM 1') }, { onprogress: (progress) => void told.push(progress) });
    await expect.poll(() => told.length).toBe(1);
    await settle();
    const { items } = await node.run<{ items: ReadonlyArray<{ request: string }> }>('approval.list');
    await node.run('approval.decide', { request: items[0]?.request, decision: 'approve' });
    expect(JSON.stringify(await answer)).toContain('allow');
  });
});

it('the name under which a client has this node comes with its requests, where it is one that no other name is written as', async () => {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const prompt = (server: string) => ({ name: 'permission_prompt', arguments: { tool_name: `mcp__${server}__task_list`, input: {}, tool_use_id: server } });
  const told = await mcpClient(port, { headers: { ...HONEST, 'x-troupe-caller': 'claude', 'x-troupe-server': 'fleet' } });
  expect(JSON.stringify(await told.callTool(prompt('fleet')))).toContain('allow');
  const blurred = await mcpClient(port, { headers: { ...HONEST, 'x-troupe-caller': 'claude', 'x-troupe-server': 'my_fleet' } });
  const gone = new AbortController();
  const answer = blurred.callTool(prompt('my_fleet'), { signal: gone.signal }).catch(() => 'gone');
  await expect
    .poll(async () => (await node.run<{ items: unknown[] }>('approval.list')).items, { timeout: 15_000 })
    .toMatchObject([{ action: { payload: { url: 'tool:mcp__my_fleet__task_list' } } }]);
  gone.abort();
  expect(await answer).toBe('gone');
});

describe('a tool as an action', () => {
  it.each([
    ['Bash', { command: 'ls' }, { type: 'BASH_COMMAND', payload: { command: 'ls' } }],
    ['Write', { file_path: '/r/a', content: 'x' }, { type: 'FILE_OPERATION', payload: { op: 'write', path: '/r/a', content: 'x' } }],
    ['Edit', { file_path: '/r/a', old_string: 'x', new_string: 'y' }, { type: 'FILE_OPERATION', payload: { op: 'write', path: '/r/a', content: 'y' } }],
    ['Read', { file_path: '/r/a' }, { type: 'FILE_OPERATION', payload: { op: 'read', path: '/r/a' } }],
    ['WebFetch', { url: 'https://a.example', prompt: 'p' }, { type: 'API_CALL', payload: { method: 'GET', url: 'https://a.example' } }],
    ['Bash', { command: 7 }, { type: 'API_CALL', payload: { method: 'CALL', url: 'tool:Bash', body: { command: 7 } } }],
    ['mcp__other__do', { a: 1 }, { type: 'API_CALL', payload: { method: 'CALL', url: 'tool:mcp__other__do', body: { a: 1 } } }],
    ['constructor', {}, { type: 'API_CALL', payload: { method: 'CALL', url: 'tool:constructor', body: {} } }],
  ])('%s %j', (tool, input, action) => {
    expect(permissionAction(tool, input, own)).toEqual(action);
  });

  it('that is none the gate knows is HIGH to it', async () => {
    for (const tool of [
      'mcp__other__do',
      'mcp__troupe__nothing',
      'mcp__troupe__',
      'mcp__troupe__task_list_all',
      'mcp__other__task_list',
      'KillShell',
      'https://a.example',
      '\ud800',
      '',
    ]) {
      const { type, payload } = permissionAction(tool, { a: 1 }, own);
      expect(await assessAlone(type, payload, shippedPolicy())).toMatchObject({ level: 'HIGH' });
    }
  });

  it.each([
    ['task_list', 'LOW'],
    ['plan_status', 'LOW'],
    ['inbox_wait', 'LOW'],
    ['message_send', 'LOW'],
    ['task_complete', 'LOW'],
    ['plan_run', 'MEDIUM'],
    ['plan_cancel', 'MEDIUM'],
    ['approval_decide', 'HIGH'],
    ['rule_add', 'HIGH'],
    ['actor_kill', 'HIGH'],
    ['user_add', 'HIGH'],
  ])('of our own is rated by what its operation does: %s is %s', async (tool, level) => {
    const { type, payload } = permissionAction(`mcp__troupe__${tool}`, { a: 1 }, own);
    expect(await assessAlone(type, payload, shippedPolicy())).toMatchObject({ level, findings: [{ rule: 'api-own-tool' }] });
  });

  it('of our own is never below what the right to call it says: what decides or administers is HIGH, what acts is LOW only for its own', async () => {
    for (const { name, permission } of OPERATIONS.values()) {
      const { type, payload } = permissionAction(`mcp__troupe__${name.replace('.', '_')}`, {}, own);
      const { level } = await assessAlone(type, payload, shippedPolicy());
      if (permission === 'read') expect([name, level]).toEqual([name, 'LOW']);
      else if (permission === 'act') expect(['LOW', 'MEDIUM'], name).toContain(level);
      else expect([name, level]).toEqual([name, 'HIGH']);
    }
  });

  it('of our own that carries a secret is HIGH, whatever it does with it', async () => {
    const { type, payload } = permissionAction('mcp__troupe__message_send', { to: 'a', type: 'b', payload: 'ghp_0123456789abcdefghijABCDEFGHIJ' }, own);
    expect(await assessAlone(type, payload, shippedPolicy())).toMatchObject({ level: 'HIGH' });
  });

  /** Of any code units, halves of pairs among them. */
  const anyText = fc.array(fc.nat(65_535)).map((units) => String.fromCharCode(...units));

  it('is always one that the gate takes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom('Bash', 'Write', 'Edit', 'MultiEdit', 'WebFetch', 'mcp__troupe__task_list'), fc.string(), anyText),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (tool, input) => {
          expect(ActionSchema.safeParse(permissionAction(tool, input, own)).success).toBe(true);
        },
      ),
    );
  });
});
