// Durable asks on SQLite with synchronous=FULL, each answered after its commit: 64 outstanding, against commits of 64 rows of
// better-sqlite3; and one tell after the other, against its single-row commits.
import { createSystem, sqliteJournal } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { interleave, rate } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { askedMachine, askedTransition, TICK } from './counter.mjs';
import { inserter } from './disk.mjs';

const OUTSTANDING = 64;
const ASKS = OUTSTANDING * sized(100, 1);
const TELLS = sized(300, 3);
const ASK = { type: 'ASK' };
const DEADLINE = { timeoutMs: 30_000 };

const besideInserts = (logic, actors, count, run) =>
  withScratch(async (dir) => {
    const children = Array.from({ length: actors }, (_, index) => worker(`counter-${index}`, logic, { durable: true }));
    const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children }) });
    await system.start();
    const refs = children.map(({ id }) => system.ref(id));
    const peer = inserter(dir, actors);
    const samples = await interleave({ ours: () => rate(count, () => run(refs)), peer: () => rate(count, peer.insert) });
    peer.close();
    await system.stop();
    return samples;
  });

async function asker(ref, count) {
  for (let asked = 0; asked < count; asked += 1) await ref.ask(ASK, DEADLINE);
}
const askAll = (refs) => Promise.all(refs.map((ref) => asker(ref, ASKS / OUTSTANDING)));

async function tellOne([ref]) {
  for (let told = 0; told < TELLS; told += 1) await ref.tell(TICK);
}

export const askMachines = () => besideInserts(askedMachine(), OUTSTANDING, ASKS, askAll);
export const askTransitions = () => besideInserts(askedTransition(), OUTSTANDING, ASKS, askAll);
export const oneByOne = () => besideInserts(askedMachine(), 1, TELLS, tellOne);
