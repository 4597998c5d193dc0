import { describe, expect, it } from 'vitest';
import { type ExitReason, NORMAL, SHUTDOWN } from '../../runtime/index.ts';
import { starting, supervised } from '../support/supervised.ts';

const CREW = ['a', 'b', 'c'];
const significant = { significant: true, restart: 'transient' } as const;

describe('start', () => {
  it('starts children in order and says so when all are up', async () => {
    const tree = starting({ children: CREW });
    const goOn = tree.host.holdStart('b');
    await tree.begin();
    expect(tree.host.up).toBe(false);
    expect(tree.phase).toBe('starting');
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['start a', 'start b', 'start c']);
    expect(tree.host.up).toBe(true);
  });

  it('fails with the first child that fails, after ending those before it in reverse', async () => {
    const tree = starting({ children: CREW });
    tree.host.failures.set('c', 1);
    await tree.begin();
    expect(tree.history()).toEqual(['start a', 'start b', 'fail c', 'stop b', 'stop a']);
    expect(tree.ended).toBe('shutdown: failed_to_start_child: c: no start');
    expect(tree.host.up).toBe(false);
  });

  it('keeps the spec of a child that ignores its start, but not of a temporary one', async () => {
    const tree = starting({ children: ['a', { id: 'b', restart: 'temporary' }] });
    tree.host.ignoring.add('a').add('b');
    await tree.begin();
    expect(tree.host.up).toBe(true);
    expect(tree.children()).toEqual(['a stopped']);
  });

  it('looks at a child that falls meanwhile once all are up', async () => {
    const tree = starting({ children: CREW });
    const goOn = tree.host.holdStart('c');
    await tree.begin();
    await tree.crash('a');
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['start a', 'start b', 'exit a crash', 'start c', 'start a']);
  });
});

describe('shutdown', () => {
  it('ends children in reverse start order, then exits with its reason', async () => {
    const tree = await supervised({ children: CREW });
    await tree.shutdown({ kind: 'shutdown', detail: 'by hand' });
    expect(tree.history()).toEqual(['stop c', 'stop b', 'stop a']);
    expect(tree.ended).toBe('shutdown: by hand');
  });

  it('waits for each child before it goes on to the next', async () => {
    const tree = await supervised({ children: CREW });
    const goOn = tree.host.holdStop('b');
    await tree.shutdown();
    expect(tree.history()).toEqual(['stop c', 'stop b']);
    expect(tree.phase).toBe('terminating');
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['stop a']);
    expect(tree.ended).toBe('shutdown');
  });

  it('kills a child whose spec says brutal_kill', async () => {
    const tree = await supervised({ children: [{ id: 'a', shutdown: 'brutal_kill' }] });
    await tree.shutdown();
    expect(tree.history()).toEqual(['kill a']);
  });

  it('during the start ends what is up, and what comes up late', async () => {
    const tree = starting({ children: CREW });
    const goOn = tree.host.holdStart('b');
    await tree.begin();
    await tree.shutdown();
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['start a', 'start b', 'stop b', 'stop a']);
    expect(tree.ended).toBe('shutdown');
    expect(tree.host.up).toBe(false);
  });

  it('does not wait for ever for a start that hangs; when that succeeds late, it is undone', async () => {
    const tree = await supervised({ children: CREW });
    const goOn = tree.host.holdStart('a');
    await tree.crash('a');
    await tree.shutdown();
    expect(tree.ended).toBeUndefined();
    await tree.pass(2_000);
    expect(tree.ended).toBe('shutdown');
    goOn();
    await tree.pass(0);
    expect(tree.host.alive.size).toBe(0);
  });

  it('in the middle of a restart starts nothing more', async () => {
    const tree = await supervised({ strategy: 'one_for_all', children: CREW });
    const goOn = tree.host.holdStart('b');
    await tree.crash('a');
    tree.history();
    await tree.shutdown();
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['start b', 'stop b', 'stop a']);
    expect(tree.host.alive.size).toBe(0);
  });

  it('twice is once, with the first reason', async () => {
    const tree = await supervised({ children: CREW });
    const goOn = tree.host.holdStop('c');
    await tree.shutdown({ kind: 'shutdown', detail: 'first' });
    await tree.shutdown({ kind: 'shutdown', detail: 'second' });
    goOn();
    await tree.pass(0);
    expect(tree.ended).toBe('shutdown: first');
    expect(tree.history()).toEqual(['stop c', 'stop b', 'stop a']);
  });

  it('does not restart a child that falls meanwhile, and answers who still asks', async () => {
    const tree = await supervised({ children: CREW });
    const goOn = tree.host.holdStop('c');
    await tree.shutdown();
    await tree.crash('a');
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'a' })).toMatchObject({ ok: false, reason: 'not_found' });
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['stop c', 'exit a crash', 'stop b']);
  });
});

