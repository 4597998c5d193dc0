// What is read of a journal, in which order and how much of it.
import { describe, expect, it } from 'vitest';
import { type Priority, verifyJournal } from '../../../runtime/index.ts';
import { actorRow, childRow, effectRow, envelope, mailRow, timerRow } from '../../support/commit-batches.ts';
import { ALL, type JournalPlace, nodesOver } from './opened-journal.ts';

export function readingContract(name: string, place: () => JournalPlace): void {
  const opened = nodesOver(place);

  describe(`${name}: reading`, () => {
    it('knows nothing of an address that was never written', async () => {
      const { journal } = await opened();
      expect(await journal.load('nobody')).toEqual({ actor: null, mail: [], timers: [], effects: [] });
      expect(await journal.child('p', 'c')).toBeUndefined();
      expect(await journal.receipt('a', 'r')).toBeUndefined();
      expect(await journal.addresses()).toEqual([]);
      expect(await journal.ties()).toEqual([]);
    });

    it('gives mail by arrival, timers by due time, effects and children by start', async () => {
      const { journal, commit } = await opened();
      await commit({
        mail: { put: [mailRow(10, 'a'), mailRow(9, 'a'), mailRow(100, 'a')], remove: [] },
        timers: {
          put: [timerRow('a', 'late', { dueAt: 30 }), timerRow('a', 'y', { dueAt: 20 }), timerRow('a', 'x', { dueAt: 20 }), timerRow('a', 'soon', { dueAt: 3 })],
          remove: [],
        },
        effects: { put: [effectRow('a/10', 'a', 10), effectRow('a/9', 'a', 9)], remove: [] },
        children: { put: [childRow('p', 'z', 1), childRow('p', 'y', 20), childRow('p', 'x', 3)], remove: [] },
      });
      const image = await journal.load('a');
      expect(image.mail.map((row) => row.seq)).toEqual([9, 10, 100]);
      expect(image.timers.map((row) => row.key)).toEqual(['soon', 'x', 'y', 'late']);
      expect(image.effects.map((row) => row.key)).toEqual(['a/9', 'a/10']);
      expect((await journal.children('p', ALL)).map((row) => row.id)).toEqual(['z', 'x', 'y']);
    });

    it('gives mail in slices: control and what is postponed whole, of the other priorities the first and how many are behind them (K21)', async () => {
      const { journal, commit } = await opened();
      const row = (seq: number, priority: Priority, more = {}) => mailRow(seq, 'a', { envelope: envelope('a', { id: `m-${seq}`, priority }), ...more });
      const low = [1, 4, 7, 10, 13].map((seq) => row(seq, 'low'));
      const normal = [2, 5, 8].map((seq) => row(seq, 'normal'));
      const control = [3, 6, 9].map((seq) => row(seq, 'control'));
      const kept = [11, 12, 14].map((seq) => row(seq, 'normal', { state: 'postponed' }));
      await commit({ mail: { put: [...kept, ...control, ...normal, ...low, mailRow(15, 'b')], remove: [] } });
      const slice = { messages: 2, bytes: 1_000_000 };
      const image = await journal.load('a', slice);
      expect(image.mail.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 9, 11, 12, 14]);
      expect(image.unread).toEqual({ rows: { high: 0, normal: 1, low: 3 }, asOf: 1 });
      expect(await journal.mail('a', { priority: 'low', after: 4 }, slice)).toEqual({ rows: low.slice(2, 4), more: true });
      expect(await journal.mail('a', { priority: 'low', after: 10 }, slice)).toEqual({ rows: low.slice(4), more: false });
      expect(await journal.mail('a', { priority: 'normal', after: 8 }, slice)).toEqual({ rows: [], more: false });
      const oneByOne = { messages: 9, bytes: JSON.stringify(low[0]?.envelope).length };
      expect(await journal.mail('a', { priority: 'low', after: 0 }, oneByOne)).toEqual({ rows: low.slice(0, 1), more: true });
      expect(await journal.mail('a', { priority: 'low', after: 0 }, { messages: 9, bytes: 1 })).toEqual({ rows: low.slice(0, 1), more: true });
      expect(await journal.load('a')).toMatchObject({ mail: { length: 14 } });
      expect(await journal.load('a')).not.toHaveProperty('unread');
    });

    it('gives a row to the lane that it is in by now, and finds it by its id there (K6, K22)', async () => {
      const { journal, commit } = await opened();
      const under = (seq: number, id: string, state: 'queued' | 'postponed' = 'queued', priority: Priority = 'normal') =>
        mailRow(seq, 'a', { state, envelope: envelope('a', { id, priority }) });
      await commit({ mail: { put: [under(1, 'x'), under(2, `"'ü`, 'queued', 'low'), under(3, 'x', 'queued', 'control'), mailRow(4, 'b')], remove: [] } });
      expect(await journal.mailUnder('a', 'x')).toEqual([under(1, 'x')]);
      expect(await journal.mailUnder('a', `"'ü`)).toEqual([under(2, `"'ü`, 'queued', 'low')]);
      await commit({ mail: { put: [under(1, 'x', 'postponed')], remove: [] } });
      const all = { messages: 9, bytes: 1_000_000 };
      expect([await journal.mailUnder('a', 'x'), await journal.mail('a', { priority: 'normal', after: 0 }, all)]).toEqual([[], { rows: [], more: false }]);
      await commit({ mail: { put: [under(1, 'x')], remove: [] } });
      expect(await journal.mail('a', { priority: 'normal', after: 0 }, all)).toEqual({ rows: [under(1, 'x')], more: false });
    });

    it('buries unread mail where it is: dead letters in its order, under the numbers kept for them; what came later stays (K26)', async () => {
      const { journal, commit } = await opened();
      const row = (seq: number, to: string, more: Parameters<typeof envelope>[1] = {}) => mailRow(seq, to, { envelope: envelope(to, { id: `m-${seq}`, ...more }) });
      const down = row(4, 'a', { message: { type: 'DOWN', address: 'x' } });
      await commit({ mail: { put: [row(9, 'a'), row(2, 'a', { replyTo: 'ask' }), row(3, 'a'), down, row(5, 'b')], remove: [] } });
      const burial = { address: 'a', upTo: 8, asksOnly: true, reason: 'noproc', detail: 'ended', at: 7_000.5, firstLetter: 4, letters: 3 } as const;
      await commit({ mail: { put: [], remove: [], bury: [burial] }, counters: { deadLetter: 6 } });
      const asked = { seq: 4, reason: 'noproc', detail: 'ended', at: 7_000.5, envelope: row(2, 'a', { replyTo: 'ask' }).envelope };
      expect(await journal.deadLetters(ALL)).toEqual([asked]);
      await commit({ mail: { put: [row(7, 'a')], remove: [], bury: [{ ...burial, asksOnly: false, firstLetter: 7, letters: 2 }] }, counters: { deadLetter: 8 } });
      expect(await journal.deadLetters(ALL)).toEqual([asked, { ...asked, seq: 7, envelope: row(3, 'a').envelope }]);
      expect((await journal.load('a')).mail.map(({ seq }) => seq)).toEqual([7, 9]);
      expect((await journal.load('b')).mail).toHaveLength(1);
    });

    it('buries no more than there are numbers for: the rest stays mail', async () => {
      const { journal, commit } = await opened();
      await commit({ mail: { put: [mailRow(1, 'a'), mailRow(2, 'a'), mailRow(3, 'a')], remove: [] } });
      const burial = { address: 'a', upTo: 9, asksOnly: false, reason: 'noproc', detail: 'ended', at: 1, firstLetter: 1, letters: 2 } as const;
      await commit({ mail: { put: [], remove: [], bury: [burial] }, counters: { deadLetter: 2 } });
      expect([(await journal.deadLetters(ALL)).map(({ seq }) => seq), (await journal.load('a')).mail.map(({ seq }) => seq)]).toEqual([[1, 2], [3]]);
    });

    it('names each address once that has an actor, mail, timers or effects', async () => {
      const { journal, commit } = await opened();
      await commit({
        actors: { put: [actorRow('d'), actorRow('a')], remove: [] },
        mail: { put: [mailRow(1, 'a'), mailRow(2, 'b')], remove: [] },
        timers: { put: [timerRow('c', 'k')], remove: [] },
        effects: { put: [effectRow('e', 'e/1', 1)], remove: [] },
      });
      expect(await journal.addresses()).toEqual(['a', 'b', 'c', 'd', 'e/1']);
    });

    it('pages by number: larger than `after`, at most `limit`', async () => {
      const { journal, commit } = await opened();
      for (const n of [1, 2, 3]) {
        const letters = [2 * n - 1, 2 * n].map((seq) => ({ seq, reason: 'noproc', detail: '', at: 1, envelope: envelope('x') }) as const);
        await commit({ facts: ['a', 'b'], deadLetters: letters, children: { put: [childRow('p', `c${n}`, n * 10)], remove: [] }, counters: { deadLetter: 2 * n, child: n * 10 } });
      }
      const page = { after: 1, limit: 2 };
      expect((await journal.facts(page)).map((row) => row.seq)).toEqual([2, 3]);
      expect((await journal.deadLetters(page)).map((row) => row.seq)).toEqual([2, 3]);
      expect((await journal.chain(page)).map((row) => row.batch)).toEqual([2, 3]);
      expect((await journal.children('p', { after: 10, limit: 1 })).map((row) => row.id)).toEqual(['c2']);
      expect(await journal.facts({ after: 6, limit: 10 })).toEqual([]);
    });

    it('pages addresses by their characters', async () => {
      const { journal, commit } = await opened();
      await commit({ actors: { put: [actorRow('a'), actorRow('p/c'), actorRow('p-c')], remove: [] }, timers: { put: [timerRow('p/b', 'k')], remove: [] } });
      expect(await journal.addresses({ after: 'a', limit: 2 })).toEqual(['p-c', 'p/b']);
      expect(await journal.addresses({ after: 'p/b', limit: 2 })).toEqual(['p/c']);
    });

    it('counts the children of one supervisor, and leaves a child row that is there as it is', async () => {
      const { journal, commit } = await opened();
      await commit({ children: { put: [childRow('p', 'c', 1), childRow('p', 'd', 2), childRow('q', 'c', 3)], remove: [] } });
      await commit({ children: { put: [childRow('p', 'c', 4)], remove: [{ parent: 'p', id: 'd' }] } });
      expect([await journal.countChildren('p'), await journal.countChildren('q'), await journal.countChildren('none')]).toEqual([1, 1, 0]);
      expect(await journal.child('p', 'c')).toEqual(childRow('p', 'c', 1));
    });

    it('names the children that a start must start: those that are awake, have mail or effects, each once', async () => {
      const { journal, commit } = await opened();
      const ids = ['new', 'idle', 'mail', 'effect', 'both'];
      await commit({ children: { put: ids.map((id, index) => childRow('p', id, index + 1)), remove: [] } });
      expect(await journal.wakes('p', { after: '', limit: 10 })).toEqual(['p/both', 'p/effect', 'p/idle', 'p/mail', 'p/new']);
      await commit({
        children: { put: [], remove: [], awake: ids.slice(1).map((id) => ({ parent: 'p', id, awake: false })) },
        mail: { put: [mailRow(1, 'p/mail'), mailRow(2, 'p/mail'), mailRow(3, 'p/both'), mailRow(4, 'p/idle/below'), mailRow(5, 'pp/x')], remove: [] },
        effects: { put: [effectRow('e1', 'p/effect', 1), effectRow('e2', 'p/both', 2)], remove: [] },
        timers: { put: [timerRow('p/idle', 'k')], remove: [] },
      });
      expect(await journal.wakes('p', { after: '', limit: 2 })).toEqual(['p/both', 'p/effect']);
      expect(await journal.wakes('p', { after: 'p/effect', limit: 2 })).toEqual(['p/mail', 'p/new']);
      await commit({ children: { put: [], remove: [], awake: [{ parent: 'p', id: 'idle', awake: true }] } });
      expect(await journal.wakes('p', { after: 'p/effect', limit: 10 })).toEqual(['p/idle', 'p/mail', 'p/new']);
      expect(await journal.child('p', 'idle')).toEqual(childRow('p', 'idle', 2));
    });

    it('gives timers of all actors by due time, address and key, a page at a time', async () => {
      const { journal, commit } = await opened();
      const rows = [timerRow('b', 'k', { dueAt: 20 }), timerRow('a', 'l', { dueAt: 20 }), timerRow('a', 'k', { dueAt: 20 }), timerRow('c', 'k', { dueAt: 10.5 })];
      await commit({ timers: { put: rows, remove: [] } });
      const first = await journal.timers({ after: null, limit: 2 });
      expect(first).toEqual([
        { dueAt: 10.5, address: 'c', key: 'k', delayMs: 0.5 },
        { dueAt: 20, address: 'a', key: 'k', delayMs: 0.5 },
      ]);
      expect((await journal.timers({ after: first[1] ?? null, limit: 9 })).map(({ address, key }) => `${address} ${key}`)).toEqual(['a l', 'b k']);
    });

    it('holds facts whose chain verifies, over several nodes', async () => {
      const node = await opened();
      await node.commit({ facts: ['a', 'b'] });
      await node.commit();
      await node.commit({ facts: [{ c: 'ü' }] });
      const next = await opened(node.over);
      await next.commit({ facts: ['d'] });
      const verdict = await verifyJournal(next.journal);
      expect(verdict).toEqual({ ok: true, facts: 4, lastHash: next.head().lastHash, formerUpTo: 0 });
    });
  });
}
