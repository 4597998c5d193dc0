import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../runtime/index.ts';
import { approvalNode, approvalOrder, HASH } from '../../support/approvals.ts';
import { decide } from '../../support/decide.ts';
import { type FleetNode, fleetNode, task } from '../../support/fleet-node.ts';
import { settle } from '../../support/settle.ts';
import { OK } from '../../support/turn-script.ts';

const DAY = 24 * 3_600_000;
const REQUEST = 'p.t.1.1';
const step = (command: string, idempotent = false) => ({ kind: 'bash' as const, payload: { command }, idempotent });

async function submit(node: FleetNode, steps: ReturnType<typeof step>[]): Promise<void> {
  const plan = { name: 'p', workspace: '/repo', tasks: [task('t', { agent: 'testing', steps })] };
  await node.ask('agents/supervisor', { type: 'SUBMIT_PLAN', planId: 'p', plan, caller: 'ann', approve: null, approvalMs: 7 * DAY });
  await settle();
}

async function days(node: FleetNode, count: number): Promise<void> {
  for (let hour = 0; hour < count * 24; hour += 1) {
    node.services.clock.advance(DAY / 24);
    await settle(20);
  }
}

const kinds = async (node: FleetNode) => (await node.system.journal.facts({ after: 0, limit: 100_000 })).map(({ kind }) => kind).filter((kind) => kind.startsWith('approval.'));

describe('a tool call that waits for people', () => {
  it('for three days, over the death of its node, is neither lost nor waved through, and goes on where it stopped', async () => {
    const first = await fleetNode();
    await submit(first, [step('before'), step('risk HIGH go'), step('after')]);
    await days(first, 1);
    const second = await fleetNode(() => OK, first);
    await days(second, 2);
    expect(second.ran).toEqual(['before']);
    expect(await kinds(second)).toEqual(['approval.requested', 'approval.escalated']);
    expect(await second.report('p')).toMatchObject({ tasks: [{ status: 'awaiting_approval' }] });
    expect(await second.ask(`approvals/${REQUEST}`, decide('approve'))).toMatchObject({ state: 'granted' });
    await second.pass(2_000);
    expect(second.ran).toEqual(['before', 'risk HIGH go', 'after']);
    expect(await second.report('p')).toMatchObject({ status: 'succeeded' });
    expect(await kinds(second)).toEqual(['approval.requested', 'approval.escalated', 'approval.decided', 'approval.used', 'approval.ended']);
    expect(second.system.deadLetters()).toEqual([]);
  });

  it.each(['used', 'stale_epoch', 'hash_mismatch', 'gone'] as const)('runs nothing when its approval refuses the grant right before it begins: %s', async (reason) => {
    const node = await fleetNode();
    node.services.approvals.use = async () => ({ ok: false, reason });
    await submit(node, [step('risk HIGH go'), step('after')]);
    await node.ask('approvals/p.t.0.1', decide('approve'));
    await node.pass(2_000);
    expect(node.ran).toEqual([]);
    expect(await node.report('p')).toMatchObject({ status: 'failed', tasks: [{ steps: [{ status: 'failed', error: { code: 'GrantRefused' } }, {}] }] });
  });

  it('is used by no node that was thought dead and wakes: it may write no more, so it gets no yes, and the grant is still there', async () => {
    const store = memoryStore();
    const zombie = await approvalNode({ store });
    await zombie.open(approvalOrder('HIGH'));
    await zombie.ask(decide('approve'));
    const next = await approvalNode({ store, clock: zombie.node.clock });
    const use = { type: 'USE', actionHash: HASH, epoch: 1, use: 1 };
    const late = zombie.ask(use).then(
      () => 'an answer',
      ({ code }: { code: string }) => code,
    );
    await settle(500);
    await next.node.pass(60_000);
    expect(await late).not.toBe('an answer');
    expect(await next.facts('approval.used')).toEqual([]);
    expect(await next.ask({ ...use, epoch: 2 })).toEqual({ ok: true });
    expect(await next.ask(use)).toEqual({ ok: false, reason: 'stale_epoch' });
    expect(await next.facts('approval.used')).toHaveLength(1);
  });
});
