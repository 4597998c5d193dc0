// Actors that are tied to each other: links, monitors, groups and names, at run time and over a restart. Runs as it is.
// #region actors
import { createSystem, demonitor, joinGroup, link, type MemoryStore, memoryJournal, memoryStore, monitor, registerName, supervisor, tell, tellGroup, via, worker } from 'troupe';
import { assign, setup } from 'xstate';

const workshop = setup({ types: { context: {} as { notices: string[] }, events: {} as { type: string; address?: string; reason?: { kind: string } } } }).createMachine({
  context: { notices: [] },
  entry: [registerName('workshop'), monitor('printer')],
  on: {
    // One notice, once: to hear of the next run it monitors again.
    DOWN: { actions: [assign({ notices: ({ context, event }) => [...context.notices, `${event.address} is down: ${event.reason?.kind}`] }), monitor('printer')] },
    // It traps exits: what it is linked to tells it of its end, and does not end it.
    EXIT: { actions: assign({ notices: ({ context, event }) => [...context.notices, `${event.address} has ended: ${event.reason?.kind}`] }) },
    TAKE_ON: { actions: link('apprentice') },
    REST: { actions: demonitor('printer') },
    CALL: { actions: tellGroup('crew', { type: 'COME' }) },
  },
});

const crew = setup({ types: { context: {} as { came: number } } }).createMachine({
  context: { came: 0 },
  entry: [joinGroup('crew'), tell(via('workshop'), { type: 'READY' })],
  on: { COME: { actions: assign({ came: ({ context }) => context.came + 1 }) } },
});
// #endregion actors

/** What the workshop and its crew have heard, over a restart of the node in the middle. */
export async function work(store: MemoryStore = memoryStore()): Promise<Record<string, unknown>> {
  // #region system
  const start = async () => {
    const system = await createSystem({
      name: 'workshop',
      journal: memoryJournal({ store }),
      root: supervisor({
        intensity: 10,
        children: [
          worker('printer', crew, { durable: true }),
          worker('apprentice', crew, { durable: true, restart: 'temporary' }),
          worker('workshop', workshop, { durable: true, trapExits: true, ignore: ['READY'] }),
        ],
      }),
    });
    await system.start();
    return system;
  };
  const first = await start();
  await first.ref(via('workshop')).tell({ type: 'TAKE_ON' });
  await first.stop();
  const system = await start(); // ties of durable actors are in the journal: all of them are there again
  await system.kill('printer');
  await system.ref(via('workshop')).tell({ type: 'CALL' });
  await system.kill('apprentice');
  const taken = await system.registerName('workshop', 'printer').catch((error: { code: string }) => error.code);
  // #endregion system
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const contextOf = (address: string) => (system.inspect(address)?.context ?? {}) as { notices?: string[]; came?: number };
  const seen = { notices: contextOf('workshop').notices, came: contextOf('printer').came, crew: system.groupMembers('crew'), taken };
  await system.stop();
  return seen;
}
