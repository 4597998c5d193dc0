// A system in a program of one's own: a durable counter under a supervisor, and what can be asked of it. Runs as it is.
// #region machine
import { createSystem, localTransport, reply, sqliteJournal, supervisor, worker } from 'troupe';
import { assign, setup } from 'xstate';

const counterMachine = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'ADD'; by: number } | { type: 'GET' } | { type: 'PING' } },
}).createMachine({
  context: { n: 0 },
  on: {
    ADD: { actions: assign({ n: ({ context, event }) => context.n + event.by }) },
    GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) },
  },
});
// #endregion machine

/** Resolves with what the counter had counted. A second call on the same folder goes on where the first ended. */
export async function count(dir: string, say: (line: string) => void): Promise<number> {
  // #region system
  const system = await createSystem({
    name: 'demo',
    journal: sqliteJournal({ dir }),
    transport: localTransport(),
    root: supervisor({
      strategy: 'one_for_one',
      intensity: 3,
      periodMs: 5_000,
      children: [
        worker('counter', counterMachine, { durable: true, restart: 'permanent', shutdownMs: 5_000, version: 1, ignore: ['PING'] }),
        supervisor('pool', { strategy: 'rest_for_one', children: [worker('a', counterMachine), worker('b', counterMachine)] }),
      ],
    }),
  });
  await system.start();
  // #endregion system

  // #region talk
  await system.ref('counter').tell({ type: 'ADD', by: 2 }, { id: 'order-7' }); // resolves when journalled
  await system.ref('counter').tell({ type: 'ADD', by: 2 }, { id: 'order-7' }); // the same id again: safe, and counted once
  const n = await system.ref('counter').ask({ type: 'GET' }, { timeoutMs: 1_000 });
  say(`counter: ${n}`);
  // #endregion talk

  // #region watch
  system.monitor('counter', (down) => say(`DOWN ${down.address}: ${down.reason.kind}`));
  await system.kill('counter', 'brutal_kill');
  say(`again: ${await system.ref('counter').ask({ type: 'GET' }, { timeoutMs: 1_000 })}`);
  await system.startChild('pool', worker('c', counterMachine));
  say(`pool: ${system.whichChildren('pool').map(({ id, state }) => `${id} ${state}`)}, ${system.countChildren('pool').active} active`);
  say(`tree: ${system.tree().map(({ address, strategy }) => (strategy === null ? address : `${address} (${strategy})`))}`);
  say(`history: ${system.history('counter').map(({ type }) => type)}`);
  await system.ref('counter').tell({ type: 'PING' }); // ignored, as the worker's options say
  say(`dead letters: ${system.deadLetters().length}`);
  // #endregion watch

  // #region stop
  await system.stop();
  // #endregion stop
  return Number(n);
}
