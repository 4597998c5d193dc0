import { describe, expect, it, onTestFinished } from 'vitest';
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import { count, randomFrom, SEED } from '../support/length.ts';
import { nodePlace, up } from '../support/node-process.ts';
import { clientOf, LedgerRun } from './ledger-run.ts';

const KILLS = count(30, 150);
const TASKS = count(40, 150);
/** Between two kills, at most. Supervisors bear so many deaths of one kind a minute; these are spread over many. */
const LONGEST_PAUSE_MS = 600;
const STEP_MS = Math.ceil((KILLS * (LONGEST_PAUSE_MS / 2) * 9) / TASKS);
const END_MS = count(120_000, 600_000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGSTOP'] as const;

/** An actor of the plan that lives at present, at random: the plan, a task, a request, an agent, the router. */
async function anyActor(run: LedgerRun, client: ReturnType<typeof clientOf>, random: () => number): Promise<string> {
  const { tree } = await client.call<{ tree: ReadonlyArray<{ id: string; children: ReadonlyArray<{ address: string }> }> }>('actor.tree');
  const living = tree.filter(({ id }) => ['plans', 'tasks', 'requests', 'agents'].includes(id)).flatMap(({ children }) => children.map(({ address }) => address));
  const all = ['router', `plans/${run.plan}`, ...living];
  return all[Math.floor(random() * all.length)] ?? 'router';
}

/** A host that is stopped answers no heartbeat: its node ends it. One that is killed is gone at once. */
async function strikeSession(client: ReturnType<typeof clientOf>, random: () => number): Promise<void> {
  const { items } = await client.call<{ items: readonly AgentReport[] }>('agent.list');
  const pids = items.flatMap(({ session }) => session?.pid ?? []);
  const pid = pids[Math.floor(random() * pids.length)];
  if (pid === undefined) return;
  try {
    process.kill(pid, SIGNALS[Math.floor(random() * SIGNALS.length)]);
  } catch {
    // Gone meanwhile.
  }
}

describe('a plan whose sessions and actors are killed again and again', () => {
  it('runs each task once, or as often as it may be; what was cut off and may not be repeated waits, and is resolved (G2, G4, G6, G8)', async () => {
    const random = randomFrom(SEED);
    const place = await nodePlace();
    onTestFinished(place.close);
    const node = await up(place);
    const client = clientOf(place);
    const run = await LedgerRun.begin(place, { tasks: TASKS, stepMs: STEP_MS, withinMs: END_MS });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await pause(random() * LONGEST_PAUSE_MS);
      if (random() < 0.3) await strikeSession(client, random);
      else await client.call('actor.kill', { address: await anyActor(run, client, random) }).catch(() => undefined);
    }
    await run.resolve(await run.settle());
    const dead = await client.call<{ items: ReadonlyArray<{ reason: string; type?: string }> }>('deadletter.list', { limit: 500 });
    expect(dead.items.filter(({ reason }) => reason === 'poisoned')).toEqual([]);
    await node.stop();
    expect(place.left()).toEqual([]);
  });
});
