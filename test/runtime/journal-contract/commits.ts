// What a commit writes, whole or not at all.
import { describe, expect, it } from 'vitest';
import type { CommitBatch } from '../../../runtime/index.ts';
import { actorRow, childRow, effectRow, envelope, mailRow, nextBatch, receiptRow, tieRow, timerRow } from '../../support/commit-batches.ts';
import { ALL, type Changes, type JournalPlace, nodesOver } from './opened-journal.ts';

export function commitContract(name: string, place: () => JournalPlace): void {
  const opened = nodesOver(place);

  describe(`${name}: a commit`, () => {
    it('writes every kind of row, and reads it back after a crash as it was', async () => {
      const node = await opened();
      const actor = actorRow('agents/a', { status: 'quarantined', poisoned: 2 });
      const mail = mailRow(4, 'agents/a', { state: 'postponed', attempts: 2 });
      const timer = timerRow('agents/a', 'xstate.after.1');
      const effect = effectRow('agents/a/1/e/1', 'agents/a', 1, { state: 'settled', outcome: 'failed', result: '{"n":1}', idempotent: true });
      const receipt = receiptRow('agents/a', 'order-7', { reply: '{"value":1}' });
      const letter = { seq: 1, reason: 'poisoned', detail: 'Error: boom', at: 7_000.5, envelope: envelope('agents/a') } as const;
      await node.commit({
        actors: { put: [actor], remove: [] },
        mail: { put: [mail], remove: [] },
        timers: { put: [timer], remove: [] },
        effects: { put: [effect], remove: [] },
        children: { put: [childRow('tasks', 't1', 1)], remove: [] },
        ties: { put: [tieRow('monitor', 'agents/a', 'b')], remove: [] },
        receipts: { put: [receipt], expiredBefore: null },
        deadLetters: [letter],
        facts: [{ n: 1 }],
      });
      const { journal } = await opened(node.over);
      expect(await journal.load('agents/a')).toEqual({ actor, mail: [mail], timers: [timer], effects: [effect] });
      expect(await journal.children('tasks', ALL)).toEqual([childRow('tasks', 't1', 1)]);
      expect(await journal.ties()).toEqual([tieRow('monitor', 'agents/a', 'b')]);
      expect(await journal.receipt('agents/a', 'order-7')).toEqual(receipt);
      expect(await journal.deadLetters(ALL)).toEqual([letter]);
      expect(await journal.facts(ALL)).toEqual([{ seq: 1, batch: 1, at: 5_000.25, kind: 'noted', body: '{"n":1}' }]);
    });

    it('replaces rows of the same key', async () => {
      const { journal, commit } = await opened();
      const rows = (n: number): Changes => ({
        actors: { put: [actorRow('a', { step: n })], remove: [] },
        mail: { put: [mailRow(1, 'a', { attempts: n })], remove: [] },
        timers: { put: [timerRow('a', 'k', { generation: n })], remove: [] },
        effects: { put: [effectRow('e', 'a', 1, { result: String(n) })], remove: [] },
        receipts: { put: [receiptRow('a', 'r', { reply: String(n) })], expiredBefore: null },
      });
      await commit(rows(1));
      await commit(rows(2));
      expect(await journal.load('a')).toMatchObject({ actor: { step: 2 }, mail: [{ attempts: 2 }], timers: [{ generation: 2 }], effects: [{ result: '2' }] });
      expect(await journal.receipt('a', 'r')).toMatchObject({ reply: '2' });
    });

    it('applies removals before puts, table by table', async () => {
      const { journal, commit } = await opened();
      const put: Changes = {
        actors: { put: [actorRow('a')], remove: ['a'] },
        mail: { put: [mailRow(1, 'a')], remove: [1] },
        timers: { put: [timerRow('a', 'k')], remove: [{ address: 'a', key: 'k' }] },
        effects: { put: [effectRow('e', 'a', 1)], remove: ['e'] },
        children: { put: [childRow('p', 'c', 1)], remove: [{ parent: 'p', id: 'c' }] },
        ties: { put: [tieRow('name', 'a', 'n')], remove: [tieRow('name', 'a', 'n')] },
        receipts: { put: [receiptRow('a', 'r', { expiresAt: 10 })], expiredBefore: 20 },
      };
      await commit(put);
      await commit(put);
      expect(await journal.load('a')).toMatchObject({ actor: { address: 'a' }, mail: [{ seq: 1 }], timers: [{ key: 'k' }], effects: [{ key: 'e' }] });
      expect(await journal.children('p', ALL)).toHaveLength(1);
      expect(await journal.ties()).toHaveLength(1);
      expect(await journal.receipt('a', 'r')).toBeDefined();
    });

    it('says how many children are new, however many rows it writes: one that is there is left as it is', async () => {
      const { journal, commit, head } = await opened();
      await commit({ children: { put: [childRow('p', 'c3', 1), childRow('p', 'c17', 2)], remove: [] } });
      const rows = Array.from({ length: 40 }, (_, at) => childRow('p', `c${at}`, at + 3));
      expect(await journal.commit(nextBatch(head(), { children: { put: rows, remove: [] } }))).toBe(38);
      expect((await journal.children('p', ALL)).filter(({ seq }) => seq < 3).map(({ id }) => id)).toEqual(['c3', 'c17']);
    });

    it('removes what it names and nothing else', async () => {
      const { journal, commit } = await opened();
      await commit({
        actors: { put: [actorRow('a'), actorRow('b')], remove: [] },
        mail: { put: [mailRow(1, 'a'), mailRow(2, 'b')], remove: [] },
        timers: { put: [timerRow('a', 'k'), timerRow('a', 'l'), timerRow('b', 'k')], remove: [] },
        effects: { put: [effectRow('e1', 'a', 1), effectRow('e2', 'b', 2)], remove: [] },
        children: { put: [childRow('p', 'c', 1), childRow('p', 'd', 2), childRow('q', 'c', 3)], remove: [] },
        ties: { put: [tieRow('link', 'a', 'b'), tieRow('link', 'b', 'a'), tieRow('monitor', 'a', 'b')], remove: [] },
      });
      await commit({
        actors: { put: [], remove: ['a', 'missing'] },
        mail: { put: [], remove: [1, 99] },
        timers: { put: [], remove: [{ address: 'a', key: 'k' }] },
        effects: { put: [], remove: ['e1'] },
        children: { put: [], remove: [{ parent: 'p', id: 'c' }] },
        ties: { put: [], remove: [tieRow('link', 'a', 'b'), tieRow('group', 'a', 'b')] },
      });
      expect(await journal.load('a')).toMatchObject({ actor: null, mail: [], timers: [{ key: 'l' }], effects: [] });
      expect(await journal.load('b')).toMatchObject({ actor: { address: 'b' }, mail: [{ seq: 2 }], timers: [{ key: 'k' }], effects: [{ key: 'e2' }] });
      expect(await journal.ties()).toEqual([tieRow('link', 'b', 'a'), tieRow('monitor', 'a', 'b')]);
      expect(await journal.child('p', 'c')).toBeUndefined();
      expect(await journal.child('q', 'c')).toEqual(childRow('q', 'c', 3));
      expect(await journal.addresses()).toEqual(['a', 'b']);
    });

    it('keeps the alerts that are open, one of each id', async () => {
      const node = await opened();
      const alert = { id: 'quarantine:a', kind: 'quarantine', severity: 'critical', address: 'a', text: 'old', raisedAt: 5.5 } as const;
      const other = { ...alert, id: 'journal', kind: 'journal', address: null };
      await node.commit({ alerts: { put: [alert, other], remove: [] } });
      await node.commit({ alerts: { put: [{ ...alert, text: 'new' }], remove: ['journal', 'missing'] } });
      await node.commit();
      expect(await (await opened(node.over)).journal.alerts()).toEqual([{ ...alert, text: 'new' }]);
    });

    it('drops receipts that expired before the given time', async () => {
      const { journal, commit } = await opened();
      await commit({ receipts: { put: [receiptRow('a', 'old', { expiresAt: 99 }), receiptRow('a', 'edge', { expiresAt: 100 })], expiredBefore: null } });
      await commit({ receipts: { put: [], expiredBefore: 100 } });
      expect(await journal.receipt('a', 'old')).toBeUndefined();
      expect(await journal.receipt('a', 'edge')).toBeDefined();
    });

    it('keeps texts as they are: wide characters, quotes, line ends, NUL, a megabyte', async () => {
      const { journal, commit } = await opened();
      const text = `ü 😀 \u2028 ' " \\ \r\n \u0000 end ${'x'.repeat(1_048_576)}`;
      await commit({
        actors: { put: [actorRow('a', { snapshot: JSON.stringify({ text }) })], remove: [] },
        mail: { put: [mailRow(1, 'a', { envelope: envelope('a', { message: { type: 'T', text, lone: '\ud800' } }) })], remove: [] },
        receipts: { put: [receiptRow('a', "k\u0000 ü'", { reply: text })], expiredBefore: null },
      });
      const image = await journal.load('a');
      expect(JSON.parse(image.actor?.snapshot ?? '')).toEqual({ text });
      expect(image.mail[0]?.envelope.message).toEqual({ type: 'T', text, lone: '\ud800' });
      expect((await journal.receipt('a', "k\u0000 ü'"))?.reply).toBe(text);
      expect(await journal.receipt('a', 'k')).toBeUndefined();
    });

    it('takes hundreds of rows at once', async () => {
      const { journal, commit } = await opened();
      const numbers = Array.from({ length: 600 }, (_, index) => index + 1);
      await commit({
        mail: { put: numbers.map((seq) => mailRow(seq, `a${seq % 7}`)), remove: [] },
        actors: { put: numbers.map((n) => actorRow(`b/${n}`)), remove: [] },
        facts: numbers,
      });
      expect((await journal.load('a3')).mail).toHaveLength(86);
      expect(await journal.addresses()).toHaveLength(607);
      expect(await journal.facts(ALL)).toHaveLength(600);
    });

    it('gives out copies, so that neither side can change what is written', async () => {
      const { journal, commit } = await opened();
      const row = mailRow(1, 'a', { envelope: envelope('a', { message: { type: 'T', list: [1] } }) });
      await commit({ mail: { put: [row], remove: [] } });
      const read = async () => (await journal.load('a')).mail.map((mail) => mail.envelope.message.list as number[]);
      (row.envelope.message.list as number[]).push(2);
      for (const list of await read()) list.push(3);
      expect(await read()).toEqual([[1]]);
    });
  });

  describe(`${name}: a commit that fails`, () => {
    it('is refused unless it is the next one, and then goes on', async () => {
      const { journal, commit, head } = await opened();
      await commit();
      for (const number of [1, 3]) await expect(commit({ number })).rejects.toMatchObject({ kind: 'statement', outcome: 'failed' });
      await commit();
      expect(await journal.recover()).toMatchObject({ lastBatch: 2, nodeEpoch: head().nodeEpoch });
    });

    it('is refused when a counter goes backwards or facts leave a gap (K34)', async () => {
      const { journal, commit, head } = await opened();
      await commit({ facts: ['a', 'b'], counters: { mail: 5, effect: 5, child: 5, deadLetter: 5, incarnation: 5 } });
      for (const counter of ['mail', 'effect', 'child', 'deadLetter', 'incarnation', 'fact']) {
        await expect(commit({ counters: { [counter]: 1 } })).rejects.toMatchObject({ kind: 'statement', outcome: 'failed' });
      }
      const good = nextBatch(head(), { facts: ['c', 'd'] });
      const wrong: Array<Partial<CommitBatch>> = [
        { facts: good.facts.slice(1) },
        { facts: good.facts.toReversed() },
        { facts: [] },
        { chain: null },
        { counters: { ...good.counters, fact: 9 } },
        { counters: { ...good.counters, mail: Number.NaN } },
        { chain: { ...(good.chain as NonNullable<CommitBatch['chain']>), firstFact: 1 } },
      ];
      for (const flaw of wrong) await expect(journal.commit({ ...good, ...flaw })).rejects.toMatchObject({ kind: 'statement', outcome: 'failed' });
      await journal.commit(good);
      expect((await journal.facts(ALL)).map((fact) => fact.seq)).toEqual([1, 2, 3, 4]);
    });

    it('leaves nothing behind when one of its rows cannot be written (K11)', async () => {
      const { journal, commit } = await opened();
      await commit({ actors: { put: [actorRow('a')], remove: [] }, facts: ['a'] });
      const big = mailRow(2, 'a', { envelope: envelope('a', { message: { type: 'T', n: 1n } }) });
      const bad = commit({ actors: { put: [actorRow('b')], remove: ['a'] }, mail: { put: [mailRow(1, 'a'), big], remove: [] }, facts: ['b'] });
      await expect(bad).rejects.toMatchObject({ name: 'JournalFailure', kind: 'statement', outcome: 'failed' });
      expect(await journal.recover()).toMatchObject({ lastBatch: 1, counters: { fact: 1 } });
      expect(await journal.addresses()).toEqual(['a']);
      expect((await journal.load('a')).mail).toEqual([]);
      await commit();
    });

    it('tells what is true afterwards by recovery, under the same node epoch (K10)', async () => {
      const { journal, commit, first, head } = await opened();
      await commit({ facts: ['a'], counters: { mail: 3 } });
      expect(await journal.recover()).toEqual({ ...head(), cleanStop: false });
      expect((await journal.recover()).nodeEpoch).toBe(first.nodeEpoch);
      await commit({ facts: ['b'] });
    });
  });
}
