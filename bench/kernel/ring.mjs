// A message from actor to actor: around a ring of 1,000, and along a chain of 100,000. XState delivers inside the sender's step, so a
// chain of its actors is as long as the stack is deep; here a send is mail, and a chain has any length.
import { createActor, sendTo, setup } from 'xstate';
import { createSystem, tell } from '../../dist/runtime/index.js';
import { dynamicSupervisor, supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { coreRate, FEWEST, interleave } from '../sampling.mjs';

const RING = sized(1_000, 50);
const LAPS = sized(30, 5);
const CHAIN = sized(100_000, 100);
const AT_ONCE = 1_000;
const LONGEST_TRIED = sized(1 << 17, 1_000);
const PASS = { type: 'PASS' };

/** A link passes on to the next, whose index is its input; the last one ends the lap. */
const passing = (actions) => setup({}).createMachine({ context: ({ input }) => ({ next: input }), initial: 'passing', states: { passing: { on: { PASS: { actions } } } } });

async function family(count, onEnd) {
  const link = passing(tell(({ context }) => `pool/l${context.next}`, PASS));
  const last = passing(() => onEnd());
  const templates = { link: (index, id) => worker(id, index < count - 1 ? link : last, { input: index + 1 }) };
  const system = await createSystem({ name: 'bench', root: supervisor({ children: [dynamicSupervisor('pool', { templates })] }) });
  await system.start();
  for (let first = 0; first < count; first += AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, index) => system.startChild('pool', { template: 'link', id: `l${first + index}`, input: first + index })),
    );
  }
  return system;
}

/** The first of the family, and a way to pass a message through all of it. */
async function laps(count) {
  let ended = () => {};
  const system = await family(count, () => ended());
  const first = system.ref('pool/l0');
  const lap = () =>
    new Promise((resolve) => {
      ended = resolve;
      void first.tell(PASS);
    });
  return { system, lap };
}

function bareFamily(count, onEnd) {
  const link = passing(sendTo(({ context }) => actors[context.next], PASS));
  const last = passing(() => onEnd());
  const actors = Array.from({ length: count }, (_, index) => createActor(index < count - 1 ? link : last, { input: index + 1 }).start());
  return actors[0];
}

export async function ring() {
  const { system, lap } = await laps(RING);
  let closed = 0;
  const first = bareFamily(RING, () => {
    closed += 1;
  });
  const ours = () =>
    coreRate(RING * LAPS, async () => {
      for (let n = 0; n < LAPS; n += 1) await lap();
    });
  const peer = () =>
    coreRate(RING * LAPS, () => {
      for (let n = 0; n < LAPS; n += 1) first.send(PASS);
    });
  const samples = await interleave({ ours, peer });
  if (closed === 0) throw new Error("the peer's ring was never closed");
  await system.stop();
  return samples;
}

/** The longest chain of bare actors, by doubling, that a message gets through. Past it XState reports the overflow outside of any call. */
function longestBareChain() {
  let longest = 0;
  for (let count = 500; count <= LONGEST_TRIED; count *= 2) {
    let reached = false;
    try {
      bareFamily(count, () => {
        reached = true;
      }).send(PASS);
    } catch {}
    if (!reached) break;
    longest = count;
  }
  return longest;
}

export async function chain() {
  const overflown = (error) => {
    if (!(error instanceof RangeError)) throw error;
  };
  process.on('uncaughtException', overflown);
  const { system, lap } = await laps(CHAIN);
  const ours = async () => {
    await lap();
    return CHAIN;
  };
  const samples = await interleave({ ours, peer: async () => longestBareChain() }, FEWEST);
  await new Promise(setImmediate);
  await system.stop();
  process.off('uncaughtException', overflown);
  return samples;
}
