import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codedError } from '../../runtime/errors.ts';
import { type RpcPeer, type RpcPeerOptions, rpcPeer } from '../../runtime/json-rpc.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';

type Methods = RpcPeerOptions['methods'];

function alone(methods: Methods = () => undefined) {
  const sent: string[] = [];
  const problems: string[] = [];
  const faults: unknown[] = [];
  const clock = new SimulatedClock();
  const peer = rpcPeer({ send: (text) => sent.push(text), methods, clock, onProtocolError: (p) => problems.push(p), onFault: (_m, e) => faults.push(e) });
  return { peer, sent, problems, faults, clock, answers: () => sent.map((text) => JSON.parse(text)) };
}

/** Two peers whose texts reach each other at once. */
function pair(methods: Methods, clock = new SimulatedClock()) {
  const ends: { here?: RpcPeer; there?: RpcPeer } = {};
  ends.here = rpcPeer({ send: (text) => ends.there?.receive(text), methods: () => undefined, clock });
  ends.there = rpcPeer({ send: (text) => ends.here?.receive(text), methods, clock });
  return { here: ends.here, there: ends.there, clock };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const echo: Methods = (name, params) => (name === 'echo' ? Promise.resolve(params) : undefined);

describe('a peer that serves', () => {
  it('answers a request with its id and is silent on a notification', async () => {
    const { peer, answers } = alone(echo);
    peer.receive('{"jsonrpc":"2.0","method":"echo","params":[1],"id":"a"}');
    peer.receive('{"jsonrpc":"2.0","method":"echo","params":[2]}');
    await settled();
    expect(answers()).toEqual([{ jsonrpc: '2.0', id: 'a', result: [1] }]);
  });

  it.each([
    ['{"jsonrpc": "2.0", "method', { code: -32700, id: null }],
    ['[]', { code: -32600, id: null }],
    ['{"jsonrpc":"2.0","method":1,"id":4}', { code: -32600, id: 4 }],
    ['{"method":"echo","id":4}', { code: -32600, id: 4 }],
    ['7', { code: -32600, id: null }],
    ['{"jsonrpc":"2.0","method":"echo","params":"text","id":4}', { code: -32600, id: 4 }],
    ['{"jsonrpc":"2.0","method":"nothing","id":4}', { code: -32601, id: 4 }],
  ])('answers %s with the code of the specification', async (text, { code, id }) => {
    const { peer, answers } = alone(echo);
    peer.receive(text);
    await settled();
    expect(answers()).toMatchObject([{ id, error: { code } }]);
  });

  it('answers a batch in one array, leaves notifications out and marks what is invalid', async () => {
    const { peer, answers } = alone(echo);
    peer.receive('[{"jsonrpc":"2.0","method":"echo","params":[1],"id":1},{"jsonrpc":"2.0","method":"echo"},1]');
    await settled();
    expect(answers()).toHaveLength(1);
    expect(answers()[0]).toMatchObject([
      { id: 1, result: [1] },
      { id: null, error: { code: -32600 } },
    ]);
  });

  it('answers a batch of notifications with nothing', async () => {
    const { peer, sent } = alone(echo);
    peer.receive('[{"jsonrpc":"2.0","method":"echo"}]');
    await settled();
    expect(sent).toEqual([]);
  });

  it('never answers an answer, however broken', async () => {
    const { peer, sent, problems } = alone(echo);
    for (const text of ['{"jsonrpc":"2.0","result":1}', '{"id":1,"error":{}}', '{"jsonrpc":"2.0","id":99,"result":1}']) peer.receive(text);
    await settled();
    expect(sent).toEqual([]);
    expect(problems).toHaveLength(3);
  });

  it('says which parameter is wrong (-32602) and hides the text of a foreign error (-32603), which it reports', async () => {
    const { peer, answers, faults } = alone(async (name) => {
      if (name === 'parse') return z.object({ to: z.string() }).parse({});
      throw new Error('the secret is hunter2');
    });
    peer.receive('{"jsonrpc":"2.0","method":"parse","id":1}');
    peer.receive('{"jsonrpc":"2.0","method":"burst","id":2}');
    await settled();
    expect(answers()[0].error).toMatchObject({ code: -32602, message: expect.stringContaining('to') });
    expect(answers()[1].error).toEqual({ code: -32603, message: 'internal error' });
    expect(faults).toHaveLength(1);
  });
});

describe('a peer that calls', () => {
  it('gets the other side’s coded error back as the coded error it was', async () => {
    const { here } = pair(async () => {
      throw codedError('SessionLost', { agent: 'testing', why: 'killed' });
    });
    await expect(here.call('any')).rejects.toMatchObject({ code: 'SessionLost', message: "the session of 'testing' was lost: killed", details: { agent: 'testing' } });
  });

  it('gives up at its deadline and tells the other side, whose signal aborts', async () => {
    let signal: AbortSignal | undefined;
    const { here, clock } = pair((_name, _params, context) => {
      signal = context.signal;
      return new Promise(() => {});
    });
    const call = here.call('slow', {}, { timeoutMs: 50 });
    clock.advance(50);
    await expect(call).rejects.toMatchObject({ code: 'CallTimeout' });
    expect(signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('gives up when its signal aborts, with the reason of the signal', async () => {
    let theirs: AbortSignal | undefined;
    const { here } = pair((_name, _params, context) => {
      theirs = context.signal;
      return new Promise(() => {});
    });
    const ours = new AbortController();
    const call = here.call('slow', {}, { signal: ours.signal });
    ours.abort(new Error('stop'));
    await expect(call).rejects.toThrow('stop');
    expect(theirs?.aborted).toBe(true);
    await expect(here.call('slow', {}, { signal: ours.signal })).rejects.toThrow('stop');
  });

  it('rejects what is pending when it closes, aborts what it serves, and calls nothing afterwards', async () => {
    let served: AbortSignal | undefined;
    const { here, there } = pair((_name, _params, context) => {
      served = context.signal;
      return new Promise(() => {});
    });
    const call = here.call('slow');
    const lost = codedError('SessionLost', { agent: 'a', why: 'gone' });
    there.close(lost);
    expect(served?.aborted).toBe(true);
    here.close(lost);
    await expect(call).rejects.toBe(lost);
    await expect(here.call('more')).rejects.toBe(lost);
  });

  it('rejects when the channel cannot send', async () => {
    const peer = rpcPeer({
      send: () => {
        throw new Error('socket closed');
      },
      methods: () => undefined,
      clock: new SimulatedClock(),
    });
    await expect(peer.call('any')).rejects.toThrow('socket closed');
  });

  it('carries any JSON there and back', async () => {
    const { here } = pair((_name, params) => Promise.resolve((params as { value: unknown }).value));
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await here.call('echo', { value })).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

it('survives any text', async () => {
  const { peer } = alone(echo);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.dictionary(fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'result', 'error'), fc.jsonValue()).map((v) => JSON.stringify(v)),
      ),
      async (text) => {
        peer.receive(text);
        await settled();
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});
