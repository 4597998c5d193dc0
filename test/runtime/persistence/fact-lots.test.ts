// Facts of a batch with many stand in one row: read in pages they are what was written, they are dropped by their numbers, and whatever is
// changed in such a row is found and named.
import '../../support/fixed-seed.ts';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainVerdict, type FactRow, type JournalHead, sqliteJournal, verifyJournal } from '../../../runtime/index.ts';
import { readOnlyJournal } from '../../../runtime/persistence/index.ts';
import { headAfter, nextBatch } from '../../support/commit-batches.ts';
import { count } from '../../support/length.ts';
import { privateFolder } from '../../support/private-folder.ts';

interface Written {
  readonly dir: string;
  readonly facts: readonly FactRow[];
}

/** Batches with so many facts each. */
async function written(sizes: readonly number[], word = 'w'): Promise<Written> {
  const dir = privateFolder();
  const journal = sqliteJournal({ dir, synchronous: 'OFF' });
  let head: JournalHead = await journal.open();
  const facts: FactRow[] = [];
  for (const size of sizes) {
    const batch = nextBatch(head, { facts: Array.from({ length: size }, (_, n) => ({ seq: facts.length + n + 1, word: `${word}ü"\n` })) });
    await journal.commit(batch);
    facts.push(...batch.facts);
    head = headAfter(head, batch);
  }
  await journal.close();
  return { dir, facts };
}

const opened = (dir: string): Database.Database => new Database(join(dir, 'shared_inbox.db'));

/** By the texts of whole batches, and fact by fact: both say the same. */
async function verdictOf(dir: string): Promise<ChainVerdict> {
  const journal = readOnlyJournal(dir);
  try {
    const verdict = await verifyJournal(journal);
    const { chain, facts, chainStart } = journal;
    expect(await verifyJournal({ chain, facts, ...(chainStart === undefined ? {} : { chainStart }) })).toEqual(verdict);
    return verdict;
  } finally {
    journal.close();
  }
}

const rowsIn = (dir: string): number => {
  const db = opened(dir);
  const rows = db.prepare('SELECT count(*) FROM facts').pluck().get() as number;
  db.close();
  return rows;
};

describe('facts of a batch with many', () => {
  it('are one row, those of a batch with few one each', async () => {
    const { dir } = await written([31, 32, 400, 1]);
    expect(rowsIn(dir)).toBe(31 + 1 + 1 + 1);
    expect(await verdictOf(dir)).toMatchObject({ ok: true, facts: 464 });
  });

  it('are one each where their text would be large', async () => {
    const { dir, facts } = await written([40], 'w'.repeat(30_000));
    expect(rowsIn(dir)).toBe(40);
    const journal = readOnlyJournal(dir);
    expect(await journal.facts({ after: 0, limit: 100 })).toEqual(facts);
    journal.close();
  });

  it('are read in pages as they were written, from wherever on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 }), fc.nat(250), fc.integer({ min: 1, max: 100 }), async (sizes, after, limit) => {
        const { dir, facts } = await written(sizes);
        const journal = readOnlyJournal(dir);
        expect(await journal.facts({ after, limit })).toEqual(facts.slice(after, after + limit));
        journal.close();
      }),
      { numRuns: count(15, 200) },
    );
  });

  it('are dropped up to a batch, so many at most at a time', async () => {
    const { dir } = await written([40, 2, 50, 3]);
    const journal = sqliteJournal({ dir, synchronous: 'OFF' });
    await journal.open();
    const cut = (await journal.chain({ after: 0, limit: 10 }))[2];
    const upTo = { fact: 92, batch: cut?.batch ?? 0, hash: cut?.hash ?? '' };
    expect(await journal.dropFacts?.(upTo, 41)).toBe(false);
    expect((await journal.facts({ after: 0, limit: 1 }))[0]?.seq).toBe(42);
    expect(await journal.dropFacts?.(upTo, 41)).toBe(true);
    expect((await journal.facts({ after: 0, limit: 10 })).map(({ seq }) => seq)).toEqual([93, 94, 95]);
    await journal.close();
    expect(await verdictOf(dir)).toMatchObject({ ok: true, facts: 95 });
  });
});