describe('a killed supervisor', () => {
  const backoff = { baseMs: 100, maxMs: 100, resetAfterMs: 0 };

  it('restarts nobody any more, not even who was backing off', async () => {
    const tree = await supervised({ children: [{ id: 'a', backoff }] });
    await tree.crash('a');
    await tree.kill();
    await tree.pass(1_000);
    expect(tree.history()).toEqual(['exit a crash']);
    expect(tree.host.clock.pending).toBe(0);
  });

  it('goes no further with its start, and undoes what comes up late', async () => {
    const tree = starting({ children: CREW });
    const goOn = tree.host.holdStart('b');
    await tree.begin();
    await tree.kill();
    goOn();
    await tree.pass(0);
    expect(tree.history()).toEqual(['start a', 'start b', 'stop b']);
  });
});

describe('auto shutdown', () => {
  it('any_significant: ends when one significant child has ended by itself', async () => {
    const tree = await supervised({ autoShutdown: 'any_significant', children: ['a', { id: 'b', ...significant }, { id: 'c', ...significant }] });
    await tree.exit('b', NORMAL);
    expect(tree.history()).toEqual(['exit b normal', 'stop c', 'stop a']);
    expect(tree.ended).toBe('shutdown');
  });

  it('all_significant: ends with the last of them', async () => {
    const tree = await supervised({ autoShutdown: 'all_significant', children: ['a', { id: 'b', ...significant }, { id: 'c', significant: true, restart: 'temporary' }] });
    await tree.exit('b', SHUTDOWN);
    expect(tree.ended).toBeUndefined();
    await tree.crash('c');
    expect(tree.ended).toBe('shutdown');
  });

  it.each(['any_significant', 'all_significant'] as const)('%s: a crash that leads to a restart is no end', async (autoShutdown) => {
    const tree = await supervised({ autoShutdown, children: [{ id: 'b', ...significant }] });
    await tree.crash('b');
    expect(tree.children()).toEqual(['b running']);
  });

  it('a child terminated by hand does not count (OTP)', async () => {
    const tree = await supervised({ autoShutdown: 'any_significant', children: [{ id: 'b', ...significant }] });
    await tree.ask({ type: 'troupe.terminate_child', id: 'b' });
    expect(tree.ended).toBeUndefined();
  });
});

describe('durable children', () => {
  const durable = { durable: true } as const;
  const killed: ExitReason = { kind: 'killed' };

  it('that are temporary leave nothing behind, whichever way they end', async () => {
    const tree = await supervised({ children: [{ id: 'a', restart: 'temporary', ...durable }] });
    await tree.exit('a', killed);
    expect(tree.history()).toEqual(['exit a killed', 'forget a']);
  });

  it('that ended by themselves have left nothing in that very commit', async () => {
    const tree = await supervised({ children: [{ id: 'a', restart: 'temporary', ...durable }] });
    await tree.exit('a', NORMAL);
    expect(tree.history()).toEqual(['exit a normal']);
  });
});
