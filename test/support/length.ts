// How long a suite may be: short counts and a fixed seed in `npm test`, long counts and a random seed in `npm run test:long`.
export const LONG = process.env.TROUPE_TEST_LONG === '1';

/** `short` in `npm test`, `long` in `npm run test:long`. */
export const count = (short: number, long: number): number => (LONG ? long : short);

/** For fast-check, and for generators of our own. */
export const SEED = Number(process.env.TROUPE_TEST_SEED ?? 7);

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
