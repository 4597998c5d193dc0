// Facts without an actor: in the journal with the next batch, chained as all are, and bounded (K34).
import { describe, expect, it } from 'vitest';
import { verifyJournal } from '../../runtime/verify-chain.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const BURST = 20;
const recorded = (node: KernelNode) =>
  node.store.facts.filter(({ kind }) => kind !== 'steps').map(({ kind, body }) => ({ kind, body: JSON.parse(body) as Record<string, unknown> }));
const refuse = (node: KernelNode, times: number) => {
  for (let n = 0; n < times; n += 1) node.system.record('access.refused', { n });
};
const start = () => startNode([worker('a', recorder, { durable: true })]);

describe('a fact without an actor', () => {
  it('is in the next batch, chained with the others, and nobody waits for it (K34)', async () => {
    const node = await start();
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'ADD' });
    await settle();
    expect(node.system.record('access.refused', { door: 'api' })).toBeUndefined();
    expect(recorded(node)).toEqual([]);
    release();
    await told;
    await settle();
    expect(recorded(node)).toEqual([{ kind: 'access.refused', body: { door: 'api' } }]);
    expect(await verifyJournal(node.journal)).toMatchObject({ ok: true, facts: node.system.position, lastHash: node.system.chainHead.hash });
  });

  it('of which several come at once costs one commit (K34)', async () => {
    const node = await start();
    const before = node.journal.written.length;
    refuse(node, 5);
    await settle();
    expect([recorded(node).length, node.journal.written.length - before]).toEqual([5, 1]);
  });

  it('is written again with the batch after one that was lost, once (K34, K10)', async () => {
    const node = await start();
    node.journal.failNext('vanished', 'unconfirmed');
    refuse(node, 2);
    await settle();
    refuse(node, 1);
    await settle();
    expect(recorded(node).map(({ body }) => body.n)).toEqual([0, 1, 0]);
  });

  it.each([
    ['a kind that is none', 'steps', {}],
    ['what is no plain JSON', 'access.refused', { at: new Date(0) }],
  ])('is refused for %s', async (_what, kind, body) => {
    const node = await start();
    expect(() => node.system.record(kind, body)).toThrow(expect.objectContaining({ code: 'InvalidMessage' }));
  });
});

describe('a flood of them', () => {
  it('is recorded up to a burst; the rest is one fact with a count (K34)', async () => {
    const node = await start();
    refuse(node, 1_000);
    await settle();
    expect(recorded(node)).toHaveLength(BURST);
    await node.pass(1_000);
    expect(recorded(node).slice(BURST)).toEqual([{ kind: 'facts.suppressed', body: { count: 980, kinds: { 'access.refused': 980 }, withinMs: 1_000 } }]);
  });

  it('of one kind hides nothing of another (K34)', async () => {
    const node = await start();
    refuse(node, 1_000);
    node.system.record('user.added', { user: 'eve' });
    await settle();
    expect(recorded(node).at(-1)).toEqual({ kind: 'user.added', body: { user: 'eve' } });
    const up = node.journal.goDown();
    for (let minute = 0; minute < 30; minute += 1) {
      refuse(node, 50);
      await node.pass(60_000);
    }
    node.system.record('user.removed', { user: 'eve' });
    up();
    await node.pass(60_000);
    expect(recorded(node).map(({ kind }) => kind)).toContain('user.removed');
  });

  it('that goes on fills no disk: what is kept of it comes ever more rarely (K34)', async () => {
    const node = await start();
    for (let second = 0; second < 600; second += 1) {
      refuse(node, 50);
      await node.pass(1_000);
    }
    const kept = recorded(node);
    const counted = kept.reduce((sum, { kind, body }) => sum + (kind === 'facts.suppressed' ? (body.count as number) : 1), 0);
    expect(kept.length).toBeLessThan(16 * (BURST + 1));
    expect(600 * 50 - counted).toBeLessThan(60 * 50);
    await node.pass(120_000);
    refuse(node, 1);
    await settle();
    expect(recorded(node).at(-1)?.kind).toBe('access.refused');
  });

  it('while the journal does not answer takes no more memory than a few hundred facts, and its count is not lost (K34)', async () => {
    const node = await start();
    const up = node.journal.goDown();
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    for (let minute = 0; minute < 120; minute += 1) {
      refuse(node, 50);
      node.clock.advance(60_000);
    }
    up();
    await node.pass(5_000);
    await node.pass(120_000);
    refuse(node, 1);
    await node.pass(1);
    const kept = recorded(node);
    expect(kept.length).toBeLessThan(250);
    expect(kept.reduce((sum, { kind, body }) => sum + (kind === 'facts.suppressed' ? (body.count as number) : 1), 0)).toBe(6_001);
  });

  it('leaves its count when the node stops (K34)', async () => {
    const node = await start();
    refuse(node, 30);
    await node.system.stop();
    expect(recorded(node).at(-1)).toMatchObject({ kind: 'facts.suppressed', body: { count: 10 } });
    expect(() => node.system.record('access.refused', {})).not.toThrow();
  });
});
