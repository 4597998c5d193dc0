// How a journal begins and ends: nodes come one after the other, and each learns how the one before ended.
import { describe, expect, it } from 'vitest';
import { CHAIN_START } from '../../../runtime/index.ts';
import { actorRow } from '../../support/commit-batches.ts';
import { type JournalPlace, nodesOver } from './opened-journal.ts';

export function openingContract(name: string, place: () => JournalPlace): void {
  const opened = nodesOver(place);

  describe(`${name}: opening`, () => {
    it('starts with nothing, under the first node epoch, after a clean stop', async () => {
      const { first } = await opened();
      expect(first).toEqual({
        era: expect.stringMatching(/^[0-9a-f]{8}$/),
        nodeEpoch: 1,
        lastBatch: 0,
        lastHash: CHAIN_START,
        counters: { mail: 0, fact: 0, effect: 0, child: 0, deadLetter: 0, incarnation: 0 },
        cleanStop: true,
        uncleanStops: 0,
        suspects: {},
        stepping: null,
      });
    });

    it('goes on where the node before ended, under the next node epoch and the same era', async () => {
      const node = await opened();
      await node.commit({ facts: ['a'], counters: { mail: 7, incarnation: 3 } });
      await node.journal.close();
      const next = await opened(node.over);
      expect(next.first).toEqual({ ...node.head(), nodeEpoch: 2, cleanStop: true });
    });

    it('tells a crash from a clean stop (K29)', async () => {
      const crashed = await opened();
      const after = await opened(crashed.over);
      expect(after.first.cleanStop).toBe(false);
      await after.journal.close();
      expect((await opened(crashed.over)).first.cleanStop).toBe(true);
    });

    it('counts nodes in a row that did not close in order, until one does or has run long enough (K29)', async () => {
      const over = place();
      for (const count of [0, 1, 2]) expect((await opened(over)).first).toMatchObject({ uncleanStops: count });
      const steady = await opened(over);
      expect(steady.first.uncleanStops).toBe(3);
      await steady.commit({ steady: true });
      expect((await steady.journal.recover()).uncleanStops).toBe(0);
      const next = await opened(over);
      expect(next.first.uncleanStops).toBe(1);
      await next.journal.close();
      expect((await opened(over)).first.uncleanStops).toBe(0);
    });

    it('keeps what is suspected of ending the process, until it is told otherwise (K12)', async () => {
      const node = await opened();
      await node.commit({ suspects: { 'timer a': 2 } });
      await node.commit();
      const next = await opened(node.over);
      expect(next.first.suspects).toEqual({ 'timer a': 2 });
      await next.commit({ suspects: {} });
      expect((await opened(node.over)).first.suspects).toEqual({});
    });

    it('tells the next node what was being stepped when the one before died, and nothing older (K12)', async () => {
      const first = await opened();
      first.journal.mark('message 7');
      first.journal.mark(null);
      first.journal.mark('message 8');
      const second = await opened(first.over);
      first.journal.mark('message 9');
      second.journal.mark('message 10');
      second.journal.mark(null);
      const third = await opened(second.over);
      third.journal.mark('message 11');
      await third.journal.close();
      const fourth = await opened(third.over);
      const fifth = await opened(fourth.over);
      expect([first, second, third, fourth, fifth].map((node) => node.first.stepping)).toEqual([null, 'message 8', null, null, null]);
    });

    it('fences the node before: its writes, its recovery and its clean stop count no more (K33)', async () => {
      const old = await opened();
      await old.commit();
      const newer = await opened(old.over);
      await expect(old.commit({ actors: { put: [actorRow('a')], remove: [] } })).rejects.toMatchObject({ name: 'JournalFailure', kind: 'fenced', outcome: 'failed' });
      await expect(old.journal.recover()).rejects.toMatchObject({ kind: 'fenced' });
      await old.journal.close();
      await newer.commit();
      expect(await newer.journal.addresses()).toEqual([]);
      expect((await opened(old.over)).first.cleanStop).toBe(false);
    });

    it('refuses everything once closed, and closes twice without harm', async () => {
      const { journal, commit } = await opened();
      await journal.close();
      await journal.close();
      await expect(commit()).rejects.toMatchObject({ kind: 'environment', outcome: 'failed' });
      await expect(journal.recover()).rejects.toMatchObject({ kind: 'environment' });
      await expect(journal.load('a')).rejects.toMatchObject({ kind: 'environment' });
    });
  });
}
