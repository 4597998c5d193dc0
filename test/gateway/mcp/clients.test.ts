// The official client, in both revisions, over HTTP, WebSocket and the command `troupe mcp`: what a person with any MCP client gets on the first try.
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../gateway/operations/index.ts';
import { DOORS } from '../../../gateway/ports.ts';
import { task } from '../../support/fleet-node.ts';
import { type Era, mcpClient, type Way } from '../../support/mcp-client.ts';
import { modernRequest } from '../../support/modern-request.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { openRealDoor, openRpcDoor } from '../../support/test-door.ts';

const WAYS: ReadonlyArray<readonly [Way, Era]> = [
  ['http', 'modern'],
  ['http', 'legacy'],
  ['ws', 'modern'],
  ['ws', 'legacy'],
  ['stdio', 'modern'],
  ['stdio', 'legacy'],
];

const textOf = (parts: ReadonlyArray<object>): string => parts.map((part) => ('text' in part ? String(part.text) : '')).join('');

async function served() {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  return { node, port };
}

/** In the other revision each request over HTTP stands for itself; the command is a client of the socket. */
const CONNECTED = WAYS.filter(([way, era]) => way === 'ws' || (way === 'http' && era === 'legacy'));

describe.each(CONNECTED)('a connection over %s in the %s revision', (way, era) => {
  it('speaks for the guest that joined over it, though its token has another', async () => {
    const node = await runningNode();
    const { port } = await openRealDoor({ name: 'rpc', purpose: DOORS.rpc.purpose }, () => node.node, { tokens: node.node.identity.tokens });
    const { token } = await node.run('token.issue', { name: 'worker', role: 'agent' });
    const clients = await Promise.all(['one', 'two'].map(() => mcpClient(port, { way, era, headers: { authorization: `Bearer ${String(token)}` } })));
    for (const [index, client] of clients.entries()) {
      const name = `of-${index}`;
      expect((await client.callTool({ name: 'agent_join', arguments: { name } })).structuredContent).toMatchObject({ agent: `guest.${name}` });
    }
    for (const [index, client] of clients.entries()) {
      expect((await client.callTool({ name: 'agent_heartbeat', arguments: {} })).structuredContent).toMatchObject({ agent: `guest.of-${index}` });
      await client.callTool({ name: 'message_send', arguments: { to: 'testing', type: 'note', payload: { of: index } } });
    }
    await settle();
    const { items } = await node.run<{ items: ReadonlyArray<{ from: string; payload: unknown }> }>('inbox.read', { agent: 'testing' });
    expect(items.map(({ from, payload }) => [from, payload])).toEqual(clients.map((_client, index) => [`guest.of-${index}`, { of: index }]));
  });
});

describe.each(WAYS)('over %s in the %s revision', (way, era) => {
  it('every operation is a tool with its schemas; its answer fits them, and what fails says why in the result', async () => {
    const { port } = await served();
    const client = await mcpClient(port, { way, era });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...OPERATIONS.keys()].map((name) => name.replaceAll('.', '_')));
    expect(tools.find(({ name }) => name === 'actor_kill')).toMatchObject({
      title: 'Kill an actor',
      inputSchema: { type: 'object', required: ['address'], additionalProperties: false },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: false, destructiveHint: true },
    });
    const answer = await client.callTool({ name: 'agent_status', arguments: { agent: 'testing' } });
    expect(answer.structuredContent).toMatchObject({ name: 'testing', state: 'ready' });
    expect(JSON.parse(textOf(answer.content))).toEqual(answer.structuredContent);
    const refused = await client.callTool({ name: 'agent_status', arguments: { agent: 'testin' } });
    expect(refused).toMatchObject({ isError: true, content: [{ text: "no agent 'testin'; did you mean 'testing'?" }], _meta: { 'troupe/error': { code: 'NoSuchAgent' } } });
    expect(await client.callTool({ name: 'agent_status', arguments: { agent: 7 } })).toMatchObject({ isError: true, _meta: { 'troupe/error': { code: 'InvalidInput' } } });
    await expect(client.callTool({ name: 'no_such_tool' })).rejects.toMatchObject({ code: -32602 });
  });

  it('reads resources and prompts, completes names, and is told when a resource that it watches changes', async () => {
    const { node, port } = await served();
    await node.submit('p', [task('one')]);
    const client = await mcpClient(port, { way, era });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(expect.arrayContaining(['troupe://agents', 'troupe://inbox/testing', 'troupe://tasks/p.one']));
    for (const { uri } of resources) expect(JSON.parse(textOf((await client.readResource({ uri })).contents))).toBeTypeOf('object');
    const { contents } = await client.readResource({ uri: 'troupe://actors/agents/testing' });
    expect(JSON.parse(textOf(contents))).toMatchObject({ address: 'agents/testing', state: 'running' });
    for (const uri of ['troupe://tasks/p.two', 'troupe://actors/agents/nobody', 'troupe://inbox/nobody', 'troupe://inbox/%', 'troupe://other', 'file:///etc/passwd'])
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602 });
    expect((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'troupe://tasks/{id}',
      'troupe://actors/{+address}',
      'troupe://inbox/{agent}',
    ]);
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['what_waits', 'write_plan', 'read_inbox']);
    expect(JSON.stringify((await client.getPrompt({ name: 'read_inbox', arguments: { agent: 'testing' } })).messages)).toContain('inbox.read');
    await expect(client.getPrompt({ name: 'read_inbox' })).rejects.toMatchObject({ code: -32602 });
    const complete = async (uri: string, name: string, value: string) =>
      (await client.complete({ ref: { type: 'ref/resource', uri }, argument: { name, value } })).completion.values;
    expect(await complete('troupe://inbox/{agent}', 'agent', 'ba')).toEqual(['backend-api']);
    expect(await complete('troupe://tasks/{id}', 'id', 'p.')).toEqual(['p.one']);
    expect(await complete('troupe://actors/{+address}', 'address', 'agents/te')).toEqual(['agents/testing']);
    const told: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void told.push(params.uri));
    const uris = ['troupe://inbox/testing', 'troupe://tasks/w.one'];
    if (era === 'legacy') for (const uri of uris) await client.subscribeResource({ uri });
    else await client.listen({ resourceSubscriptions: uris });
    await node.run('message.send', { to: 'testing', type: 'note' });
    await node.run('message.send', { to: 'database', type: 'note' });
    await node.submit('w', [task('one', { agent: 'database' })]);
    await node.facts.read();
    await expect.poll(() => [...new Set(told)].sort(), { timeout: 5_000 }).toEqual(uris);
    if (era === 'modern') return;
    await client.unsubscribeResource({ uri: 'troupe://inbox/testing' });
    told.length = 0;
    await node.run('message.send', { to: 'testing', type: 'note' });
    await node.submit('w2', [task('one', { agent: 'database' })]);
    await settle();
    expect(told).toEqual([]);
  });
});

it.each([
  ['resources/read', {}],
  ['prompts/get', { name: 7 }],
  ['completion/complete', { ref: { type: 'ref/nothing' }, argument: {} }],
  ['tools/list', { cursor: 5 }],
  ['resources/list', { cursor: 'nonsense' }],
])('params that %s does not take are the fault of who asks, not of the server', async (method, params) => {
  const { port } = await served();
  expect((await modernRequest(port, method, params)).error).toMatchObject({ code: -32602, message: expect.any(String) });
});
