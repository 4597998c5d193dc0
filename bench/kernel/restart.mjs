// From the kill of a child to its successor running, one kill after the other and each supervisor in its turn; beside Erlang's
// supervisor, which does the same: as many supervisors, the same intensity and period, children that count (a gen_server there,
// transition logic here). Neither side's list of restarts is long, as none is where things work: Erlang's walks its own at each restart.
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystem, sqliteJournal } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { erlangRestarts } from '../peers/erlang.mjs';
import { quantile } from '../row-result.mjs';
import { interleave } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { counterMachine, counterTransition } from './counter.mjs';

const FAMILY = { supervisors: 50, intensity: 20, periodMs: 1_000 };
/** Ten a supervisor, in a period of their own. */
const KILLS = sized(500, 50);
const DURABLE_KILLS = sized(100, 50);
const PAUSE_MS = FAMILY.periodMs + 100;
/** A sample is short: only after some thousands of kills is the way of a restart compiled. */
const WARM_UP = sized(12, 0);

async function killed(logic, options, use) {
  const { supervisors, intensity, periodMs } = FAMILY;
  const names = Array.from({ length: supervisors }, (_, index) => `family-${index}`);
  const families = names.map((name) => supervisor(name, { intensity, periodMs, children: [worker('child', logic, options.worker)] }));
  const system = await createSystem({ name: 'bench', root: supervisor({ children: families }), ...options.system });
  await system.start();
  let started = () => {};
  system.onTelemetry(({ kind }) => {
    if (kind === 'actor.started') started();
  });
  let turn = 0;
  const once = async () => {
    const again = new Promise((resolve) => {
      started = resolve;
    });
    const address = `${names[turn++ % supervisors]}/child`;
    const from = performance.now();
    void system.kill(address);
    await again;
    return (performance.now() - from) * 1_000;
  };
  const times = async (count) => {
    const taken = [];
    for (let kill = 0; kill < count; kill += 1) taken.push(await once());
    return taken;
  };
  const samples = await use(times);
  await system.stop();
  return samples;
}

/** One pass over the kills gives a value for each row: `middles` is what is interleaved, the others are kept beside it. */
function quantiles() {
  const kept = { p50: [], p99: [], rate: [] };
  const keep = (times) => {
    kept.p50.push(quantile(times, 0.5));
    kept.p99.push(quantile(times, 0.99));
    kept.rate.push((times.length * 1_000_000) / times.reduce((sum, time) => sum + time, 0));
    return kept.p50.at(-1);
  };
  return { kept, keep };
}

/** Takes the times of `count` kills after a pause: the restarts of the sample before count no more. */
const rested = (times, count) => async () => {
  await sleep(PAUSE_MS);
  return times(count);
};

async function besideErlang(logic, options, count) {
  return withScratch(async (dir) => {
    const erlang = await erlangRestarts(dir, FAMILY);
    const [mine, theirs] = [quantiles(), quantiles()];
    const system = options.durable ? { journal: sqliteJournal({ dir }) } : {};
    const { ours } = await killed(logic, { worker: { durable: options.durable }, system }, (times) => {
      const [kill, peer] = [rested(times, count), rested(erlang.times, count)];
      return interleave({ ours: async () => mine.keep(await kill()), peer: async () => theirs.keep(await peer()) }, { warmUp: WARM_UP });
    });
    await erlang.stop();
    const last = (list) => list.slice(-ours.length);
    return Object.fromEntries(['p50', 'p99', 'rate'].map((name) => [name, { ours: last(mine.kept[name]), peer: last(theirs.kept[name]) }]));
  });
}

export async function restart() {
  const { p50, p99, rate } = await besideErlang(counterTransition(), { durable: false }, KILLS);
  return { 'restart.p50': p50, 'restart.p99': p99, 'restart.rate': rate };
}

/** A child with a statechart, whose first step is taken before it counts as running. */
export async function restartMachine() {
  return (await besideErlang(counterMachine(), { durable: false }, KILLS)).p50;
}

/** A durable child is read from its rows, and its new epoch is written, before it runs again. */
export async function restartDurable() {
  return (await besideErlang(counterMachine(), { durable: true }, DURABLE_KILLS)).p50;
}
