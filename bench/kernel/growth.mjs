// What 100,000 actors cost that 1,000 do not: volatile tells spread over all of them, against bare XState actors of the same number.
import { createActor } from 'xstate';
import { createSystem } from '../../dist/runtime/index.js';
import { dynamicSupervisor, supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { coreRate, FEWEST, interleave } from '../sampling.mjs';
import { counterMachine, TICK } from './counter.mjs';

const FEW = 1_000;
const MANY = sized(100_000, 2_000);
const MESSAGES = sized(200_000, 2_000);
const AT_ONCE = 1_000;

async function supervised(count) {
  const logic = counterMachine();
  const system = await createSystem({ name: 'bench', root: supervisor({ children: [dynamicSupervisor('pool', { templates: { counter: (_, id) => worker(id, logic) } })] }) });
  await system.start();
  const refs = [];
  for (let first = 0; first < count; first += AT_ONCE) {
    const ids = Array.from({ length: AT_ONCE }, (_, index) => `c${first + index}`);
    await Promise.all(ids.map((id) => system.startChild('pool', { template: 'counter', id, input: null })));
    for (const id of ids) refs.push(system.ref(`pool/${id}`));
  }
  return refs;
}

/** A message to each in turn; all are taken before the next thousand. */
async function tells(refs, count) {
  for (let sent = 0; sent < count; ) {
    for (let one = 0; one < AT_ONCE; one += 1, sent += 1) void refs[sent % refs.length].tell(TICK);
    await new Promise(setImmediate);
  }
}

function sends(actors, count) {
  for (let sent = 0; sent < count; sent += 1) actors[sent % actors.length].send(TICK);
}

/** How much of bare XState's rate is left at this number of actors, both measured right after each other. */
async function ratioAt(count) {
  const refs = await supervised(count);
  const logic = counterMachine();
  const actors = Array.from({ length: count }, () => createActor(logic).start());
  return async () => {
    const ours = await coreRate(MESSAGES, () => tells(refs, MESSAGES));
    const bare = await coreRate(MESSAGES, () => sends(actors, MESSAGES));
    return ours / bare;
  };
}

export async function growth() {
  const many = await ratioAt(MANY);
  const few = await ratioAt(FEW);
  return interleave({ ours: many, peer: few }, FEWEST);
}
