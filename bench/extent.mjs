// How much a row does: in full, or with `--smoke` as little as shows that it still runs. The figures of the latter say nothing.
const SMOKE = 'TROUPE_BENCH_SMOKE';

// What the command starts has it from the environment.
if (process.argv.includes('--smoke')) process.env[SMOKE] = '1';

export const isSmoke = process.env[SMOKE] !== undefined;

/** A count of a row. The smaller one keeps what the row relies on: which count divides another, which is the greater. */
export const sized = (full, smallest) => (isSmoke ? smallest : full);
