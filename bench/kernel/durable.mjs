// Durable steps on SQLite with synchronous=FULL: 100 actors, 1,000 tells outstanding, each awaited until it is accepted.
import { createSystem, sqliteJournal } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { interleave, rate } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { counterMachine, counterTransition, TICK } from './counter.mjs';
import { bareSend } from './peer.mjs';

const ACTORS = 100;
const OUTSTANDING = 1_000;
const STEPS = 20_000;
const SENDS = 50_000;

async function sender(refs, first, count) {
  for (let sent = 0; sent < count; sent += 1) await refs[(first + sent) % refs.length].tell(TICK);
}

const steps = (refs) => rate(STEPS, () => Promise.all(Array.from({ length: OUTSTANDING }, (_, lane) => sender(refs, lane, STEPS / OUTSTANDING))));

const measureDurable = (logic) =>
  withScratch(async (dir) => {
    const children = Array.from({ length: ACTORS }, (_, index) => worker(`counter-${index}`, logic, { durable: true }));
    const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children }) });
    await system.start();
    const refs = children.map(({ id }) => system.ref(id));
    const samples = await interleave({ ours: () => steps(refs), peer: bareSend(counterMachine(), SENDS, rate) });
    await system.stop();
    return samples;
  });

export const durableMachine = () => measureDurable(counterMachine());
export const durableTransition = () => measureDurable(counterTransition());
