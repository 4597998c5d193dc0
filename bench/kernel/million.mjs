// 1,000,000 addressable durable actors on SQLite, of which 10,000 are in memory: what the process holds, what its start takes beyond
// that of a node without any, and how long the first message to an actor takes that is not in memory.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem, sqliteJournal } from '../../dist/runtime/index.js';
import { supervisor } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { median } from '../row-result.mjs';
import { PAIRS } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { poolOf } from './million-pool.mjs';
import { MILLION_LIMITS } from './rows.mjs';

const ACTORS = sized(1_000_000, 1_000);
const RESIDENT = sized(10_000, 100);
const FIRSTS = sized(100, 10);
const AT_ONCE = sized(500, 10);
const MEGABYTE = 1_000_000;

async function startNode(dir) {
  const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children: [poolOf()] }), residency: { maxResident: RESIDENT } });
  const from = performance.now();
  await system.start();
  return { system, ms: performance.now() - from };
}

/** Spread over all of them, each once: an odd step meets every index of a power of ten. */
const addressOf = (turn) => `pool/c${String((turn * 7_919) % ACTORS).padStart(7, '0')}`;

async function startsOf(dir) {
  const times = [];
  for (let start = sized(-1, 0); start < PAIRS; start += 1) {
    const { system, ms } = await startNode(dir);
    await system.stop();
    if (start >= 0) times.push(ms);
  }
  return times;
}

export const million = () =>
  withScratch(async (scratch) => {
    const [empty, full] = ['empty', 'full'].map((name) => join(scratch, name));
    for (const dir of [empty, full]) mkdirSync(dir);
    execFileSync(process.execPath, [new URL('million-rows.mjs', import.meta.url).pathname, full, String(ACTORS)], { stdio: 'inherit' });
    const emptyMs = median(await startsOf(empty));
    // A start that is as fast as an empty one counts as a millisecond: a ratio needs a number.
    const starts = (await startsOf(full)).map((ms) => Math.max(1, ms - emptyMs));
    const { system } = await startNode(full);
    let turn = 0;
    const ask = () => system.ref(addressOf(turn++)).ask({ type: 'ASK' }, { timeoutMs: 60_000 });
    while (turn < RESIDENT) await Promise.all(Array.from({ length: AT_ONCE }, ask));
    const firsts = [];
    const memory = [];
    for (let round = 0; round < PAIRS; round += 1) {
      const times = [];
      for (let one = 0; one < FIRSTS; one += 1) {
        const from = performance.now();
        await ask();
        times.push(performance.now() - from);
      }
      firsts.push(median(times));
      for (let more = 0; more < 2; more += 1) await Promise.all(Array.from({ length: AT_ONCE }, ask));
      const resident = system.countChildren('pool').active;
      if (resident < RESIDENT * 0.9 || resident > RESIDENT * 1.1) throw new Error(`${resident} actors are in memory where ${RESIDENT} should be`);
      memory.push(process.memoryUsage.rss() / MEGABYTE);
    }
    await system.stop();
    const tightest = memory.map((rss, pair) => Math.min(MILLION_LIMITS.rss / rss, MILLION_LIMITS.startMs / starts[pair], MILLION_LIMITS.firstMs / firsts[pair]));
    const million = { ours: tightest, peer: tightest.map(() => 1) };
    return { 'million.rss': { ours: memory }, 'million.start': { ours: starts }, 'million.first': { ours: firsts }, million };
  });
