// How children are ended: in order within their deadline, or killed; static and dynamic ones alike.
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { memoryJournal, SHUTDOWN, type Shutdown } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { FaultyJournal } from '../support/faulty-journal.ts';
import { counter, type RunningTree, runningTree } from '../support/running-tree.ts';
import { settle } from '../support/settle.ts';

/** Takes the request to shut down, and leaves when told so. */
const slow = setup({ types: { events: {} as { type: 'LEAVE' } | { type: 'troupe.shutdown' } } }).createMachine({
  initial: 'on',
  states: { on: { on: { 'troupe.shutdown': { actions: () => undefined }, LEAVE: 'off' } }, off: { type: 'final' } },
});

/** A tree with one child at pool/child, in a static or a dynamic supervisor. */
async function withChild(kind: 'static' | 'dynamic', shutdown: Shutdown, logic: typeof slow | typeof counter = slow): Promise<RunningTree> {
  const child = worker('child', logic, { shutdown });
  const pool = kind === 'static' ? supervisor('pool', { children: [child] }) : dynamicSupervisor('pool');
  const tree = await runningTree({ children: [pool] });
  if (kind === 'dynamic') await tree.system.startChild('pool', child);
  tree.log.length = 0;
  return tree;
}

describe.each(['static', 'dynamic'] as const)('a %s child', (kind) => {
  it('that says infinity is waited for, however long it takes', async () => {
    const { system, clock, log } = await withChild(kind, 'infinity');
    const ended = system.terminateChild('pool', 'child');
    await settle();
    clock.advance(86_400_000);
    await settle();
    expect(log).toEqual([]);
    await system.ref('pool/child').tell({ type: 'LEAVE' });
    expect(await ended).toMatchObject({ ok: true });
    expect(log).toEqual(['down pool/child normal']);
    await system.stop();
  });

  it('that leaves within its deadline has ended in order; one that does not is killed at its deadline', async () => {
    const { system, clock, log } = await withChild(kind, 1_000);
    const ended = system.terminateChild('pool', 'child');
    await settle();
    clock.advance(999);
    await settle();
    expect(log).toEqual([]);
    clock.advance(1);
    expect(await ended).toMatchObject({ ok: true });
    expect(log).toEqual(['down pool/child killed']);
    await system.stop();
  });

  it('that says nothing of shutdown ends with the reason it was given', async () => {
    const { system, log } = await withChild(kind, 1_000, counter);
    await system.terminateChild('pool', 'child');
    expect(log).toEqual([`down pool/child ${SHUTDOWN.kind}`]);
    await system.stop();
  });

  it('that says brutal_kill is not asked', async () => {
    const { system, log } = await withChild(kind, 'brutal_kill');
    expect(await system.terminateChild('pool', 'child')).toMatchObject({ ok: true });
    expect(log).toEqual(['down pool/child killed']);
    await system.stop();
  });
});

describe('a supervisor that is killed', () => {
  it('is gone though a restart of its children ends one of them meanwhile too, and comes back with them', async () => {
    const journal = new FaultyJournal(memoryJournal());
    const children = [worker('a', counter), worker('b', counter, { durable: true })];
    const { system, log } = await runningTree({ children: [supervisor('pool', { strategy: 'one_for_all', children })] }, journal);
    const release = journal.holdCommits();
    const taken = system.ref('pool/b').tell({ type: 'ADD' });
    await settle();
    // b is durable: it goes between two batches, and one is on its way.
    const killed = system.kill('pool');
    await settle();
    await system.kill('pool/a');
    await settle();
    release();
    await Promise.all([taken, killed]);
    await settle();
    expect(log).toEqual(['down pool/a killed', 'down pool/b killed', 'down pool killed', 'up pool/a', 'up pool/b']);
    expect(await system.ref('pool/b').ask({ type: 'GET' }, { timeoutMs: 1_000 })).toBe(1);
    await system.stop();
  });
});

describe('a supervisor that ends', () => {
  it('gives each static child its own deadline, one after the other', async () => {
    const children = [worker('a', slow, { shutdown: 1_000 }), worker('b', slow, { shutdown: 500 })];
    const { system, clock, log } = await runningTree({ children: [supervisor('pool', { children })] });
    const ended = system.terminateChild('', 'pool');
    await settle();
    clock.advance(500);
    await settle();
    expect(log).toEqual(['down pool/b killed']);
    clock.advance(999);
    await settle();
    expect(log).toHaveLength(1);
    clock.advance(1);
    expect(await ended).toMatchObject({ ok: true });
    expect(log).toEqual(['down pool/b killed', 'down pool/a killed', 'down pool shutdown']);
    await system.stop();
  });

  it('lets the deadlines of dynamic children run side by side', async () => {
    const { system, clock, log } = await runningTree({ children: [dynamicSupervisor('pool')] });
    for (const id of ['a', 'b', 'c']) await system.startChild('pool', worker(id, slow, { shutdown: 1_000 }));
    log.length = 0;
    const ended = system.terminateChild('', 'pool');
    await settle();
    clock.advance(1_000);
    expect(await ended).toMatchObject({ ok: true });
    expect(log.filter((line) => line.endsWith('killed'))).toHaveLength(3);
    await system.stop();
  });
});
