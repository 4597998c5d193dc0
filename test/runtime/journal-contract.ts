// What every journal promises, whatever holds its rows. A test file runs it over one implementation.
import { describe, expect, it } from 'vitest';
import { CHAIN_START, type CommitBatch, type Journal, type JournalHead, type Priority, verifyJournal } from '../../runtime/index.ts';
import { actorRow, childRow, effectRow, envelope, headAfter, mailRow, nextBatch, receiptRow, tieRow, timerRow } from '../support/commit-batches.ts';

/** One store; each journal over it is a node that comes after the one before, whether that closed or crashed. */
export interface JournalPlace {
  journal(): Journal;
}

type Changes = Parameters<typeof nextBatch>[1];
const ALL = { after: 0, limit: 1_000 };

export function journalContract(name: string, place: () => JournalPlace): void {
  /** A node over a fresh store, and how it writes. */
  async function opened(over = place()) {
    const journal = over.journal();
    let head: JournalHead = await journal.open();
    return {
      over,
      journal,
      first: head,
      head: () => head,
      async commit(changes: Changes = {}): Promise<CommitBatch> {
        const batch = nextBatch(head, changes);
        await journal.commit(batch);
        head = headAfter(head, batch);
        return batch;
      },
    };
  }

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
