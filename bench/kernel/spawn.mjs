// Supervised starts: 100,000 statechart actors under one dynamic supervisor, against as many bare root actors of XState; then what
// one idle actor of each kind keeps of the heap.
import { createActor } from 'xstate';
import { createSystem } from '../../dist/runtime/index.js';
import { dynamicSupervisor, supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { coreRate, FEWEST, interleave, NO_RUN_IN } from '../sampling.mjs';
import { counterMachine } from './counter.mjs';

const CHILDREN = sized(100_000, 1_000);
const IDLE = sized(20_000, 1_000);
const AT_ONCE = 1_000;
const FAMILIES = sized(10, 1);

async function supervisedChildren(logic) {
  const root = supervisor({ children: [dynamicSupervisor('pool', { templates: { counter: (_, id) => worker(id, logic) } })] });
  const system = await createSystem({ name: 'bench', root });
  await system.start();
  return system;
}

/** At most `AT_ONCE` starts under way, as whoever waits for them would have it. */
async function startChildren(system, count) {
  for (let first = 0; first < count; first += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => system.startChild('pool', { template: 'counter', id: `c${first + index}`, input: null })));
    const refused = answers.find((answer) => !answer.ok);
    if (refused !== undefined) throw new Error(`a child did not start: ${refused.reason}`);
  }
}

const bareActors = (logic, count) => Array.from({ length: count }, () => createActor(logic).start());

export async function spawn() {
  const logic = counterMachine();
  const ours = async () => {
    const system = await supervisedChildren(logic);
    const starts = await coreRate(CHILDREN, (count) => startChildren(system, count), NO_RUN_IN);
    await system.stop();
    return starts;
  };
  return interleave({ ours, peer: () => coreRate(CHILDREN, (count) => bareActors(logic, count), NO_RUN_IN) }, FEWEST);
}

/** A family of 1,000 under one supervisor, again and again in one process: what is measured is not the compiler. */
export async function spawnThousand() {
  const logic = counterMachine();
  const families = async () => {
    let starts = 0;
    for (let family = 0; family < FAMILIES; family += 1) {
      const system = await supervisedChildren(logic);
      starts += await coreRate(AT_ONCE, (count) => startChildren(system, count), NO_RUN_IN);
      await system.stop();
    }
    return starts / FAMILIES;
  };
  const peers = async () => {
    let starts = 0;
    for (let family = 0; family < FAMILIES; family += 1) starts += await coreRate(AT_ONCE, (count) => bareActors(logic, count), NO_RUN_IN);
    return starts / FAMILIES;
  };
  return interleave({ ours: families, peer: peers });
}

/** Bytes of the heap for each of the `IDLE` things that `make` makes and `drop` lets go of. */
async function heapEach(make, drop) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const kept = await make();
  globalThis.gc();
  const bytes = (process.memoryUsage().heapUsed - before) / IDLE;
  await drop(kept);
  return bytes;
}

export async function idleBytes() {
  const logic = counterMachine();
  const ours = async () => {
    const system = await supervisedChildren(logic);
    const bytes = await heapEach(
      () => startChildren(system, IDLE),
      () => system.stop(),
    );
    return bytes;
  };
  const peer = () =>
    heapEach(
      async () => bareActors(logic, IDLE),
      (actors) => {
        for (const actor of actors) actor.stop();
      },
    );
  return interleave({ ours, peer });
}
