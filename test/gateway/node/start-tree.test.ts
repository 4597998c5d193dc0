import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { startTree } from '../../../gateway/node/start-tree.ts';
import { createSystem, memoryJournal, SimulatedClock } from '../../../runtime/index.ts';
import { supervisor, worker } from '../../../supervisors/index.ts';
import { FaultyJournal } from '../../support/faulty-journal.ts';
import { settle } from '../../support/settle.ts';

const idle = setup({}).createMachine({ context: {} });

/** A tree on a disk that takes none of so many first writes. */
async function onFullDisk(writes: number) {
  const clock = new SimulatedClock();
  const journal = new FaultyJournal(memoryJournal());
  journal.failNext(...Array.from({ length: writes }, () => 'refused' as const));
  const root = supervisor({ children: [worker('a', idle, { durable: true })] });
  const system = await createSystem({ name: 'test', clock, journal, root });
  const told: string[] = [];
  const asked = new AbortController();
  const log = { warn: (_: object, text?: string) => void told.push(text ?? '') };
  const start = startTree({ system, clock, log: log as never, signal: asked.signal });
  const outcome = start.then(
    () => 'started',
    (error: { code?: string }) => error.code,
  );
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  return { system, asked, outcome, told, pass };
}

describe('a tree whose journal takes no writes', () => {
  it('says once why it does not come up, and comes up by itself when it can', async () => {
    const { system, outcome, told, pass } = await onFullDisk(8);
    for (let n = 0; n < 120; n += 1) await pass(1_000);
    expect(await outcome).toBe('started');
    expect(told).toEqual([expect.stringMatching(/^the node does not start yet: the journal takes no writes \(planned: refused\)/)]);
    await system.stop();
  });

  it('hears whoever asks for an end, and can be stopped', async () => {
    const { system, asked, outcome, pass } = await onFullDisk(1_000);
    for (let n = 0; n < 5; n += 1) await pass(1_000);
    asked.abort('SIGTERM');
    await pass(1_000);
    expect(await outcome).toBe('NodeStopped');
    const stopped = system.stop();
    for (let n = 0; n < 60; n += 1) await pass(1_000);
    await stopped;
  });
});
