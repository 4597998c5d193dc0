// A host whose node went while it executed something: the next node's directory is real, connections are in memory, time is simulated.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentHost, type HostWork, type Wire } from '../../../../actors/session/host/agent-host.ts';
import { findNextNode } from '../../../../actors/session/host/find-next-node.ts';
import { transcript } from '../../../../actors/session/host/transcript.ts';
import { createHostDirectory, type HostDirectory } from '../../../../actors/session/host-directory.ts';
import { proofOfResume } from '../../../../actors/session/host-tickets.ts';
import type { ExecuteOrder, ExecuteResult } from '../../../../actors/work/types.ts';
import { SimulatedClock } from '../../../../runtime/simulated-clock.ts';
import { arrive, linkedSockets } from '../linked-sockets.ts';
import { privateFolder } from '../private-folder.ts';

const folder = privateFolder();
const ever = (): AbortSignal => new AbortController().signal;
const WITHIN_MS = 60_000;

const order = (more: Partial<ExecuteOrder> = {}): ExecuteOrder => ({
  request: 'p.t.0.1',
  key: 'p.t.0.1',
  epoch: 4,
  action: { type: 'BASH_COMMAND', payload: { command: 'make' } },
  surroundings: { workspace: '/w', deployRoot: '/d', healthUrl: 'http://127.0.0.1/health' },
  actionHash: 'h',
  timeoutMs: 1_000,
  containment: null,
  hidden: [],
  ...more,
});

class World {
  readonly clock = new SimulatedClock();
  readonly ends: number[] = [];
  readonly runs: Array<{ readonly order: ExecuteOrder; readonly signal: AbortSignal; end(result: ExecuteResult): void }> = [];
  readonly refused: string[] = [];
  /** The node that runs; none: connections fail. */
  node: HostDirectory | undefined;
  host: AgentHost | undefined;
  #cut: () => void = () => {};

  startNode(): HostDirectory {
    this.node = createHostDirectory({
      clock: this.clock,
      heartbeatMs: 1_000_000,
      missedHeartbeats: 3,
      onSubmit: async () => ({ status: 'succeeded' }),
      onMessage: async () => {},
      onRefused: (_remote, why) => this.refused.push(why),
    });
    return this.node;
  }

  async open(): Promise<Wire> {
    if (this.node === undefined) throw new Error('connection refused');
    const [near, far] = linkedSockets();
    this.node.accept(near);
    const wire: Wire = { send: (text) => far.send(text), close: () => far.close(1000, '') };
    far.onMessage((text) => this.host?.receive(wire, text));
    far.onClose(() => void this.host?.lost(wire, 'the connection closed'));
    this.#cut = () => near.close(1006, 'killed');
    return wire;
  }

  async killNode(): Promise<void> {
    this.node = undefined;
    this.#cut();
    await arrive();
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 300) {
      this.clock.advance(Math.min(300, ms - passed));
      await arrive();
    }
  }
}

/** A host that executes one order of its first node. */
async function executing(work: Partial<HostWork> = {}) {
  const world = new World();
  const urlFile = join(folder, 'hosts.url');
  writeFileSync(urlFile, 'ws://node\n');
  const first = world.startNode();
  const credentials = first.mintTicket('testing');
  const wire = await world.open();
  const host = new AgentHost({
    agent: 'testing',
    ...credentials,
    pid: 7,
    clock: world.clock,
    transcript: transcript({ clock: world.clock, write: () => {} }),
    wire,
    onEnd: (code) => world.ends.push(code),
    execute: (given, { signal }) =>
      new Promise((resolve) => {
        world.runs.push({ order: given, signal, end: resolve });
        signal.addEventListener('abort', () => resolve({ status: 'cancelled' }));
      }),
    drive: async () => ({ status: 'succeeded' }),
    findNode: (search) => findNextNode({ clock: world.clock, agent: 'testing', urlFile, withinMs: WITHIN_MS, open: () => world.open() }, search),
    ...work,
  });
  world.host = host;
  await host.hello();
  const execution = first.call('testing', 'request.execute', order(), { signal: ever() });
  execution.catch(() => {});
  await arrive();
  const takeOver = async (): Promise<HostDirectory> => {
    const next = world.startNode();
    next.announce('testing', proofOfResume(credentials));
    next.honour('testing');
    await world.pass(600);
    return next;
  };
  return { world, host, execution, credentials, takeOver };
}

const DONE: ExecuteResult = { status: 'succeeded', exitCode: 0, stdout: 'made' };

