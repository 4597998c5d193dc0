// The person at a client decides on approvals that a waiting call meets: by elicitation, in both revisions, over every way in.
import type { ElicitRequest, ElicitResult } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { task } from '../../support/fleet-node.ts';
import { type Era, mcpClient, type Way } from '../../support/mcp-client.ts';
import { modernRequest } from '../../support/modern-request.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { openRpcDoor } from '../../support/test-door.ts';

const WAYS: ReadonlyArray<readonly [Way, Era]> = [
  ['http', 'modern'],
  ['http', 'legacy'],
  ['ws', 'modern'],
  ['ws', 'legacy'],
];

const risky = (id: string, agent: string) => task(id, { agent, steps: [{ kind: 'bash', payload: { command: `risk MEDIUM ${id}` }, idempotent: false }] });
const ELICITATION = { elicitation: { form: {} } };

async function served(way: Way, era: Era, answer: (asked: ElicitRequest['params']) => Promise<ElicitResult> | ElicitResult) {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const client = await mcpClient(port, { way, era, capabilities: ELICITATION });
  const asked: string[] = [];
  client.setRequestHandler('elicitation/create', (request) => {
    asked.push(request.params.message);
    return answer(request.params);
  });
  return { node, port, client, asked, wait: (plan: string) => client.callTool({ name: 'plan_await', arguments: { plan } }) };
}

const decisions = async (node: Awaited<ReturnType<typeof served>>['node']) =>
  (await node.run<{ items: ReadonlyArray<{ request: string; decision: string; why: string; decidedBy: string }> }>('approval.list', { all: true })).items
    .map(({ request, decision, decidedBy, why }) => `${request} ${decision} ${decidedBy} ${why}`)
    .sort();

describe.each(WAYS)('over %s in the %s revision', (way, era) => {
  it('each approval of the plan is asked for, and the call ends with the plan', async () => {
    const { node, asked, wait } = await served(way, era, ({ message }) => ({ action: 'accept', content: { confirm: message.includes('one'), reason: 'looked at it' } }));
    await node.submit('p', [risky('one', 'testing'), risky('two', 'database')]);
    const answer = await wait('p');
    expect(answer).toMatchObject({
      structuredContent: {
        status: 'failed',
        tasks: [
          { id: 'one', status: 'succeeded' },
          { id: 'two', status: 'failed' },
        ],
      },
    });
    expect(asked).toHaveLength(2);
    expect(await decisions(node)).toEqual(['p.one.0.1 approved admin looked at it', 'p.two.0.1 denied admin looked at it']);
    expect(node.ran).toEqual(['risk MEDIUM one']);
  });

  it('a form that is dismissed decides nothing and is not shown again; the call goes on until somebody else decides', async () => {
    const { node, asked, wait } = await served(way, era, () => ({ action: 'cancel' }));
    await node.submit('p', [risky('one', 'testing')]);
    const waiting = wait('p');
    await expect.poll(() => asked.length, { timeout: 5_000 }).toBe(1);
    await settle();
    expect(await decisions(node)).toEqual(['p.one.0.1 null null null']);
    await node.run('approval.decide', { request: 'p.one.0.1', decision: 'approve' });
    expect(await waiting).toMatchObject({ structuredContent: { status: 'succeeded' } });
    expect(asked).toHaveLength(1);
  });
});

it('in a session a call whose form nobody answers ends all the same once somebody else has decided', async () => {
  const { node, asked, wait } = await served('http', 'legacy', () => new Promise(() => undefined));
  await node.submit('p', [risky('one', 'testing')]);
  const waiting = wait('p');
  await expect.poll(() => asked.length, { timeout: 5_000 }).toBe(1);
  await node.run('approval.decide', { request: 'p.one.0.1', decision: 'approve' });
  expect(await waiting).toMatchObject({ structuredContent: { status: 'succeeded' } });
});

it('an answer that comes too late decides nothing, and the call tells what became of the plan', async () => {
  const { node, client } = await served('http', 'modern', async () => {
    await node.run('plan.cancel', { plan: 'p' });
    return { action: 'accept', content: { confirm: true } };
  });
  await node.submit('p', [risky('one', 'testing')]);
  const answer = await client.callTool({ name: 'plan_await', arguments: { plan: 'p' } });
  expect(answer).toMatchObject({ structuredContent: { status: 'cancelled' } });
  expect(node.ran).toEqual([]);
});

it('a client that cannot ask its person just waits', async () => {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const client = await mcpClient(port);
  await node.submit('p', [risky('one', 'testing')]);
  expect(await client.callTool({ name: 'plan_await', arguments: { plan: 'p', timeoutMs: 0 } })).toMatchObject({ structuredContent: { status: 'awaiting_approval' } });
});

it('a state that was given for one plan is worth nothing for another, and a forged one is refused', async () => {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  for (const plan of ['p', 'q']) await node.submit(plan, [risky('one', plan === 'p' ? 'testing' : 'database')]);
  const wait = (plan: string, more: object = {}) => modernRequest(port, 'tools/call', { name: 'plan_await', arguments: { plan }, ...more }, ELICITATION);
  const asked = (await wait('p')).result as { readonly inputRequests: Record<string, object>; readonly requestState: string };
  const [keyOfQ = ''] = Object.keys((await wait('q')).result.inputRequests as object);
  const inputResponses = { [keyOfQ]: { action: 'accept', content: { confirm: true } } };
  expect((await wait('q', { inputResponses, requestState: asked.requestState })).result).toMatchObject({ resultType: 'input_required', inputRequests: { [keyOfQ]: {} } });
  expect((await wait('q', { inputResponses, requestState: `${asked.requestState}x` })).error).toMatchObject({ code: -32_602 });
  expect(node.ran).toEqual([]);
});
