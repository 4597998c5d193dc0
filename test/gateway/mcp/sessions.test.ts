// Sessions of the revision 2025-11-25: whose they are, when they end, what a cut stream gets again; and calls that are cancelled in both revisions.
import { describe, expect, it } from 'vitest';
import { mcpDoor } from '../../../gateway/http/mcp-route.ts';
import { addRpcRoute } from '../../../gateway/http/rpc-door.ts';
import { nodeServing } from '../../../gateway/mcp/node-offer.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { task } from '../../support/fleet-node.ts';
import { mcpClient } from '../../support/mcp-client.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, openRpcDoor, recordingLog, testDoor } from '../../support/test-door.ts';

const ACCEPT = { accept: 'application/json, text/event-stream' };
const INITIALIZE = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a-test', version: '1' } } };
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const HOUR_MS = 3_600_000;
const risky = (id: string) => task(id, { agent: 'testing', steps: [{ kind: 'bash', payload: { command: `risk HIGH ${id}` }, idempotent: false }] });

describe('a session', () => {
  async function door() {
    const clock = new SimulatedClock();
    const node = await runningNode();
    const mcp = mcpDoor(async () => nodeServing({ nodeNow: () => node.node, clock, log: recordingLog() }));
    const served = testDoor(
      'rpc',
      (app, nodeNow, log) => {
        addRpcRoute(app, nodeNow, log);
        mcp.addRoute(app);
        app.addHook('onClose', async () => mcp.close());
      },
      () => node.node,
    );
    const open = async (headers = {}) => String((await served.post('/mcp', INITIALIZE, { ...ACCEPT, ...headers })).headers['mcp-session-id']);
    const list = async (session: string, headers = {}) => (await served.post('/mcp', LIST, { ...ACCEPT, 'mcp-session-id': session, ...headers })).status;
    return { clock, open, list, post: served.post };
  }

  it('ends when nobody has used it for half an hour, and one that is used goes on', async () => {
    const { clock, open, list } = await door();
    const [used, forgotten] = [await open(), await open()];
    for (let minutes = 0; minutes < 40; minutes += 10) {
      expect(await list(used)).toBe(200);
      clock.advance(10 * 60_000);
      await settle();
    }
    expect([await list(used), await list(forgotten)]).toEqual([200, 404]);
    clock.advance(HOUR_MS);
    await settle();
    expect(await list(used)).toBe(404);
  });

  it('is as good as none to anybody but who opened it', async () => {
    const { open, list } = await door();
    const session = await open({ 'x-troupe-caller': 'ann' });
    expect([await list(session, { 'x-troupe-caller': 'ann' }), await list(session, { 'x-troupe-caller': 'eve' })]).toEqual([200, 404]);
  });

  it('is wanted by every request but the first', async () => {
    const { post } = await door();
    expect(await post('/mcp', LIST, ACCEPT)).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('initialize') } } });
  });
});

describe('a stream that was cut', () => {
  it('is resumed by the last event that came, and brings the answer that was given meanwhile', async () => {
    const node = await runningNode();
    const { port } = await openRpcDoor(() => node.node);
    await node.submit('p', [risky('one')]);
    const url = `http://127.0.0.1:${port}/mcp`;
    const send = (method: 'POST' | 'GET', body: object | undefined, headers: object, signal?: AbortSignal) =>
      fetch(url, {
        method,
        headers: { ...HONEST, ...ACCEPT, 'content-type': 'application/json', 'mcp-protocol-version': '2025-11-25', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    const session = (await send('POST', INITIALIZE, {})).headers.get('mcp-session-id') ?? '';
    const cut = new AbortController();
    const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'plan_await', arguments: { plan: 'p' } } };
    const stream = await send('POST', call, { 'mcp-session-id': session }, cut.signal);
    const first = new TextDecoder().decode((await stream.body?.getReader().read())?.value);
    const lastEvent = /^id: (.+)$/m.exec(first)?.[1] ?? '';
    expect(lastEvent).not.toBe('');
    cut.abort();
    await node.run('approval.decide', { request: 'p.one.0.1', decision: 'approve' });
    await expect.poll(() => node.ran.length).toBe(1);
    const resumed = await send('GET', undefined, { 'mcp-session-id': session, 'last-event-id': lastEvent });
    const reader = resumed.body?.getReader();
    let text = '';
    while (!text.includes('"id":7')) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(text).toContain('succeeded');
    await reader?.cancel();
  });
});

describe.each(['modern', 'legacy'] as const)('a call of the %s revision that is cancelled', (era) => {
  it('waits for nothing any more, and the work goes on', async () => {
    const node = await runningNode();
    let listening = 0;
    const { facts } = node.node;
    const counted = Object.create(facts, {
      listen: {
        value: (listener: Parameters<typeof facts.listen>[0]) => {
          listening += 1;
          const forget = facts.listen(listener);
          return () => {
            listening -= 1;
            forget();
          };
        },
      },
    }) as typeof facts;
    const { port } = await openRpcDoor(() => ({ ...node.node, facts: counted }));
    await node.submit('p', [risky('one')]);
    const client = await mcpClient(port, { era });
    // A session listens, and so does its stream, which the client opens when it gets to it.
    const before = era === 'legacy' ? 2 : 0;
    await expect.poll(() => listening, { timeout: 15_000 }).toBe(before);
    const gone = new AbortController();
    const call = client.callTool({ name: 'plan_await', arguments: { plan: 'p' } }, { signal: gone.signal });
    await expect.poll(() => listening).toBe(before + 1);
    gone.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => listening).toBe(before);
    expect(await node.run('plan.status', { plan: 'p' })).toMatchObject({ status: 'awaiting_approval' });
  });
});
