// Supervisors on the real kernel: what a death anywhere in a tree leads to, seen from outside.
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { type ChildSpec, createSystem, describeExit, memoryJournal, memoryStore, type System } from '../../runtime/index.ts';
import { dynamicSupervisor, type SupervisorOptions, supervisor, worker } from '../../supervisors/index.ts';
import { counter, runningTree } from '../support/running-tree.ts';
import { settle } from '../support/settle.ts';

const failing = setup({}).createMachine({
  context: () => {
    throw new Error('no start');
  },
});
/** Takes the request to shut down and never gets done with it. */
const deaf = setup({}).createMachine({ on: { 'troupe.shutdown': { actions: () => undefined } } });

const ask = (system: System, address: string) => system.ref(address).ask({ type: 'GET' }, { timeoutMs: 1_000 });
const durable = { durable: true } as const;

describe('a tree on the kernel', () => {
  it('restarts a subtree as its strategy says and leaves the rest alone (G6)', async () => {
    const pool = supervisor('pool', { strategy: 'rest_for_one', children: [worker('a', counter), worker('b', counter, durable), worker('c', counter)] });
    const { system, log } = await runningTree({ children: [worker('aside', counter), pool] });
    for (const address of ['aside', 'pool/a', 'pool/b', 'pool/c']) await system.ref(address).tell({ type: 'ADD' });
    await system.kill('pool/b');
    await settle();
    expect(log).toEqual(['down pool/b killed', 'down pool/c shutdown', 'up pool/b', 'up pool/c']);
    expect(await Promise.all(['aside', 'pool/a', 'pool/b', 'pool/c'].map((address) => ask(system, address)))).toEqual([1, 1, 1, 0]);
    await system.stop();
  });

  it('escalates: a supervisor that gives up is restarted by its own, children and all (G6)', async () => {
    const pool = supervisor('pool', { intensity: 1, children: [worker('a', counter), worker('b', counter)] });
    const { system, log } = await runningTree({ children: [pool] });
    await system.kill('pool/a');
    await settle();
    log.length = 0;
    const down = new Promise<string>((resolve) => system.monitor('pool', ({ reason }) => resolve(describeExit(reason))));
    await system.kill('pool/a');
    expect(await down).toBe('shutdown: reached_max_restart_intensity');
    await settle();
    expect(log).toEqual(['down pool/a killed', 'down pool/b shutdown', 'down pool shutdown', 'up pool/a', 'up pool/b']);
    expect(system.whichChildren('').map(({ restarts }) => restarts)).toEqual([1]);
    await system.stop();
  });

  it('ends the node when the root gives up, and says why', async () => {
    const { system, ends } = await runningTree({ intensity: 0, children: [worker('a', counter), worker('b', counter, durable)] });
    await system.kill('a');
    await settle();
    expect(ends.map(describeExit)).toEqual(['shutdown: reached_max_restart_intensity']);
    await expect(system.ref('b').tell({ type: 'ADD' })).rejects.toMatchObject({ code: 'NodeStopped' });
  });

  it('a killed supervisor takes its children with it, in reverse, and comes back with them (K24)', async () => {
    const { system, log } = await runningTree({ children: [supervisor('pool', { children: [worker('a', counter), worker('b', counter)] })] });
    await system.kill('pool');
    await settle();
    expect(log).toEqual(['down pool/b killed', 'down pool/a killed', 'down pool killed', 'up pool/a', 'up pool/b']);
    await system.stop();
  });

  it('a killed supervisor takes nested ones along, all of it killed, before its own supervisor hears of it', async () => {
    const inner = supervisor('inner', { children: [worker('x', counter), worker('deaf', deaf)] });
    const { system, clock, log } = await runningTree({ children: [supervisor('pool', { children: [worker('a', counter), inner] })] });
    await system.kill('pool');
    await settle();
    expect(log.slice(0, 5)).toEqual(['down pool/inner/deaf killed', 'down pool/inner/x killed', 'down pool/inner killed', 'down pool/a killed', 'down pool killed']);
    expect(log.slice(5).sort()).toEqual(['up pool/a', 'up pool/inner', 'up pool/inner/deaf', 'up pool/inner/x']);
    const stopped = system.stop();
    await settle();
    clock.advance(5_000);
    await stopped;
  });

  it('a supervisor that misses its own deadline is killed with all that is left below it', async () => {
    const inner = supervisor('inner', { shutdownMs: 500, children: [worker('x', counter), worker('deaf', deaf, { shutdown: 'infinity' }), worker('y', counter)] });
    const { system, clock, log } = await runningTree({ children: [supervisor('pool', { children: [inner] })] });
    const ended = system.terminateChild('pool', 'inner');
    await settle();
    expect(log).toEqual(['down pool/inner/y shutdown']);
    clock.advance(500);
    expect(await ended).toMatchObject({ ok: true });
    expect(log.slice(1)).toEqual(['down pool/inner/deaf killed', 'down pool/inner/x killed', 'down pool/inner killed']);
    await system.stop();
  });

  it('a killed supervisor leaves no restart behind that waited for its backoff', async () => {
    const backoff = { baseMs: 1_000, maxMs: 1_000, resetAfterMs: 0 };
    const { system, clock, log } = await runningTree({ children: [supervisor('pool', { children: [worker('a', counter, { backoff })] })] });
    await system.kill('pool/a');
    await settle();
    await system.kill('pool');
    await settle();
    expect(log).toEqual(['down pool/a killed', 'down pool killed', 'up pool/a']);
    clock.advance(60_000);
    await settle();
    expect(log).toHaveLength(3);
    await system.stop();
  });

  it('stops from the last started to the first, across levels', async () => {
    const { system, log } = await runningTree({
      children: [worker('a', counter), supervisor('pool', { children: [worker('x', counter), worker('y', counter, durable)] }), worker('z', counter)],
    });
    await system.stop();
    expect(log).toEqual(['down z shutdown', 'down pool/y shutdown', 'down pool/x shutdown', 'down pool shutdown', 'down a shutdown', 'down  shutdown']);
  });

  it('kills a child that misses its deadline, and waits for one without', async () => {
    const { system, clock, log } = await runningTree({ children: [worker('deaf', deaf, { shutdownMs: 500 })] });
    const stopped = system.terminateChild('', 'deaf');
    await settle();
    clock.advance(499);
    await settle();
    expect(log).toEqual([]);
    clock.advance(1);
    expect(await stopped).toMatchObject({ ok: true });
    expect(log).toEqual(['down deaf killed']);
    await system.stop();
  });

  it('does not start when a child deep in it fails, and leaves nothing running', async () => {
    const pool = supervisor('pool', { children: [worker('a', counter), worker('bad', failing)] });
    const system = await createSystem({ name: 't', root: supervisor({ children: [worker('first', counter), pool] }) });
    await expect(system.start()).rejects.toThrow('failed_to_start_child: pool: failed_to_start_child: bad: no start');
  });

  it('answers administration by hand as OTP does', async () => {
    const { system } = await runningTree({ children: [supervisor('pool', { children: [worker('a', counter)] })] });
    const added: ChildSpec = worker('b', counter);
    expect(await system.startChild('pool', added)).toEqual({ ok: true, address: 'pool/b' });
    expect(await system.startChild('pool', added)).toEqual({ ok: false, reason: 'already_started' });
    expect(await system.terminateChild('pool', 'b')).toEqual({ ok: true, address: 'pool/b' });
    expect(await system.startChild('pool', added)).toEqual({ ok: false, reason: 'already_present' });
    expect(await system.restartChild('pool', 'b')).toEqual({ ok: true, address: 'pool/b' });
    expect(await system.deleteChild('pool', 'b')).toEqual({ ok: false, reason: 'running' });
    await system.terminateChild('pool', 'b');
    expect(await system.deleteChild('pool', 'b')).toEqual({ ok: true, address: 'pool/b' });
    expect(system.countChildren('pool')).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
    expect(await system.terminateChild('nowhere', 'b')).toMatchObject({ ok: false, reason: 'not_found' });
    await system.stop();
  });

  it('deleting a durable child gives up its state: one of the same id begins anew', async () => {
    const { system } = await runningTree({ children: [worker('a', counter, durable)] });
    await system.ref('a').tell({ type: 'ADD' });
    await system.terminateChild('', 'a');
    await system.deleteChild('', 'a');
    await system.startChild('', worker('a', counter, durable));
    expect(await ask(system, 'a')).toBe(0);
    await system.stop();
  });
});

