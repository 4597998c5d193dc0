// The host against a real directory, over a connection in memory; only time is simulated.
import { describe, expect, it } from 'vitest';
import type { DriverPort } from '../../../../actors/driver/playbook.ts';
import { AgentHost, type HostWork, type Wire } from '../../../../actors/session/host/agent-host.ts';
import { transcript, visibleText } from '../../../../actors/session/host/transcript.ts';
import { createHostDirectory } from '../../../../actors/session/host-directory.ts';
import type { TurnOrder } from '../../../../actors/work/ports.ts';
import type { ExecuteOrder, StepOutcome } from '../../../../actors/work/types.ts';
import { SimulatedClock } from '../../../../runtime/simulated-clock.ts';
import { arrive, type LinkedSocket, linkedSockets } from '../linked-sockets.ts';

const order: TurnOrder = {
  turn: 'turn-1',
  planId: 'p',
  taskId: 't',
  agent: 'testing',
  attempt: 1,
  steps: [{ kind: 'bash', payload: { command: 'echo hi' }, idempotent: true }],
  results: {},
  variables: {},
  workspace: '/w',
};
const execution: ExecuteOrder = {
  request: 'p.t.0.1',
  key: 'p.t.0.1',
  epoch: 1,
  action: { type: 'BASH_COMMAND', payload: { command: 'echo hi' } },
  surroundings: { workspace: '/w', deployRoot: '/d', healthUrl: 'http://127.0.0.1/health' },
  actionHash: 'h',
  timeoutMs: 1_000,
  containment: null,
  hidden: [],
};
const never = new AbortController().signal;
const submitFirst = (port: DriverPort) => port.submit({ id: 'p.t.0.1', planId: 'p', taskId: 't', step: 0, attempt: 1, action: execution.action, idempotent: true });

const wireOf = (socket: LinkedSocket): Wire => ({ send: (text) => socket.send(text), close: () => socket.close(1000, '') });

async function connected(work: Partial<HostWork> = {}, onSubmit: () => Promise<StepOutcome> = async () => ({ status: 'succeeded', exitCode: 0 })) {
  const clock = new SimulatedClock();
  const shown: string[] = [];
  const ends: number[] = [];
  const typed: string[] = [];
  const directory = createHostDirectory({ clock, heartbeatMs: 1_000, missedHeartbeats: 3, onSubmit, onMessage: async () => {}, onTyped: (_agent, text) => typed.push(text) });
  const [near, far] = linkedSockets();
  directory.accept(near);
  const wire = wireOf(far);
  const host = new AgentHost({
    agent: 'testing',
    ...directory.mintTicket('testing'),
    pid: 7,
    clock,
    transcript: transcript({ clock, write: (text) => shown.push(text) }),
    wire,
    onEnd: (code) => ends.push(code),
    execute: async () => ({ status: 'succeeded' }),
    drive: async () => ({ status: 'succeeded' }),
    ...work,
  });
  far.onMessage((text) => host.receive(wire, text));
  far.onClose(() => void host.lost(wire, 'the connection closed'));
  await host.hello();
  return { clock, directory, host, far, near, ends, typed, shown: () => shown.join('') };
}