/** The second batch is a lot, of the facts 3 to 42, and so is the third, of 43 to 92. Each changes the second. */
const FIRST = 3;
const LAST = 42;
const lines = (change: (lines: string[], at: number) => void) => (db: Database.Database, seq: number) => {
  const text = (db.prepare('SELECT body FROM facts WHERE seq = ?').pluck().get(FIRST) as string).split('\n');
  change(text, 1 + (seq - FIRST) * 2);
  db.prepare('UPDATE facts SET body = ? WHERE seq = ?').run(text.join('\n'), FIRST);
};
const column = (name: string, value: string) => (db: Database.Database) => void db.exec(`UPDATE facts SET ${name} = ${value} WHERE seq = ${FIRST}`);

const OF_ONE: ReadonlyArray<[string, (db: Database.Database, seq: number) => void]> = [
  ['a character of a kind', lines((text, at) => void text.splice(at, 1, 'n0ted'))],
  ['a character of a body', lines((text, at) => void text.splice(at + 1, 1, (text[at + 1] ?? '').replace('w', 'v')))],
  ['a fact put in', lines((text, at) => void text.splice(at, 0, 'noted', '{"put":"in"}'))],
  ['a fact removed, those behind it moved up', lines((text, at) => void text.splice(at, 2))],
  ['a kind that takes the beginning of its body', lines((text, at) => void text.splice(at, 2, 'noted', '{', (text[at + 1] ?? '').slice(1)))],
];
const OF_ALL: ReadonlyArray<[string, (db: Database.Database, seq: number) => void]> = [
  ['its time', column('at', 'at + 0.25')],
  ['its batch', column('batch', 'batch + 50')],
  ['its number', column('seq', '1000')],
  ['its kind', column('kind', "'noted'")],
  ['its text taken away', column('body', "''")],
  ['its removal', (db) => void db.exec(`DELETE FROM facts WHERE seq = ${FIRST}`)],
];

describe('a row of many facts in which somebody has changed', () => {
  it.each(OF_ONE)('%s is shown, and that fact is named', async (_what, plant) => {
    for (const seq of [FIRST, 20, LAST]) {
      const { dir } = await written([2, 40, 50]);
      const db = opened(dir);
      plant(db, seq);
      db.close();
      expect(await verdictOf(dir)).toMatchObject({ ok: false, firstFact: seq, lastFact: seq });
    }
  });

  it.each(OF_ALL)('%s is shown, and its first fact is named', async (_what, plant) => {
    const { dir } = await written([2, 40, 50]);
    const db = opened(dir);
    plant(db, FIRST);
    db.close();
    expect(await verdictOf(dir)).toMatchObject({ ok: false, firstFact: FIRST, lastFact: FIRST });
  });

  it.each([
    ['of another batch, that number', [2, 40, 50]],
    ['at the end, that number', [2, 40]],
    ['of a batch with few, that number', [2, 40, 3, 50]],
  ])('what stands behind its last one is shown: before one %s is named', async (_what, sizes) => {
    const { dir } = await written(sizes);
    const db = opened(dir);
    db.exec(`UPDATE facts SET body = body || char(10) || 'noted' || char(10) || '{}' WHERE seq = ${FIRST}`);
    db.close();
    expect(await verdictOf(dir)).toMatchObject({ ok: false, firstFact: LAST + 1, lastFact: LAST + 1 });
  });

  it('the order of two facts is shown, and the first of them is named', async () => {
    const { dir } = await written([2, 40, 50]);
    const db = opened(dir);
    lines((text, at) => text.splice(at, 4, ...text.slice(at + 2, at + 4), ...text.slice(at, at + 2)))(db, 17);
    db.close();
    expect(await verdictOf(dir)).toMatchObject({ ok: false, firstFact: 17, lastFact: 17 });
  });
});