describe('durable dynamic children on the kernel', () => {
  const templates = { counter: (_input: unknown, id: string) => worker(id, counter, { durable: true, restart: 'transient' }) };
  const options = (): SupervisorOptions => ({ children: [dynamicSupervisor('many', { durable: true, templates })] });
  const row = (id: string) => ({ template: 'counter', id, input: null });

  it('come back with the node, by the hundred, where they were', async () => {
    const store = memoryStore();
    const first = await runningTree(options(), memoryJournal({ store }));
    await Promise.all(Array.from({ length: 600 }, (_, n) => first.system.startChild('many', row(`x${n}`))));
    await first.system.ref('many/x599').tell({ type: 'ADD' });
    await first.system.stop();
    const second = await runningTree(options(), memoryJournal({ store }));
    expect((await second.system.countAll('many')).active).toBe(600);
    expect(await ask(second.system, 'many/x599')).toBe(1);
    await second.system.stop();
  });

  it('that end by themselves are gone, row and all; their id is free', async () => {
    const store = memoryStore();
    const { system } = await runningTree(options(), memoryJournal({ store }));
    await system.startChild('many', row('x'));
    await system.ref('many/x').tell({ type: 'ADD' });
    await system.ref('many/x').tell({ type: 'END' });
    await settle();
    expect(system.countChildren('many').specs).toBe(0);
    expect(await system.startChild('many', row('x'))).toMatchObject({ ok: true });
    expect(await ask(system, 'many/x')).toBe(0);
    await system.stop();
    const again = await runningTree(options(), memoryJournal({ store }));
    expect((await again.system.countAll('many')).active).toBe(1);
    await again.system.stop();
  });

  it('keep their state when their supervisor is killed and comes back from the rows (K25)', async () => {
    const { system } = await runningTree(options());
    await system.startChild('many', row('x'));
    await system.ref('many/x').tell({ type: 'ADD' });
    await system.kill('many');
    await settle();
    expect(await ask(system, 'many/x')).toBe(1);
    await system.stop();
  });
});
