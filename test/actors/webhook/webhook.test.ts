import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../actors/webhook/notice.ts';
import { noticePause } from '../../../actors/webhook/webhook.machine.ts';
import type { Webhook } from '../../../actors/work/ports.ts';
import { memoryStore, SimulatedClock } from '../../../runtime/index.ts';
import { approvalNode, approvalOrder, ID } from '../../support/approvals.ts';
import { decide } from '../../support/decide.ts';
import { settle } from '../../support/settle.ts';

const NOTICE = `${ID}.waiting`;

/** Takes a notice from the given try on. */
class Receiver implements Webhook {
  readonly tries: Array<{ readonly notice: Notice; readonly at: number }> = [];
  takesFrom: number;
  over = false;
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock, takesFrom: number) {
    this.#clock = clock;
    this.takesFrom = takesFrom;
  }

  async deliver(notice: Notice) {
    if (this.over) return 'over' as const;
    this.tries.push({ notice, at: this.#clock.now() });
    if (this.tries.length < this.takesFrom) throw new Error('nobody is there');
    return 'delivered' as const;
  }
}

async function waits(clock: SimulatedClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await settle(5);
  }
}

describe('an approval that waits', () => {
  it('is told to the webhook once, with how urgent it is, and without the action itself', async () => {
    const clock = new SimulatedClock();
    const webhook = new Receiver(clock, 1);
    const { node, open, facts } = await approvalNode({ clock, webhook });
    await open(approvalOrder('HIGH', { action: { type: 'BASH_COMMAND', payload: { command: 'login --password hunter2' } } }));
    expect(webhook.tries.map(({ notice }) => notice)).toMatchObject([
      { id: NOTICE, approval: ID, body: { type: 'approval.waiting', approval: ID, agent: 'testing', risk: 'HIGH', rung: 'operator', why: ['w'], actionType: 'BASH_COMMAND' } },
    ]);
    expect(JSON.stringify(webhook.tries)).not.toContain('hunter2');
    expect(node.value(`webhooks/${NOTICE}`)).toBeUndefined();
    expect(await facts('webhook.delivered')).toMatchObject([{ body: { approval: ID, attempts: 1 } }]);
  });

  it('is told to nobody when it was granted at once', async () => {
    const clock = new SimulatedClock();
    const webhook = new Receiver(clock, 1);
    const { open, value } = await approvalNode({ clock, webhook });
    await open(approvalOrder('MEDIUM', { approve: 'MEDIUM' }));
    expect([value(), webhook.tries]).toEqual(['granted', []]);
  });

  it('is told again with ever longer pauses until somebody takes it, also by the next life of the node', async () => {
    const store = memoryStore();
    const clock = new SimulatedClock();
    const webhook = new Receiver(clock, 6);
    const first = await approvalNode({ store, clock, webhook });
    await first.open(approvalOrder('HIGH'));
    await waits(clock, 4_000);
    const before = webhook.tries.length;
    expect(before).toBeGreaterThan(1);
    await first.node.system.stop();
    const second = await approvalNode({ store, clock, webhook });
    await waits(clock, 60_000);
    expect(await second.facts('webhook.delivered')).toMatchObject([{ body: { approval: ID, attempts: 6 } }]);
    expect(webhook.tries).toHaveLength(6);
    expect(new Set(webhook.tries.map(({ notice }) => notice.id)).size).toBe(1);
    const pauses = webhook.tries.slice(1).map(({ at }, n) => at - (webhook.tries[n]?.at ?? 0));
    for (const [n, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(500 * 2 ** n);
  });

  it('is told to nobody any more once it was decided', async () => {
    const clock = new SimulatedClock();
    const webhook = new Receiver(clock, 100);
    const { open, ask, facts } = await approvalNode({ clock, webhook });
    await open(approvalOrder('HIGH'));
    await ask(decide('deny'));
    webhook.over = true;
    await waits(clock, 2_000);
    expect([await facts('webhook.over'), webhook.tries.length]).toMatchObject([[{ body: { approval: ID } }], 1]);
  });

  it('is given up by the webhook when it expires, and that is on record', async () => {
    const clock = new SimulatedClock();
    const webhook = new Receiver(clock, 1_000);
    const { open, facts } = await approvalNode({ clock, webhook });
    await open(approvalOrder('HIGH', { waitMs: 20_000 }));
    await waits(clock, 60_000);
    expect(await facts('webhook.over')).toMatchObject([{ body: { approval: ID, problem: 'nobody is there' } }]);
    expect(webhook.tries.every(({ at }) => at - (webhook.tries[0]?.at ?? 0) <= 20_000 + 16_000)).toBe(true);
  });
});

it('pauses grow to ten minutes and stay between half of their bound and the whole of it', () => {
  expect([1, 2, 3, 30].map((attempt) => noticePause(attempt, 0))).toEqual([500, 1_000, 2_000, 300_000]);
  expect(noticePause(250, 0.999_999)).toBeLessThanOrEqual(600_000);
});
