import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from '../../supervisors/backoff-delay.ts';
import { supervised } from '../support/supervised.ts';

const backoff = { baseMs: 100, maxMs: 1_000, resetAfterMs: 10_000 };

describe('backoff', () => {
  it('doubles with each failure in a row, up to its maximum', () => {
    expect([1, 2, 3, 4, 5, 50].map((failures) => backoffDelay(backoff, failures, 0.5))).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('lies anywhere between nothing and its ceiling (full jitter)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const delay = backoffDelay(backoff, failures, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(backoff.maxMs);
      }),
    );
  });

  it('delays the restart and shows the child as restarting meanwhile', async () => {
    const tree = await supervised({ intensity: 5, children: [{ id: 'a', backoff }, 'b'] });
    await tree.crash('a');
    expect(tree.history()).toEqual(['exit a crash']);
    expect(tree.children()).toEqual(['a restarting', 'b running']);
    expect(tree.phase).toEqual({ running: 'restarting' });
    await tree.pass(49);
    expect(tree.history()).toEqual([]);
    await tree.pass(1);
    expect(tree.history()).toEqual(['start a']);
    expect(tree.phase).toEqual({ running: 'steady' });
  });

  it('grows over failures in a row and begins anew after a good run', async () => {
    const tree = await supervised({ intensity: 9, children: [{ id: 'a', backoff }] });
    await tree.crash('a');
    await tree.pass(50);
    await tree.crash('a');
    await tree.pass(100);
    await tree.pass(10_000);
    await tree.crash('a');
    const waits = tree.host.facts.flatMap((fact) => (fact.kind === 'child.backing_off' ? [fact.delayMs] : []));
    expect(waits).toEqual([50, 100, 50]);
  });

  it('also stands between attempts to start that fail', async () => {
    const tree = await supervised({ intensity: 9, children: [{ id: 'a', backoff }] });
    tree.host.failures.set('a', 2);
    await tree.crash('a');
    await tree.pass(50);
    await tree.pass(100);
    await tree.pass(200);
    expect(tree.history()).toEqual(['exit a crash', 'fail a', 'fail a', 'start a']);
  });

  it('holds for the sibling that failed to restart; the others are plainly stopped, and may be started by hand', async () => {
    const tree = await supervised({ strategy: 'one_for_all', intensity: 5, children: [{ id: 'a', backoff }, 'b', 'c'] });
    tree.host.failures.set('a', 1);
    await tree.crash('c');
    expect(tree.children()).toEqual(['a restarting', 'b stopped', 'c stopped']);
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'c' })).toMatchObject({ ok: true });
    await tree.pass(50);
    expect(tree.children()).toEqual(['a running', 'b running', 'c running']);
    expect(tree.phase).toEqual({ running: 'steady' });
  });

  it('is given up when the supervisor ends', async () => {
    const tree = await supervised({ intensity: 5, children: [{ id: 'a', backoff }, 'b'] });
    await tree.crash('a');
    await tree.shutdown();
    expect(tree.ended).toBe('shutdown');
    expect(tree.host.clock.pending).toBe(0);
    expect(tree.history()).toEqual(['exit a crash', 'stop b']);
  });

  it('is given up when the child is terminated by hand, or restarted with its siblings', async () => {
    const tree = await supervised({ strategy: 'one_for_all', intensity: 5, children: [{ id: 'a', backoff }, 'b'] });
    await tree.crash('a');
    await tree.crash('b');
    expect(tree.history()).toEqual(['exit a crash', 'exit b crash', 'start a', 'start b']);
    expect(tree.host.clock.pending).toBe(0);
    await tree.crash('a');
    await tree.ask({ type: 'troupe.terminate_child', id: 'a' });
    expect(tree.host.clock.pending).toBe(0);
    expect(tree.children()).toEqual(['a stopped', 'b running']);
  });
});
