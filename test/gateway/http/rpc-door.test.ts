import { describe, expect, it } from 'vitest';
import { addRpcRoute } from '../../../gateway/http/rpc-door.ts';
import { ERRORS } from '../../../runtime/index.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { testDoor } from '../../support/test-door.ts';

const call = (method: string, params?: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
const notify = (method: string, params?: unknown) => ({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });

async function served() {
  const node = await runningNode();
  const door = testDoor('rpc', addRpcRoute, () => node.node);
  return { ...door, node, rpc: (body: unknown, headers = {}) => door.post('/rpc', body, headers) };
}

/** Needs no node: what is refused before an operation is looked at. */
const idle = () => testDoor('rpc', addRpcRoute, () => undefined);
const failure = (id: unknown, code: number) => ({ jsonrpc: '2.0', id, error: { code } });

describe('JSON-RPC 2.0 over POST /rpc', () => {
  it('answers a call under its id, whatever kind of id it is', async () => {
    const { rpc } = await served();
    for (const id of [1, 'one', null, -7, 0.5, '']) expect((await rpc(call('fleet.pause', {}, id))).body).toEqual({ jsonrpc: '2.0', id, result: { paused: true } });
  });

  it('takes a call without params as one with none', async () => {
    const { rpc } = await served();
    expect((await rpc(call('agent.list'))).body).toMatchObject({ id: 1, result: { items: expect.any(Array), nextCursor: null } });
  });

  it.each([
    ['text that is no JSON', '{"jsonrpc": "2.0", "method": "foobar, "params": "bar"', failure(null, -32700)],
    ['a batch that is no JSON', '[{"jsonrpc": "2.0"},', failure(null, -32700)],
    ['an empty text', '   ', failure(null, -32700)],
    ['an empty batch', '[]', failure(null, -32600)],
    ['a number', '1', failure(null, -32600)],
    ['null', 'null', failure(null, -32600)],
    ['an object without a method', '{}', failure(null, -32600)],
    ['another version', '{"jsonrpc": "1.0", "id": 5, "method": "agent.list"}', failure(5, -32600)],
    ['no version', '{"id": 5, "method": "agent.list"}', failure(5, -32600)],
    ['a method that is a number', '{"jsonrpc": "2.0", "id": 5, "method": 1}', failure(5, -32600)],
    ['params that are a text', '{"jsonrpc": "2.0", "id": 5, "method": "agent.list", "params": "bar"}', failure(5, -32600)],
    ['an id that is an object', '{"jsonrpc": "2.0", "id": {}, "method": "agent.list"}', failure(null, -32600)],
    ['an id that is true', '{"jsonrpc": "2.0", "id": true, "method": "agent.list"}', failure(null, -32600)],
    ['an answer that nobody asked for', '{"jsonrpc": "2.0", "id": 5, "result": 1}', failure(5, -32600)],
    ['an unknown method', '{"jsonrpc": "2.0", "id": "a", "method": "foobar"}', failure('a', -32601)],
    ['a method named as a member of every object', '{"jsonrpc": "2.0", "id": "a", "method": "__proto__"}', failure('a', -32601)],
    ['a method named constructor', '{"jsonrpc": "2.0", "id": "a", "method": "constructor"}', failure('a', -32601)],
    ["the protocol's own prefix", '{"jsonrpc": "2.0", "id": "a", "method": "rpc.discover"}', failure('a', -32601)],
  ])('%s', async (_what, text, expected) => {
    const answer = await idle().post('/rpc', text);
    expect([answer.status, answer.type]).toEqual([200, 'application/json; charset=utf-8']);
    expect(answer.body).toMatchObject(expected);
    expect(answer.body).not.toHaveProperty('result');
  });

  it.each([
    ['a member that is missing', 'agent.status', {}],
    ['a member of the wrong kind', 'agent.status', { agent: 7 }],
    ['a member that nobody knows', 'agent.status', { agent: 'testing', colour: 'red' }],
    ['members by position', 'agent.status', ['testing']],
  ])('%s is InvalidInput, named by operation and member, before anything is done', async (_what, method, params) => {
    const { rpc } = await served();
    const { error } = (await rpc(call(method, params))).body as { error: { code: number; message: string; data: { code: string } } };
    expect([error.code, error.data.code]).toEqual([ERRORS.InvalidInput.rpc, 'InvalidInput']);
    expect(error.message).toMatch(/^agent\.status: (agent|input)/);
  });

  it('our own codes are positive, and the reserved ones are left to the protocol', () => {
    for (const [name, { rpc }] of Object.entries(ERRORS)) expect(rpc, name).toBeGreaterThan(0);
    const codes = Object.values(ERRORS).map(({ rpc }) => rpc);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('an error carries its code of the table and what a program needs of it', async () => {
    const { rpc } = await served();
    expect((await rpc(call('plan.status', { plan: 'nobody' }))).body).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: ERRORS.NoSuchPlan.rpc, message: "no plan 'nobody'; `troupe plans` lists them", data: { code: 'NoSuchPlan', plan: 'nobody' } },
    });
  });

  it('a __proto__ in params is refused and changes no prototype', async () => {
    const { rpc } = await served();
    const text = '{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"to":"testing","type":"note","__proto__":{"polluted":true}}}';
    expect((await rpc(text)).body).toMatchObject({ error: { data: { code: 'InvalidInput' } } });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('a __proto__ inside a payload is kept as text of the payload, and changes no prototype', async () => {
    const { rpc, node } = await served();
    const text = '{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"to":"testing","type":"note","payload":{"__proto__":{"polluted":true}}}}';
    const answer = await rpc(text);
    await settle();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const { items } = await node.run<{ items: ReadonlyArray<{ payload: object }> }>('inbox.read', { agent: 'testing' });
    for (const { payload } of items) expect((payload as { polluted?: boolean }).polluted).toBeUndefined();
    expect(answer.status).toBe(200);
  });

  it('a surprise is an internal error that says nothing, and is in the log', async () => {
    const { post, faults } = testDoor('rpc', addRpcRoute, () => {
      throw new Error('postgres://user:hunter2@host');
    });
    const answer = await post('/rpc', call('agent.list'));
    expect(answer.body).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'internal error' } });
    expect(faults).toHaveLength(1);
  });
});

