import { describe, expect, it, onTestFinished } from 'vitest';
import { count, randomFrom, SEED } from '../support/length.ts';
import { type NodePlace, type NodeProcess, nodePlace, startTroupe, up } from '../support/node-process.ts';
import { LedgerRun } from './ledger-run.ts';

const KILLS = count(8, 25);
const TASKS = count(60, 200);
const AGENTS = 9;
/** Between the node's ready and its death, at most. */
const LONGEST_LIFE_MS = 1_500;
/** Every third death is followed by one of the next node while it still starts. */
const LONGEST_START_MS = 1_200;
/** From one death to the next, about: with what the start takes. */
const CYCLE_MS = count(1_500, 3_000);
/** So long that work is left at the last kill. */
const STEP_MS = Math.ceil((KILLS * CYCLE_MS * AGENTS) / TASKS);
const END_MS = count(120_000, 600_000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills the node at a random moment of its life, perhaps the next one in its start, and starts it again. */
async function killAndGoOn(place: NodePlace, node: NodeProcess, random: () => number, duringStart: boolean): Promise<NodeProcess> {
  await pause(random() * LONGEST_LIFE_MS);
  await node.kill();
  if (duringStart) {
    const half = startTroupe(place, ['up', '--json']);
    await pause(random() * LONGEST_START_MS);
    half.signal('SIGKILL');
    await half.ended(5_000);
  }
  return up(place);
}

/** The most that any agent has lost since. */
function newByAgent(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  const agents = [...after].filter(([id]) => !before.has(id)).map(([, agent]) => agent);
  return Math.max(0, ...agents.map((agent) => agents.filter((one) => one === agent).length));
}

describe.each(['tmux', 'pty'])('a plan whose node is killed again and again, with sessions in %s', (terminal) => {
  it('runs each task once, or as often as it may be; what was cut off and may not be repeated waits, and is resolved (G1, G4)', async () => {
    const random = randomFrom(SEED);
    const place = await nodePlace({ env: { TROUPE_TERMINAL: terminal } });
    onTestFinished(place.close);
    let node = await up(place);
    const run = await LedgerRun.begin(place, { tasks: TASKS, stepMs: STEP_MS, withinMs: END_MS });
    let cutOff: ReadonlyMap<string, string> = new Map();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const duringStart = kill % 3 === 0;
      node = await killAndGoOn(place, node, random, duringStart);
      // What a restored actor says of itself comes with its first steps.
      await pause(300);
      const now = await run.interrupted();
      expect(newByAgent(cutOff, now), 'at most one a busy agent for each death').toBeLessThanOrEqual(duringStart ? 2 : 1);
      cutOff = now;
    }
    expect((await run.report()).status, 'work must be left at the last kill').not.toBe('succeeded');
    await run.resolve(await run.settle());
    await node.stop();
    expect(place.left()).toEqual([]);
  });
});
