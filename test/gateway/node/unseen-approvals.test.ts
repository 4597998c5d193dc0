import { describe, expect, it, onTestFinished } from 'vitest';
import { watchUnseen } from '../../../gateway/node/unseen-approvals.ts';
import type { Caller } from '../../../gateway/operations/index.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const HOUR = 3_600_000;
const ID = 'p.t.0.1';
const REQUESTED = {
  id: ID,
  request: ID,
  planId: 'p',
  taskId: 't',
  agent: 'testing',
  action: { type: 'BASH_COMMAND', payload: { command: 'x' } },
  verdict: { level: 'HIGH', findings: [], actionHash: 'a'.repeat(64) },
  expiresAt: 9e15,
  rung: 'operator',
  mayDecide: null,
};

function watched(test: TestNode): void {
  const { clock, system } = test.node;
  onTestFinished(watchUnseen({ clock, system, facts: test.facts, afterMs: HOUR, onFault: (error) => void test.faults.push(error) }));
}

async function waiting(): Promise<TestNode> {
  const test = await runningNode();
  test.system.record('approval.requested', { ...REQUESTED, requestedAt: test.node.clock.now() });
  await settle();
  return test;
}

async function hours(test: TestNode, count: number): Promise<void> {
  for (let passed = 0; passed < count * 60; passed += 1) {
    test.services.clock.advance(60_000);
    await settle(2);
  }
}

const alerts = async (test: TestNode) => (await test.run<{ items: ReadonlyArray<{ id: string; text: string }> }>('alert.list')).items;

describe('an approval that nobody has seen', () => {
  it('is an alert after the configured time and not before, once, until a person has been shown it', async () => {
    const test = await waiting();
    watched(test);
    await hours(test, 0.9);
    expect(await alerts(test)).toEqual([]);
    await hours(test, 3);
    expect(await alerts(test)).toMatchObject([{ id: `approval:approvals/${ID}`, text: expect.stringContaining('for 60 minutes that testing waits') }]);
    const agent: Caller = { name: 'testing', permissions: ['read'] };
    await test.run('approval.list', {}, { caller: agent });
    await settle();
    expect(await alerts(test)).toHaveLength(1);
    await test.run('approval.list');
    await settle();
    expect(await alerts(test)).toEqual([]);
    expect(await test.run('approval.list')).toMatchObject({ items: [{ id: ID, seenBy: 'ann', seenAt: expect.any(Number) }] });
    expect((await test.run<{ items: readonly unknown[] }>('audit.query', { kind: 'approval.seen', since: 0 })).items).toHaveLength(1);
    expect(test.faults).toEqual([]);
  });

  it('is seen with all others of its page, however many: none of them stays an alert', async () => {
    const test = await runningNode();
    for (let n = 0; n < 40; n += 1) {
      test.services.clock.advance(2_000);
      test.system.record('approval.requested', { ...REQUESTED, id: `p.t.${n}.1`, requestedAt: test.node.clock.now() });
      await settle();
    }
    watched(test);
    await hours(test, 2);
    expect(await alerts(test)).toHaveLength(40);
    await test.run('approval.list', { limit: 100 });
    await settle();
    expect(await alerts(test)).toEqual([]);
  });

  it('is an alert of the next watch too, and ends with the decision', async () => {
    const test = await waiting();
    await hours(test, 2);
    watched(test);
    await settle();
    expect(await alerts(test)).toHaveLength(1);
    test.system.record('approval.decided', { id: ID, decision: 'denied', by: 'bob', why: 'no', at: test.node.clock.now() });
    await settle();
    expect(await alerts(test)).toEqual([]);
  });
});