describe('a host that executes something while its node goes', () => {
  it('goes on with it, and the next node is told how the run of that epoch ended (K19)', async () => {
    const { world, takeOver } = await executing();
    await world.killNode();
    await world.pass(5_000);
    expect([world.runs.length, world.runs[0]?.signal.aborted, world.ends]).toEqual([1, false, []]);
    const next = await takeOver();
    expect(next.connected('testing')).toBe(true);
    const asked = next.call('testing', 'request.outcome', { key: 'p.t.0.1', epoch: 4 }, { signal: ever() });
    await arrive();
    world.runs[0]?.end(DONE);
    expect(await asked).toEqual({ outcome: DONE });
  });

  it('keeps what ended before the next node came, also what its node may not have written down any more', async () => {
    const { world, takeOver, execution } = await executing();
    world.runs[0]?.end(DONE);
    expect(await execution).toMatchObject(DONE);
    await world.killNode();
    const next = await takeOver();
    expect(await next.call('testing', 'request.outcome', { key: 'p.t.0.1', epoch: 4 }, { signal: ever() })).toEqual({ outcome: DONE });
  });

  it('knows nothing of another epoch, and of what it never ran', async () => {
    const { world, takeOver } = await executing();
    await world.killNode();
    const next = await takeOver();
    for (const question of [
      { key: 'p.t.0.1', epoch: 3 },
      { key: 'p.t.1.1', epoch: 4 },
    ])
      expect(await next.call('testing', 'request.outcome', question, { signal: ever() })).toEqual({ outcome: null });
  });

  it('goes on with it when it is given again, once, and says in which epoch it was begun', async () => {
    const { world, takeOver } = await executing();
    await world.killNode();
    const next = await takeOver();
    const again = next.call('testing', 'request.execute', order({ epoch: 5 }), { signal: ever() });
    await arrive();
    expect(world.runs).toHaveLength(1);
    world.runs[0]?.end(DONE);
    expect(await again).toEqual({ ...DONE, begunIn: 4 });
    next.call('testing', 'request.execute', order({ epoch: 6 }), { signal: ever() }).catch(() => {});
    await arrive();
    expect(world.runs.map((run) => run.order.epoch)).toEqual([4, 6]);
  });

  it('does not take something else under the same key for it', async () => {
    const { world, takeOver } = await executing();
    await world.killNode();
    const next = await takeOver();
    next.call('testing', 'request.execute', order({ epoch: 5, actionHash: 'another' }), { signal: ever() }).catch(() => {});
    await arrive();
    expect(world.runs).toHaveLength(2);
  });

  it.each(['request.outcome', 'request.execute'])('ends it when the next node, which asked by %s, does not want it any more', async (method) => {
    const { world, takeOver } = await executing();
    await world.killNode();
    const next = await takeOver();
    const patience = new AbortController();
    const params = method === 'request.outcome' ? { key: 'p.t.0.1', epoch: 4 } : order({ epoch: 5 });
    next.call('testing', method, params, { signal: patience.signal }).catch(() => {});
    await arrive();
    patience.abort(new Error('cancelled'));
    await arrive();
    expect(world.runs[0]?.signal.aborted).toBe(true);
  });

  it('goes on over several nodes', async () => {
    const { world, takeOver } = await executing();
    for (let node = 0; node < 3; node += 1) {
      await world.killNode();
      await world.pass(2_000);
      await takeOver();
    }
    const asked = world.node?.call('testing', 'request.outcome', { key: 'p.t.0.1', epoch: 4 }, { signal: ever() });
    await arrive();
    world.runs[0]?.end(DONE);
    expect([await asked, world.runs.length]).toEqual([{ outcome: DONE }, 1]);
  });

  it('begins nothing that a node asks before that node has taken it over, and is no stranger to it meanwhile', async () => {
    const { world, credentials } = await executing();
    await world.killNode();
    const next = world.startNode();
    next.announce('testing', proofOfResume(credentials));
    await world.pass(3_000);
    expect([next.connected('testing'), world.refused, world.ends]).toEqual([false, [], []]);
    next.honour('testing');
    await world.pass(600);
    expect(next.connected('testing')).toBe(true);
  });

  it('is ended with all that it runs when no next node comes in time', async () => {
    const { world } = await executing();
    await world.killNode();
    await world.pass(WITHIN_MS - 600);
    expect(world.ends).toEqual([]);
    await world.pass(1_200);
    expect([world.runs[0]?.signal.aborted, world.ends]).toEqual([true, [3]]);
  });

  it('is ended by a node that does not know it, which is told', async () => {
    const { world } = await executing();
    await world.killNode();
    world.startNode();
    await world.pass(600);
    expect([world.runs[0]?.signal.aborted, world.ends, world.refused]).toEqual([true, [3], ['the hello was refused']]);
  });

  it('is not taken over for another one: each has its own proof', async () => {
    const { world } = await executing();
    await world.killNode();
    const next = world.startNode();
    next.announce('testing', 'ab'.repeat(32));
    next.honour('testing');
    await world.pass(600);
    expect([next.connected('testing'), world.ends]).toEqual([false, [3]]);
  });

  it('runs no turn on: its driver is aborted, and the next node begins the turn again', async () => {
    const driven: AbortSignal[] = [];
    const { world } = await executing({
      drive: (_turn, port) => {
        driven.push(port.signal);
        return new Promise((_resolve, reject) => port.signal.addEventListener('abort', () => reject(port.signal.reason)));
      },
    });
    const turn = { turn: 'turn-1', planId: 'p', taskId: 't', agent: 'testing', attempt: 1, steps: [], results: {}, variables: {}, workspace: '/w' };
    world.node?.call('testing', 'turn.start', turn, { signal: ever() }).catch(() => {});
    await arrive();
    await world.killNode();
    expect([driven.map(({ aborted }) => aborted), world.runs[0]?.signal.aborted, world.ends]).toEqual([[true], false, []]);
  });
});

describe('a host that executes nothing while its node goes', () => {
  it('ends with it, a while after its last answer', async () => {
    const { world, execution } = await executing();
    world.runs[0]?.end(DONE);
    await execution;
    await world.pass(10_200);
    await world.killNode();
    expect(world.ends).toEqual([3]);
  });
});
