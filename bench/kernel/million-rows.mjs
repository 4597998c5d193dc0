// Fills a journal with durable actors that nobody has started in this process: run in a process of its own, `million-rows.mjs DIR COUNT`.
// One actor is made by a node; the others are that one's rows under other addresses, written through the journal's port.
import { createSystem, sqliteJournal } from '../../dist/runtime/index.js';
import { supervisor } from '../../dist/supervisors/index.js';
import { poolOf } from './million-pool.mjs';

const ROWS_A_COMMIT = 10_000;

const idOf = (index) => `c${String(index).padStart(7, '0')}`;

async function firstActor(dir) {
  const journal = sqliteJournal({ dir });
  const system = await createSystem({ name: 'bench', journal, root: supervisor({ children: [poolOf()] }) });
  await system.start();
  await system.startChild('pool', { template: 'counter', id: idOf(0), input: null });
  await system.ref(`pool/${idOf(0)}`).tell({ type: 'TICK' });
  const { actor } = await journal.load(`pool/${idOf(0)}`);
  const child = await journal.child('pool', idOf(0));
  await system.stop();
  return { actor, child };
}

export async function fillJournal(dir, count) {
  const { actor, child } = await firstActor(dir);
  const journal = sqliteJournal({ dir, synchronous: 'NORMAL' });
  let head = await journal.open();
  for (let first = 1; first < count; first += ROWS_A_COMMIT) {
    const indexes = Array.from({ length: Math.min(ROWS_A_COMMIT, count - first) }, (_, offset) => first + offset);
    const none = { put: [], remove: [] };
    const counters = { ...head.counters, child: head.counters.child + indexes.length };
    const seqOf = (index) => head.counters.child + 1 + index - first;
    await journal.commit({
      number: head.lastBatch + 1,
      nodeEpoch: head.nodeEpoch,
      actors: { put: indexes.map((index) => ({ ...actor, address: `pool/${idOf(index)}` })), remove: [] },
      mail: none,
      timers: none,
      effects: none,
      children: {
        put: indexes.map((index) => ({ ...child, id: idOf(index), seq: seqOf(index) })),
        remove: [],
        awake: indexes.map((index) => ({ parent: 'pool', id: idOf(index), awake: false })),
      },
      ties: none,
      receipts: { put: [], expiredBefore: null },
      deadLetters: [],
      facts: [],
      chain: null,
      counters,
    });
    head = { ...head, lastBatch: head.lastBatch + 1, counters };
  }
  await journal.close();
}

await fillJournal(process.argv[2], Number(process.argv[3]));
