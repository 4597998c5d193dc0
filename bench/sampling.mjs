// Takes samples in turn, ours and the peer's, so that whatever slows the machine for a while slows both.
import { sized } from './extent.mjs';
import { FEWEST_PAIRS } from './row-result.mjs';

const WARM_UP = sized(3, 0);
export const PAIRS = sized(11, 1);
/** For samples of seconds. */
export const FEWEST = { pairs: FEWEST_PAIRS, warmUp: sized(1, 0) };

/** Garbage of one side is not charged to the other. Needs --expose-gc, which main gives. */
const settle = () => globalThis.gc?.();

async function prepare(run, runIn) {
  settle();
  if (runIn > 0) await run(runIn);
}

/**
 * Things done per second of wall time by `run`, which does `count` of them: for what waits for a disk or for other processes. As many
 * come first that are not counted, unless `runIn` says otherwise: with the garbage a forced collection takes what V8 had compiled for
 * shapes that nothing had just then, and to compile it again is a large part of a short sample.
 */
export async function rate(count, run, runIn = count) {
  await prepare(run, runIn);
  const from = performance.now();
  await run(count);
  return (count * 1_000) / (performance.now() - from);
}

/** The same per second of processor time, all threads counted: for what only computes. Other work on the machine does not show. */
export async function coreRate(count, run, runIn = count) {
  await prepare(run, runIn);
  const from = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(from);
  return (count * 1_000_000) / (user + system);
}

/** `runIn` of what can be done once. */
export const NO_RUN_IN = 0;

/** Each of `sides` is a function that resolves with one sample. Who begins changes with each round. */
export async function interleave(sides, { pairs = PAIRS, warmUp = WARM_UP } = {}) {
  const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = -warmUp; round < pairs; round += 1) {
    const order = Object.entries(sides);
    if (round % 2 !== 0) order.reverse();
    for (const [name, sample] of order) {
      const value = await sample();
      if (round >= 0) samples[name].push(value);
    }
  }
  return samples;
}
