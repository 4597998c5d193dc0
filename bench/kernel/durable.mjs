// Durable steps on SQLite with synchronous=FULL, each tell awaited until it is accepted: 100 actors with 1,000 tells outstanding, and
// 10,000 actors of which each is told once. Beside the first, by how much the event loop was late.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createSystem, sqliteJournal } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { interleave, rate } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { counterMachine, counterTransition, TICK } from './counter.mjs';
import { syncP99 } from './disk.mjs';
import { bareSend } from './peer.mjs';

const ACTORS = sized(100, 10);
const MANY = sized(10_000, 100);
const OUTSTANDING = sized(1_000, 10);
const STEPS = sized(20_000, 100);
const SENDS = sized(50_000, 1_000);
/** As often as the loop is looked at: a delay is what comes on top. */
const LOOK_MS = 1;
/** A delay below it counts as this: a ratio needs a number. */
const LEAST_MS = 0.1;
const LEAST_LIMIT_MS = 10;
const SYNCS_OF_LIMIT = 3;
const NANOSECONDS = 1e6;

async function sender(refs, first, count) {
  for (let sent = 0; sent < count; sent += 1) await refs[(first + sent) % refs.length].tell(TICK);
}

const outstanding = (refs) => () => Promise.all(Array.from({ length: OUTSTANDING }, (_, lane) => sender(refs, lane, STEPS / OUTSTANDING)));
const eachOnce = (refs) => () => Promise.all(refs.map((ref) => ref.tell(TICK)));

const withActors = (logic, actors, use) =>
  withScratch(async (dir) => {
    const children = Array.from({ length: actors }, (_, index) => worker(`counter-${index}`, logic, { durable: true }));
    const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children }) });
    await system.start();
    const refs = children.map(({ id }) => system.ref(id));
    const samples = await use(refs, dir);
    await system.stop();
    return samples;
  });

/** `use` gets a sampler of durable steps per second. */
export const withDurableSteps = (logic, use) => withActors(logic, ACTORS, (refs) => use(() => rate(STEPS, outstanding(refs))));

const peer = () => bareSend(counterMachine(), SENDS, rate);
const measureDurable = (logic) => withDurableSteps(logic, (ours) => interleave({ ours, peer: peer() }));

export const durableMachine = () => measureDurable(counterMachine());
export const durableTransition = () => measureDurable(counterTransition());
/** `use` gets a sampler of durable steps per second, each of an actor of its own. */
export const withManySteps = (logic, use) => withActors(logic, MANY, (refs) => use(() => rate(MANY, eachOnce(refs))));
export const durableMany = () => withManySteps(counterMachine(), (ours) => interleave({ ours, peer: peer() }));

/** The slowest per cent of the loop's turns, in ms beyond their time; at most 10 ms, or three of the disk's slowest syncs where that is more. */
export const loopDelay = () =>
  withActors(counterMachine(), ACTORS, (refs, dir) => {
    const ours = async () => {
      const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
      delay.enable();
      await outstanding(refs)();
      delay.disable();
      return Math.max(LEAST_MS, delay.percentile(99) / NANOSECONDS - LOOK_MS);
    };
    return interleave({ ours, peer: async () => Math.max(LEAST_LIMIT_MS, SYNCS_OF_LIMIT * syncP99(dir)) });
  });
