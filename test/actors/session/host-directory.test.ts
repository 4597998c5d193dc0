import { describe, expect, it } from 'vitest';
import type { HostInfo } from '../../../actors/session/host-connection.ts';
import { createHostDirectory, type HostDirectoryOptions } from '../../../actors/session/host-directory.ts';
import type { RequestSubmission } from '../../../actors/work/ports.ts';
import { codedError } from '../../../runtime/errors.ts';
import { type RpcPeerOptions, rpcPeer } from '../../../runtime/json-rpc.ts';
import { SimulatedClock } from '../../../runtime/simulated-clock.ts';
import { arrive, linkedSockets } from './linked-sockets.ts';

const submission: RequestSubmission = {
  id: 'p.t.0.1',
  planId: 'p',
  taskId: 't',
  step: 0,
  attempt: 1,
  action: { type: 'BASH_COMMAND', payload: { command: 'echo hi' } },
  idempotent: false,
};
const order = { planId: 'p', taskId: 't' };
const never = new AbortController().signal;

function node(more: Partial<HostDirectoryOptions> = {}) {
  const clock = new SimulatedClock();
  const submitted: unknown[] = [];
  const directory = createHostDirectory({
    clock,
    heartbeatMs: 1_000,
    missedHeartbeats: 3,
    onSubmit: async (agent, request) => {
      submitted.push([agent, request.id]);
      return { status: 'succeeded', exitCode: 0 };
    },
    onMessage: async () => {},
    ...more,
  });
  const connect = (methods: RpcPeerOptions['methods'] = () => undefined) => {
    const [near, far] = linkedSockets();
    directory.accept(near, 'test');
    const peer = rpcPeer({ send: (text) => far.send(text), methods, clock });
    far.onMessage((text) => peer.receive(text));
    far.onClose(() => peer.close(codedError('SessionLost', { agent: 'x', why: 'closed' })));
    return { far, peer };
  };
  const hello = async (agent: string, methods?: RpcPeerOptions['methods']) => {
    const { ticket, nonce } = directory.mintTicket(agent);
    const connection = connect(methods);
    const welcome = await connection.peer.call('host.hello', { agent, ticket, nonce, pid: 7, startedAt: 1 });
    return { ...connection, welcome, ticket, nonce };
  };
  return { clock, directory, connect, hello, submitted };
}

describe('a host that connects', () => {
  it('is welcome with its ticket, under a growing epoch, and makes who waits for its nonce ready', async () => {
    const { directory, connect } = node();
    const { ticket, nonce } = directory.mintTicket('testing');
    const ready = directory.ready('testing', nonce, 20_000);
    const { peer } = connect();
    expect(await peer.call('host.hello', { agent: 'testing', ticket, nonce, pid: 7, startedAt: 1 })).toEqual({ epoch: 1, heartbeatMs: 1_000, missedHeartbeats: 3 });
    expect(await ready).toMatchObject({ agent: 'testing', pid: 7, epoch: 1 });
    expect(directory.connected('testing')).toBe(true);
  });

  const wrong = [
    ['a wrong ticket', (claim: Claim) => ({ ...claim, ticket: 'x' })],
    ['another nonce', (claim: Claim) => ({ ...claim, nonce: 'x' })],
    ['another agent', (claim: Claim) => ({ ...claim, agent: 'master' })],
    ['no pid', (claim: Claim) => ({ ...claim, pid: undefined })],
  ] as const;
  it.each(wrong)('is refused and cut off with %s, and the right ticket stays valid', async (_name, spoil) => {
    const { directory, connect, clock } = node();
    const claim = { agent: 'testing', ...directory.mintTicket('testing'), pid: 7, startedAt: 1 };
    const { peer, far } = connect();
    await expect(peer.call('host.hello', spoil(claim))).rejects.toMatchObject({ code: 'HostRefused' });
    clock.advance(100);
    await arrive();
    expect(far.closedWith?.code).toBe(1008);
    expect(directory.connected('testing')).toBe(false);
    await expect(connect().peer.call('host.hello', claim)).resolves.toMatchObject({ epoch: 1 });
  });

  it('cannot use a ticket twice, nor one that is too old, nor one that a newer took the place of', async () => {
    const { directory, connect, hello, clock } = node();
    const { ticket, nonce } = await hello('testing');
    const claim = { agent: 'testing', pid: 7, startedAt: 1 };
    await expect(connect().peer.call('host.hello', { ...claim, ticket, nonce })).rejects.toMatchObject({ code: 'HostRefused' });
    const replaced = directory.mintTicket('database');
    const late = directory.mintTicket('database');
    await expect(connect().peer.call('host.hello', { ...claim, agent: 'database', ...replaced })).rejects.toMatchObject({ code: 'HostRefused' });
    clock.advance(60_000);
    await expect(connect().peer.call('host.hello', { ...claim, agent: 'database', ...late })).rejects.toMatchObject({ message: 'the host was refused: expired ticket' });
  });

  it('is cut off when it asks for anything before its hello, or says nothing', async () => {
    const { connect, clock, submitted } = node();
    const eager = connect();
    await expect(eager.peer.call('request.submit', submission)).rejects.toMatchObject({ code: 'HostRefused' });
    const silent = connect();
    clock.advance(10_000);
    await arrive();
    expect(eager.far.closedWith?.reason).toBe('hello comes first');
    expect(silent.far.closedWith?.reason).toBe('no hello in time');
    expect(submitted).toEqual([]);
  });

  it('takes the place of an older connection of the same agent', async () => {
    const { hello, directory } = node();
    const first = await hello('testing');
    const second = await hello('testing');
    await arrive();
    expect(first.far.closedWith?.reason).toBe('a newer session took its place');
    expect(second.welcome).toMatchObject({ epoch: 2 });
    expect(directory.list().map(({ epoch }) => epoch)).toEqual([2]);
  });
});

