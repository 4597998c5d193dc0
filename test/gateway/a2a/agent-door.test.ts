// A2A at an agent's own door, asked by the SDK's client and by hand, on a node without processes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Task, TaskState } from '@a2a-js/sdk';
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../../actors/read-model/index.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { a2aClient, request, saying } from '../../support/a2a-client.ts';
import { freePort } from '../../support/free-port.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { openRealDoor, TRUST } from '../../support/test-door.ts';
import { testIdentity } from '../../support/test-identity.ts';

const AGENT = 'testing';

async function served() {
  const port = await freePort();
  const door = { name: `agent:${AGENT}`, port, purpose: `A2A and health of ${AGENT}` };
  const identity = testIdentity(new SimulatedClock(), { agentDoors: [door] });
  const node = await runningNode({ identity });
  await openRealDoor(door, () => node.node, { tokens: identity.tokens, port });
  const origin = `http://127.0.0.1:${port}`;
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const steps = (...commands: string[]) => saying({ $case: 'data', value: { workspace, steps: commands.map((bash) => ({ bash })) } });
  const raw = async (body: object | string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(origin, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TRUST.adminToken}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown> & { readonly error?: { readonly code: number; readonly message: string } },
    };
  };
  const tokenOf = async (role: string, resource = origin) => String((await node.run('token.issue', { name: role, role, resource })).token);
  return { node, origin, steps, raw, tokenOf, workspace, client: (token = TRUST.adminToken) => a2aClient(origin, token) };
}

const isTask = (answer: object): Task => answer as Task;

describe('the card', () => {
  it('says to everybody who the agent is, what it can do, where it is asked and that it wants a token', async () => {
    const { origin } = await served();
    const response = await fetch(`${origin}/.well-known/agent-card.json`);
    const card = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(200);
    expect(card).toMatchObject({
      name: AGENT,
      version: '1.2.3',
      skills: [{ id: 'test', tags: ['test'] }],
      supportedInterfaces: [{ url: `${origin}/`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }, { protocolVersion: '0.3' }],
      url: `${origin}/`,
      protocolVersion: '0.3.0',
      securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: 'Bearer' } } },
    });
    expect(JSON.stringify(card)).not.toContain(TRUST.adminToken);
  });
});

