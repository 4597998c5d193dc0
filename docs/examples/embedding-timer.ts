// Time in a test: the same machine, journal and system, on a clock that moves when it is told.
// #region timer
import { createSystem, type MemoryStore, memoryJournal, memoryStore, SimulatedClock, supervisor, worker } from 'troupe';
import { setup } from 'xstate';

const reminder = setup({}).createMachine({
  initial: 'waiting',
  states: { waiting: { after: { 300000: 'reminded' } }, reminded: {} },
});

/** The state of the reminder after five minutes, over a restart in the middle. */
export async function remind(store: MemoryStore = memoryStore(), clock = new SimulatedClock()): Promise<unknown> {
  const start = async () => {
    const root = supervisor({ children: [worker('reminder', reminder, { durable: true, ignore: ['SYNC'] })] });
    const system = await createSystem({ name: 'timers', clock, journal: memoryJournal({ store }), root });
    await system.start();
    return system;
  };
  const first = await start();
  clock.advance(100_000);
  await first.stop();
  const second = await start();
  clock.advance(200_000);
  await second.ref('reminder').tell({ type: 'SYNC' }); // accepted behind what fell due before it
  const { value } = second.inspect('reminder') ?? {};
  await second.stop();
  return value;
}
// #endregion timer
