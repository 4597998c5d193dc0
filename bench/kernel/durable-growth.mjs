// What a long journal costs: the rate of a hot set of 100 actors over 1,000,000 rows of others against the same over 10 rows; and, as a
// report, the rate of 100 actors taken at random from all of them, which are read from the disk first.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem, sqliteJournal } from '../../dist/runtime/index.js';
import { supervisor } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { interleave, rate } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { TICK } from './counter.mjs';
import { poolOf } from './million-pool.mjs';

const ROWS = sized(1_000_000, 1_000);
const FEW = 10;
const ACTORS = sized(100, 10);
const TICKS = sized(100, 2);
/** An odd step meets every index of a power of ten. */
const STRIDE = 7_919;

async function nodeOver(dir, rows) {
  mkdirSync(dir);
  execFileSync(process.execPath, [new URL('million-rows.mjs', import.meta.url).pathname, dir, String(rows)], { stdio: 'inherit' });
  const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children: [poolOf()] }) });
  await system.start();
  for (let hot = 0; hot < ACTORS; hot += 1) await system.startChild('pool', { template: 'counter', id: `hot${hot}`, input: null });
  return system;
}

const tick = (system, ids, count) =>
  Promise.all(
    ids.map(async (id) => {
      const ref = system.ref(`pool/${id}`);
      for (let told = 0; told < count; told += 1) await ref.tell(TICK);
    }),
  );

export const durableGrowth = () =>
  withScratch(async (scratch) => {
    const [many, few] = [await nodeOver(join(scratch, 'many'), ROWS), await nodeOver(join(scratch, 'few'), FEW)];
    const hot = Array.from({ length: ACTORS }, (_, index) => `hot${index}`);
    const hotRate = (system) => () => rate(ACTORS * TICKS, () => tick(system, hot, TICKS));
    const rates = await interleave({ ours: hotRate(many), peer: hotRate(few) });
    let turn = 0;
    const strangers = () => Array.from({ length: ACTORS }, () => `c${String((turn++ * STRIDE) % ROWS).padStart(7, '0')}`);
    const random = await interleave({ ours: () => rate(ACTORS, () => tick(many, strangers(), 1)) });
    await Promise.all([many.stop(), few.stop()]);
    return { 'durable.growth': rates, 'durable.growth.random': { ours: random.ours, peer: rates.peer } };
  });
