// What becomes of a journal whose writing thread dies: the outcome of what it had is unknown, and the next recovery starts another one.
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JournalFailure } from '../../../runtime/index.ts';
import { sqliteJournal } from '../../../runtime/persistence/index.ts';
import { actorRow, headAfter, nextBatch } from '../../support/commit-batches.ts';
import { privateFolder } from '../../support/private-folder.ts';

async function opened() {
  const threads: Worker[] = [];
  const note = (thread: Worker) => void threads.push(thread);
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));
  const journal = sqliteJournal({ dir: privateFolder(), synchronous: 'OFF' });
  onTestFinished(() => journal.close());
  const first = await journal.open();
  const batch = nextBatch(first, { actors: { put: [actorRow('a')], remove: [] } });
  await journal.commit(batch);
  return { journal, threads, head: headAfter(first, batch) };
}

describe('a journal whose writing thread dies', () => {
  it('writes nothing until it recovers, reads on, and goes on with another thread', async () => {
    const { journal, threads, head } = await opened();
    await threads[0]?.terminate();
    await expect(journal.commit(nextBatch(head))).rejects.toMatchObject({ name: 'JournalFailure', kind: 'environment', outcome: 'failed' });
    expect(await journal.addresses()).toEqual(['a']);
    expect(await journal.recover()).toMatchObject({ lastBatch: 1, nodeEpoch: head.nodeEpoch });
    await journal.commit(nextBatch(head, { actors: { put: [actorRow('b')], remove: [] } }));
    expect([await journal.addresses(), threads.length]).toEqual([['a', 'b'], 2]);
  });

  it('does not know what became of the batches that it had: recovery says what is true (K10)', async () => {
    const { journal, threads, head } = await opened();
    const rows = (from: number) => ({ actors: { put: Array.from({ length: 2_000 }, (_, n) => actorRow(`row/${from + n}`)), remove: [] } });
    const second = nextBatch(head, rows(0));
    const both = Promise.allSettled([journal.commit(second), journal.commit(nextBatch(headAfter(head, second), rows(2_000)))]);
    await threads[0]?.terminate();
    const outcomes = await both;
    const said = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? 'written' : `${(outcome.reason as JournalFailure).kind} ${(outcome.reason as JournalFailure).outcome}`,
    );
    expect(said.filter((word) => word !== 'written' && word !== 'environment unknown')).toEqual([]);
    const { lastBatch } = await journal.recover();
    expect(lastBatch).toBeGreaterThanOrEqual(1 + said.filter((word) => word === 'written').length);
    expect(await journal.addresses()).toHaveLength(1 + 2_000 * (lastBatch - 1));
  });

  it('closes all the same', async () => {
    const { journal, threads } = await opened();
    await threads[0]?.terminate();
    await journal.close();
    await expect(journal.load('a')).rejects.toMatchObject({ kind: 'environment' });
  });
});