describe('a message', () => {
  it('becomes a durable task of the agent, which every other door sees too, and is answered with its report', async () => {
    const { node, client, steps } = await served();
    const done = isTask(await (await client()).sendMessage(request(steps('echo one', 'echo two'))));
    expect(done.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(node.ran).toEqual(['echo one', 'echo two']);
    expect(await node.run('task.status', { task: done.id })).toMatchObject({ agent: AGENT, status: 'succeeded', plan: done.contextId });
    expect(done.artifacts[0]?.parts[0]?.content).toMatchObject({ $case: 'data', value: { status: 'succeeded', steps: [{ type: 'bash' }, { type: 'bash' }] } });
  });

  it('that is sent again is the same task, and acts once', async () => {
    const { node, client, steps } = await served();
    const one = await client();
    const message = steps('echo once');
    const [first, second] = [isTask(await one.sendMessage(request(message))), isTask(await one.sendMessage(request(message)))];
    expect([second.id, node.ran]).toEqual([first.id, ['echo once']]);
  });

  it('that wants no waiting is answered at once, and the task is got later', async () => {
    const { client, steps } = await served();
    const one = await client();
    const begun = isTask(await one.sendMessage(request(steps('echo later'), true)));
    await settle();
    expect((await one.getTask({ tenant: '', id: begun.id })).status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
  });

  it('whose step waits for a decision is answered with that; the decision goes to the same task', async () => {
    const { node, client, steps } = await served();
    const one = await client();
    const held = isTask(await one.sendMessage(request(steps('risk HIGH touch'))));
    expect([held.status?.state, node.ran]).toEqual([TaskState.TASK_STATE_INPUT_REQUIRED, []]);
    const decided = isTask(await one.sendMessage(request(saying({ $case: 'data', value: { decision: 'approve', reason: 'asked for' } }, { taskId: held.id }))));
    await settle();
    expect((await one.getTask({ tenant: '', id: decided.id })).status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(node.ran).toEqual(['risk HIGH touch']);
  });

  it('is told of as it goes on, to its end', async () => {
    const { client, steps } = await served();
    const told: string[] = [];
    for await (const { payload } of (await client()).sendMessageStream(request(steps('echo stream')))) {
      told.push(payload?.$case === 'statusUpdate' ? `status ${payload.value.status?.state}` : String(payload?.$case));
    }
    expect(told[0]).toBe('task');
    expect(told.slice(-2)).toEqual(['artifactUpdate', `status ${TaskState.TASK_STATE_COMPLETED}`]);
  });

  it.each([
    ['a bare sentence, which no driver here can think about', { text: 'tidy up' }, /nobody here thinks/],
    ['a step that no plan knows', { data: { steps: [{ dance: 'tango' }] } }, /dance/],
    ['no steps', { data: { steps: [] } }, /steps/],
    ['a member that nobody knows', { data: { steps: [{ bash: 'echo' }], agent: 'master' } }, /agent/],
    ['bytes', { raw: 'AAAA' }, /data or text/],
  ])('with %s is refused, saying why, and leaves no task', async (_what, part, why) => {
    const { node, raw } = await served();
    const { body } = await raw(
      { jsonrpc: '2.0', id: 1, method: 'SendMessage', params: { message: { messageId: 'm', role: 'ROLE_USER', parts: [part] } } },
      { 'a2a-version': '1.0' },
    );
    expect(body.error?.message).toMatch(why);
    expect((await node.run<{ items: unknown[] }>('task.list')).items).toEqual([]);
  });
});

describe('a task', () => {
  it('is cancelled, once', async () => {
    const { node, client, steps } = await served();
    const one = await client();
    const held = isTask(await one.sendMessage(request(steps('risk HIGH wait'))));
    expect((await one.cancelTask({ tenant: '', id: held.id, metadata: undefined })).status?.state).toBe(TaskState.TASK_STATE_CANCELED);
    expect(node.ran).toEqual([]);
    await expect(one.cancelTask({ tenant: '', id: held.id, metadata: undefined })).rejects.toMatchObject({ name: 'TaskNotCancelableError' });
  });

  it('of another agent is not found here, nor is one that never was', async () => {
    const { node, client } = await served();
    const { plan } = await node.run<{ plan: string }>('plan.run', { text: JSON.stringify({ name: 'other', tasks: [{ id: 't', agent: 'database', steps: [{ bash: 'echo' }] }] }) });
    await settle();
    const one = await client();
    for (const id of [`${plan}.t`, 'nobody.task']) await expect(one.getTask({ tenant: '', id })).rejects.toMatchObject({ name: 'TaskNotFoundError' });
  });
});

describe('revision 0.3', () => {
  it('is spoken to who names no other: message/send, tasks/get, tasks/cancel', async () => {
    const { raw, workspace } = await served();
    const message = { kind: 'message', messageId: 'old', role: 'user', parts: [{ kind: 'data', data: { workspace, steps: [{ bash: 'risk HIGH old' }] } }] };
    const sent = (await raw({ jsonrpc: '2.0', id: 1, method: 'message/send', params: { message } })).body.result as { id: string };
    expect(sent).toMatchObject({ kind: 'task', status: { state: 'input-required' } });
    expect((await raw({ jsonrpc: '2.0', id: 2, method: 'tasks/get', params: { id: sent.id } })).body.result).toMatchObject({ id: sent.id });
    expect((await raw({ jsonrpc: '2.0', id: 3, method: 'tasks/cancel', params: { id: sent.id } })).body.result).toMatchObject({ status: { state: 'canceled' } });
  });

  it.each([
    ['0.3', 'tasks/pushNotificationConfig/set', { id: 'x' }],
    ['0.3', 'tasks/pushNotificationConfig/set', { taskId: 'x', pushNotificationConfig: { url: 'http://127.0.0.1:1/' } }],
    ['1.0', 'CreateTaskPushNotificationConfig', {}],
  ])('of %s: %s is refused as what no agent here does, whatever it says', async (version, method, params) => {
    const { raw } = await served();
    expect((await raw({ jsonrpc: '2.0', id: 4, method, params }, { 'a2a-version': version })).body).toMatchObject({ id: 4, error: { code: -32003 } });
  });

  it.each(['{', '', 'hello', '{"jsonrpc": "2.0", "__proto__": {"id": 1}}'])('a body that is no JSON is a parse error of JSON-RPC: %j', async (body) => {
    const { raw } = await served();
    expect(await raw(body)).toMatchObject({ status: 200, body: { jsonrpc: '2.0', id: null, error: { code: -32_700, message: expect.stringContaining('no JSON') } } });
  });

  it('a body that is too large, or of another type, is refused by HTTP', async () => {
    const { raw } = await served();
    expect(await raw(`"${'x'.repeat(2_000_000)}"`)).toMatchObject({ status: 413, body: { code: 'InvalidInput' } });
    expect(await raw('{}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  });

  it('a member that no text can be made of is refused as malformed', async () => {
    const { raw } = await served();
    const { error } = (await raw({ jsonrpc: '2.0', id: 5, method: 'GetTask', params: { id: { valueOf: null, toString: null } } }, { 'a2a-version': '1.0' })).body;
    expect(error?.message).toContain('a member of the params');
  });

  it('a revision that is neither is refused in words', async () => {
    const { raw } = await served();
    expect((await raw({ jsonrpc: '2.0', id: 1, method: 'GetTask', params: { id: 'x' } }, { 'a2a-version': '7.0' })).body.error?.message).toContain('7.0');
  });
});

describe('who asks', () => {
  it('needs a token, for this door and no other; the refusals are in the audit without it', async () => {
    const { node, raw, tokenOf } = await served();
    const elsewhere = await tokenOf('operator', 'http://127.0.0.1:5003');
    const ask = { jsonrpc: '2.0', id: 1, method: 'GetTask', params: { id: 'x' } };
    const none = await raw(ask, { authorization: '' });
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('/.well-known/oauth-protected-resource')]);
    expect((await raw(ask, { authorization: `Bearer ${elsewhere}` })).status).toBe(401);
    await settle();
    const refused = listActivity(await node.facts.read(), { kind: 'access.refused' }).items.map(({ body }) => body as { code: string; door: string });
    expect(refused.map(({ code, door }) => [code, door]).sort()).toEqual([
      ['TokenRefused', `agent:${AGENT}`],
      ['Unauthenticated', `agent:${AGENT}`],
    ]);
    expect(JSON.stringify(node.store.facts)).not.toContain(elsewhere);
  });

  it('with a token that only reads gets a task and may not give one: 403 with the scope that is missing', async () => {
    const { node, raw, tokenOf, client, steps } = await served();
    const authorization = `Bearer ${await tokenOf('viewer')}`;
    const { status, headers } = await raw(
      { jsonrpc: '2.0', id: 1, method: 'SendMessage', params: { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ data: { steps: [{ bash: 'echo' }] } }] } } },
      { 'a2a-version': '1.0', authorization },
    );
    expect([status, headers.get('www-authenticate')]).toEqual([403, expect.stringMatching(/insufficient_scope.*troupe:act/)]);
    const done = isTask(await (await client()).sendMessage(request(steps('echo seen'))));
    expect((await raw({ jsonrpc: '2.0', id: 2, method: 'GetTask', params: { id: done.id } }, { 'a2a-version': '1.0', authorization })).status).toBe(200);
    expect(node.ran).toEqual(['echo seen']);
  });
});