describe('an agent host', () => {
  it('runs a turn: its driver submits, the node answers, the transcript says how it went', async () => {
    const { directory, shown } = await connected({
      drive: async (_order, port) => {
        const { status } = await submitFirst(port);
        return { status: status === 'succeeded' ? 'succeeded' : 'failed' };
      },
    });
    expect(await directory.call('testing', 'turn.start', order, { signal: never })).toEqual({ status: 'succeeded' });
    expect(shown()).toMatch(/p\.t {2}turn begins, attempt 1\n.*step 0: succeeded, exit 0\n.*turn succeeded\n/s);
  });

  it('cancels a turn by its name, and when the node gives the call up', async () => {
    const signals: AbortSignal[] = [];
    const { directory } = await connected({
      drive: (_order, port) => {
        signals.push(port.signal);
        return new Promise((_resolve, reject) => port.signal.addEventListener('abort', () => reject(port.signal.reason)));
      },
    });
    const byName = directory.call('testing', 'turn.start', order, { signal: never });
    await arrive();
    directory.notify('testing', 'turn.cancel', { turn: 'turn-1' });
    expect(await byName).toEqual({ status: 'cancelled' });
    const ours = new AbortController();
    const givenUp = directory.call('testing', 'turn.start', order, { signal: ours.signal });
    await arrive();
    ours.abort(new Error('left the state'));
    await expect(givenUp).rejects.toThrow('left the state');
    await arrive();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('executes a granted request and shows its output', async () => {
    const { directory, shown } = await connected({
      execute: async (given, { onOutput }) => {
        onOutput('stdout', `ran ${given.key}\n`);
        return { status: 'succeeded', exitCode: 0, stdout: 'ran' };
      },
    });
    expect(await directory.call('testing', 'request.execute', execution, { signal: never })).toEqual({ status: 'succeeded', exitCode: 0, stdout: 'ran', begunIn: 1 });
    expect(shown()).toContain('ran p.t.0.1');
  });

  it('refuses what does not parse and what it does not know', async () => {
    const { directory } = await connected();
    await expect(directory.call('testing', 'request.execute', { ...execution, action: { type: 'BASH_COMMAND', payload: {} } }, { signal: never })).rejects.toMatchObject({
      rpcCode: -32602,
    });
    await expect(directory.call('testing', 'shell', { command: 'id' }, { signal: never })).rejects.toMatchObject({ rpcCode: -32601 });
  });

  it('prints and acknowledges a message, once however often it is delivered, and tells the node what is typed', async () => {
    const { directory, host, shown, typed } = await connected();
    const message = { id: 'm1', from: 'agents/master', type: 'NOTE', payload: { text: 'all hands' } };
    expect(await directory.call('testing', 'message.deliver', message, { signal: never })).toEqual({ ok: true });
    expect(await directory.call('testing', 'message.deliver', message, { signal: never })).toEqual({ ok: true });
    expect(shown().split('message from agents/master  NOTE {"text":"all hands"}')).toHaveLength(2);
    host.typed('hello');
    host.typed('   ');
    await arrive();
    expect(typed).toEqual(['hello']);
  });

  it('keeps its heartbeat while the node answers', async () => {
    const { directory, clock, ends } = await connected();
    for (let second = 0; second < 30; second += 1) {
      clock.advance(1_000);
      await arrive();
    }
    expect(directory.connected('testing')).toBe(true);
    expect(ends).toEqual([]);
  });
});

describe('an agent host that ends', () => {
  const stuck = { execute: () => new Promise<never>(() => {}) };
  const obedient: Partial<HostWork> = {
    execute: (_order, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ status: 'cancelled' }))),
  };

  it('aborts what runs and leaves with 3 when its node is gone', async () => {
    const { directory, near, ends } = await connected(obedient);
    directory.call('testing', 'request.execute', execution, { signal: never }).catch(() => {});
    await arrive();
    near.close(1006, 'killed');
    await arrive();
    expect(ends).toEqual([3]);
  });

  it('waits two seconds at most for what ignores its abort', async () => {
    const { directory, near, ends, clock } = await connected(stuck);
    directory.call('testing', 'request.execute', execution, { signal: never }).catch(() => {});
    await arrive();
    near.close(1006, 'killed');
    await arrive();
    clock.advance(1_999);
    await arrive();
    expect(ends).toEqual([]);
    clock.advance(1);
    await arrive();
    expect(ends).toEqual([3]);
  });

  it('leaves with 3 when the node is there but does not answer', async () => {
    const { near, ends, clock } = await connected();
    near.send = () => {};
    clock.advance(1_000);
    await arrive();
    clock.advance(2_000);
    await arrive();
    expect(ends).toEqual([3]);
  });

  it('leaves with 0 when it is told to stop, after it has answered', async () => {
    const { directory, clock, ends } = await connected();
    const asked = directory.call('testing', 'host.stop', {}, { signal: never });
    expect(await asked).toEqual({ ok: true });
    clock.advance(0);
    await arrive();
    expect(ends).toEqual([0]);
  });

  it('ends once', async () => {
    const { host, ends } = await connected();
    await Promise.all([host.end(0, 'SIGTERM'), host.end(3, 'closed')]);
    expect(ends).toEqual([0]);
  });
});

it('a transcript shows control characters instead of obeying them', () => {
  expect(visibleText('\u001b[2Jred\u0007\r\n\tok')).toBe('\\x1b[2Jred\\x07\n\tok');
});
