import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { plantedFolder, runSimulator, simulatorFolder } from './simulator-process.ts';

/** What `npm test` spends on a kernel that is right. */
const BUDGET = 1_500;

let simulator: ReturnType<typeof simulatorFolder>;
beforeAll(() => {
  simulator = simulatorFolder();
});
afterAll(() => simulator.remove());

describe('a kernel that is wrong on purpose', () => {
  it.each(PLANTED_BUGS)('is found out when it $name', async (bug) => {
    const folder = plantedFolder(simulator.folder, bug);
    const { status, output, lastLine } = await runSimulator(folder, '--seed', '1', '--runs', String(BUDGET), '--first');
    const [, runs = '0'] = /^runs (\d+) violations [1-9]\d*$/.exec(lastLine) ?? [];
    console.log(`${bug.name}: found after ${runs} runs`);
    expect(status).toBe(1);
    const violated = [...output.matchAll(/^seed \d+ violates (\S+):/gm)].map(([, guarantee]) => guarantee);
    expect(bug.breaks).toContain(violated.find((guarantee) => bug.breaks.includes(guarantee ?? '')) ?? violated[0]);
    // The trace is there, from the first line to what was violated.
    expect(output).toMatch(/^ +0\.000 weather /m);
    expect(output).toMatch(/VIOLATION/);
  });
});
