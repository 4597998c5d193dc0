import { describe, expect, it } from 'vitest';
import { assign, enqueueActions, setup } from 'xstate';
import { createSystem, deferReply, memoryJournal, memoryStore, reply, SimulatedClock } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';

type Waiting = { readonly names: readonly string[] };

/** Answers everybody who waits, of whatever life, when told to. */
const waitingRoom = setup({ types: { context: {} as Waiting, events: {} as { type: 'WAIT' } | { type: 'NOTHING' } | { type: 'OPEN'; say: string } } }).createMachine({
  context: { names: [] },
  on: {
    WAIT: {
      actions: [deferReply(({ context }) => `w${context.names.length}`), assign({ names: ({ context }: { context: Waiting }) => [...context.names, `w${context.names.length}`] })],
    },
    NOTHING: {},
    OPEN: {
      actions: enqueueActions(({ context, event, enqueue }) => {
        for (const to of context.names) enqueue(reply(event.say, { to }));
        enqueue.assign({ names: [] });
      }),
    },
  },
});

async function running(store = memoryStore()) {
  const system = await createSystem({
    name: 't',
    clock: new SimulatedClock(),
    journal: memoryJournal({ store }),
    root: supervisor({ children: ['red', 'blue'].map((id) => worker(id, waitingRoom, { durable: true })) }),
  });
  await system.start();
  return { system, store };
}

describe('an ask that is open when its node dies', () => {
  it('has a return address that no ask of the next life shares, so nobody gets the answer to a question of somebody else (K23)', async () => {
    const first = await running();
    const lost = first.system.ref('red').ask({ type: 'WAIT' }, { timeoutMs: 60_000 });
    lost.catch(() => undefined);
    // Told after the question: when this is journalled, so is that. The node then dies without a word.
    await first.system.ref('red').tell({ type: 'NOTHING' });

    const { system } = await running(first.store);
    const asked = system.ref('blue').ask({ type: 'WAIT' }, { timeoutMs: 60_000 });
    await system.ref('blue').tell({ type: 'NOTHING' });
    await system.ref('red').tell({ type: 'OPEN', say: 'red' });
    await system.ref('blue').tell({ type: 'OPEN', say: 'blue' });
    await expect(asked).resolves.toBe('blue');
    await system.stop();
  });
});