describe('notifications', () => {
  it('are done and never answered, also when they fail', async () => {
    const { rpc, node } = await served();
    for (const body of [notify('message.send', { to: 'testing', type: 'note' }), notify('foobar'), notify('agent.status', {}), [notify('foobar'), notify('agent.list')]]) {
      const answer = await rpc(body);
      expect([answer.status, answer.text]).toEqual([204, '']);
    }
    await settle();
    expect((await node.run<{ items: unknown[] }>('inbox.read', { agent: 'testing' })).items).toHaveLength(1);
  });
});

describe('batches', () => {
  it('are answered call by call as the specification shows, notifications left out', async () => {
    const { rpc } = await served();
    const text = `[
      {"jsonrpc": "2.0", "method": "fleet.pause", "id": "1"},
      {"jsonrpc": "2.0", "method": "message.send", "params": {"to": "testing", "type": "note"}},
      {"jsonrpc": "2.0", "method": "agent.status", "params": {"agent": "testing"}, "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      1
    ]`;
    const answers = (await rpc(text)).body as unknown as ReadonlyArray<{ id: string | null }>;
    expect(answers).toHaveLength(5);
    const of = (id: string | null) => answers.filter((answer) => answer.id === id);
    expect(of('1')).toMatchObject([{ result: { paused: true } }]);
    expect(of('2')).toMatchObject([{ result: { name: 'testing' } }]);
    expect(of('5')).toMatchObject([{ error: { code: -32601 } }]);
    expect(of(null)).toMatchObject([{ error: { code: -32600 } }, { error: { code: -32600 } }]);
  });

  it('of one are answered by a batch of one', async () => {
    const { rpc } = await served();
    expect((await rpc([call('fleet.resume')])).body).toEqual([{ jsonrpc: '2.0', id: 1, result: { paused: false } }]);
  });

  it('of one invalid member are answered by a batch', async () => {
    expect((await idle().post('/rpc', [1])).body).toMatchObject([failure(null, -32600)]);
  });

  it('of fifty calls are served, of one more refused whole', async () => {
    const { rpc } = await served();
    const calls = (count: number) => Array.from({ length: count }, (_, id) => call('agent.status', { agent: 'testing' }, id));
    expect((await rpc(calls(50))).body).toHaveLength(50);
    expect((await rpc(calls(51))).body).toMatchObject({ id: null, error: { code: -32600, message: 'a batch takes at most 50 calls' } });
  });

  it('with an Idempotency-Key are refused: one key cannot name several calls', async () => {
    const { rpc } = await served();
    const answer = await rpc([call('message.send', { to: 'testing', type: 'a' }), call('message.send', { to: 'testing', type: 'b' }, 2)], { 'idempotency-key': 'k' });
    expect(answer.body).toMatchObject({ id: null, error: { code: -32600 } });
  });
});

describe('the door itself', () => {
  it('refuses a body that is too large before it is read as JSON', async () => {
    const answer = await idle().post('/rpc', call('message.send', { to: 'testing', type: 'note', payload: 'x'.repeat(1_200_000) }));
    expect([answer.status, answer.type, answer.body.code]).toEqual([413, 'application/problem+json; charset=utf-8', 'InvalidInput']);
  });

  it.each([
    ['no token', { authorization: 'Bearer nobody' }, 401, 'Unauthenticated'],
    ['a foreign Host', { host: 'rebind.example:9999' }, 403, 'ForeignRequest'],
    ["a Host with another door's port", { host: '127.0.0.1:5003' }, 403, 'ForeignRequest'],
    ['a page of a foreign origin', { origin: 'https://example.com' }, 403, 'ForeignRequest'],
    ['a form, which any page may send without asking', { 'content-type': 'text/plain' }, 415, 'InvalidInput'],
  ])('%s is refused in HTTP, and nothing is called', async (_what, headers, status, code) => {
    const { rpc, node } = await served();
    const answer = await rpc(call('message.send', { to: 'testing', type: 'note' }), headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    await settle();
    expect((await node.run<{ items: unknown[] }>('inbox.read', { agent: 'testing' })).items).toEqual([]);
  });

  it('a body sent as plain text is taken by nobody', async () => {
    expect((await idle().post('/rpc', 'x', { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('GET is not taken', async () => {
    expect(await idle().get('/rpc')).toMatchObject({ status: 405, body: { code: 'WrongMethod' }, headers: { allow: 'POST' } });
  });
});
