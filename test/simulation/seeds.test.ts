import { cpus } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count, LONG, SEED } from '../support/length.ts';
import { FOUND } from './found-seeds.ts';
import { runSimulator, simulatorFolder } from './simulator-process.ts';

const RUNS = count(1_500, 10_000);
const FIRST_SEED = LONG ? SEED : 1;
const PROCESSES = Math.min(2, cpus().length);

let simulator: ReturnType<typeof simulatorFolder>;
beforeAll(() => {
  simulator = simulatorFolder();
});
afterAll(() => simulator.remove());

/** Of a part that failed: what it violated, without the traces. */
const violations = (output: string): string[] => output.split('\n').filter((line) => line.startsWith('seed '));

describe(`a node on a simulated disk, network and clock, over ${RUNS} seeds`, () => {
  it.each(FOUND)('holds G1 to G8 on seed $seed, which once found: $bug', async ({ seed }) => {
    const { output, lastLine } = await runSimulator(simulator.folder, '--seed', String(seed));
    expect([violations(output), lastLine]).toEqual([[], 'runs 1 violations 0']);
  });

  it('holds G1 to G8 over every seed of crashes, torn and lost writes, lying flushes, repeated messages and steps of the clock', async () => {
    const each = RUNS / PROCESSES;
    const parts = Array.from({ length: PROCESSES }, (_, part) => runSimulator(simulator.folder, '--seed', String(FIRST_SEED + part * each), '--runs', String(each)));
    for (const { status, output, lastLine } of await Promise.all(parts)) {
      expect(violations(output)).toEqual([]);
      expect([status, lastLine]).toEqual([0, `runs ${each} violations 0`]);
    }
  });

  it('does the same again on the same seed, to the last line of its trace', async () => {
    const traced = (seed: number): Promise<string> => runSimulator(simulator.folder, '--seed', String(seed), '--runs', '12', '--trace').then(({ output }) => output);
    const [first, again, other] = await Promise.all([traced(1), traced(1), traced(100)]);
    expect(first?.split('\n').length).toBeGreaterThan(1_000);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});
