import { describe, expect, it } from 'vitest';
import { createSystem, memoryJournal, memoryStore, SimulatedClock } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';
import { randomFrom } from '../support/length.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

/** A node whose later turns wait in `turns` until the test takes them. */
async function heldNode(seed: number) {
  const turns: Array<() => void> = [];
  const store = memoryStore('held');
  const root = supervisor({ children: [worker('a', recorder, { durable: true })] });
  const options = { clock: new SimulatedClock(), random: randomFrom(seed), turns: { soon: queueMicrotask, next: (run: () => void) => void turns.push(run) } };
  const system = await createSystem({ name: 'held', root, journal: memoryJournal({ store }), ...options });
  const takeTurns = async (): Promise<void> => {
    for (let run = turns.shift(); run !== undefined; run = turns.shift()) {
      run();
      await settle(1);
    }
  };
  const started = system.start();
  await settle(2);
  await takeTurns();
  await started;
  return { system, store, turns, takeTurns };
}

describe('a system that is given its turns', () => {
  it('takes no durable step outside them', async () => {
    const { system, turns, takeTurns } = await heldNode(1);
    await takeTurns();
    const told = system.ref('a').tell({ type: 'NOTE' });
    await settle();
    expect([turns.length, system.inspect('a')?.context]).toEqual([1, { seen: [] }]);
    await takeTurns();
    await told;
    expect(system.inspect('a')?.context).toEqual({ seen: ['NOTE'] });
  });

  it('names messages by the chance that it is given: the same seed, the same ids', async () => {
    const idsOf = async (seed: number): Promise<string[]> => {
      const { system, store, takeTurns } = await heldNode(seed);
      const told = system.ref('a').tell({ type: 'xstate.forged' });
      await expect(told).rejects.toMatchObject({ code: 'InvalidMessage' });
      await settle(1);
      await takeTurns();
      return store.deadLetters.map(({ envelope }) => envelope.id);
    };
    const [first, again, other] = [await idsOf(1), await idsOf(1), await idsOf(2)];
    expect(first).toHaveLength(1);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