describe('calls into a host', () => {
  it('wait for a session to come, and only so long', async () => {
    const { directory, hello, clock } = node();
    await expect(directory.call('testing', 'ping', {}, { signal: never })).rejects.toMatchObject({ code: 'NoSession' });
    const late = directory.call('testing', 'ping', {}, { signal: never, waitMs: 500 });
    clock.advance(500);
    await expect(late).rejects.toMatchObject({ code: 'NoSession' });
    const patient = directory.call('testing', 'ping', {}, { signal: never, waitMs: 500 });
    await hello('testing', async () => 'pong');
    expect(await patient).toBe('pong');
  });

  it('reject with SessionLost when the connection goes before the answer, and say so to who watches', async () => {
    const { directory, hello } = node();
    const { far } = await hello('testing', () => new Promise(() => {}));
    const gone = new Promise((resolve) => directory.onGone(directory.list()[0] as HostInfo, resolve));
    const call = directory.call('testing', 'turn.start', order, { signal: never });
    await arrive();
    far.close(1000, 'bye');
    await expect(call).rejects.toMatchObject({ code: 'SessionLost' });
    expect(await gone).toBe('its connection closed');
    expect(directory.connected('testing')).toBe(false);
  });

  it('reject with SessionLost after missed heartbeats; each message counts as one', async () => {
    const { directory, hello, clock } = node();
    const { peer, far } = await hello('testing', () => new Promise(() => {}));
    const call = directory.call('testing', 'slow', {}, { signal: never });
    clock.advance(2_900);
    await peer.call('host.heartbeat', {});
    clock.advance(2_900);
    expect(directory.connected('testing')).toBe(true);
    clock.advance(100);
    await expect(call).rejects.toMatchObject({ code: 'SessionLost' });
    await arrive();
    expect(far.closedWith?.reason).toBe('3 heartbeats missed');
  });

  it('that are given up abort the work in the host', async () => {
    let working: AbortSignal | undefined;
    const { directory, hello } = node();
    await hello('testing', (_name, _params, { signal }) => {
      working = signal;
      return new Promise(() => {});
    });
    const ours = new AbortController();
    const call = directory.call('testing', 'request.execute', {}, { signal: ours.signal });
    await arrive();
    ours.abort(new Error('left the state'));
    await expect(call).rejects.toThrow('left the state');
    await arrive();
    expect(working?.aborted).toBe(true);
  });
});

describe('what a host asks for', () => {
  it('is served during a turn of that task, and refused before, after, for another task and under another id', async () => {
    const { directory, hello, submitted } = node();
    let finish: (value: unknown) => void = () => {};
    const { peer } = await hello('testing', () => new Promise((resolve) => (finish = resolve)));
    await expect(peer.call('request.submit', submission)).rejects.toMatchObject({ code: 'ForeignWork' });
    const turn = directory.call('testing', 'turn.start', order, { signal: never });
    await arrive();
    expect(await peer.call('request.submit', submission)).toEqual({ status: 'succeeded', exitCode: 0 });
    await expect(peer.call('request.submit', { ...submission, taskId: 'other', id: 'p.other.0.1' })).rejects.toMatchObject({ code: 'ForeignWork' });
    await expect(peer.call('request.submit', { ...submission, id: 'p.t.0.2' })).rejects.toMatchObject({ code: 'ForeignWork' });
    finish({ status: 'succeeded' });
    await turn;
    await expect(peer.call('request.submit', submission)).rejects.toMatchObject({ code: 'ForeignWork' });
    expect(submitted).toEqual([['testing', 'p.t.0.1']]);
  });

  it('is refused when it does not parse, with the field', async () => {
    const { directory, hello } = node();
    const { peer } = await hello('testing', () => new Promise(() => {}));
    void directory.call('testing', 'turn.start', order, { signal: never }).catch(() => {});
    await arrive();
    const odd = { ...submission, action: { type: 'BASH_COMMAND', payload: { command: 'ls', sudo: true } } };
    await expect(peer.call('request.submit', odd)).rejects.toMatchObject({ rpcCode: -32602, message: expect.stringContaining('sudo') });
    await expect(peer.call('approval.decide', {})).rejects.toMatchObject({ rpcCode: -32601 });
  });

  it('is told to the node as typed, by whom', async () => {
    const typed: string[] = [];
    const { hello } = node({ onTyped: (agent, text) => typed.push(`${agent}: ${text}`) });
    const { peer } = await hello('testing');
    peer.notify('host.typed', { text: 'look at the log' });
    await arrive();
    expect(typed).toEqual(['testing: look at the log']);
  });
});

it('a directory that closes tells every host and every waiter, and takes nobody any more', async () => {
  const { directory, hello, connect } = node();
  const { far } = await hello('testing');
  const waiting = directory.call('database', 'ping', {}, { signal: never, waitMs: 1_000 });
  directory.close();
  await expect(waiting).rejects.toMatchObject({ code: 'NodeStopped' });
  const late = connect();
  await arrive();
  expect([far.closedWith?.reason, late.far.closedWith?.reason]).toEqual(['the node is stopping', 'the node is stopping']);
});

interface Claim {
  readonly agent: string;
  readonly ticket: string;
  readonly nonce: string;
  readonly pid: number;
  readonly startedAt: number;
}
