// Alterations of a journal's file by hand, one at a time: whatever was done to which column of which row, the verification names that record.
import '../../support/fixed-seed.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formerBatchHash } from '../../../runtime/former-chain.ts';
import { CHAIN_START, type ChainRow, type ChainVerdict, chainFacts, type FactRow, verifyJournal } from '../../../runtime/index.ts';
import { readOnlyJournal, sqliteJournal } from '../../../runtime/persistence/index.ts';
import { count } from '../../support/length.ts';
import { privateFolder } from '../../support/private-folder.ts';

interface Written {
  readonly facts: readonly FactRow[];
  readonly chain: readonly ChainRow[];
}

/** Batches with gaps between their numbers, with as many facts each. Bodies differ. The first `hashed` are of a version that kept a hash of each fact. */
function written(sizes: readonly number[], times: number, hashed = 0): Written {
  const facts: FactRow[] = [];
  const chain: ChainRow[] = [];
  sizes.forEach((size, index) => {
    const batch = index * 2 + 1;
    const own = Array.from({ length: size }, (_, n): FactRow => {
      const seq = facts.length + n + 1;
      return { seq, batch, at: times + index * 0.25, kind: n % 3 === 0 ? 'noted' : 'request.é', body: JSON.stringify({ seq, word: `w${'ü'.repeat(n % 4)}` }) };
    });
    chain.push(chainFacts(chain.at(-1)?.hash ?? CHAIN_START, batch, own, index < hashed));
    facts.push(...own);
  });
  return { facts, chain };
}

async function fileOf({ facts, chain }: Written, dir: string): Promise<Database.Database> {
  const file = join(dir, 'shared_inbox.db');
  if (!existsSync(file)) {
    const journal = sqliteJournal({ dir, synchronous: 'OFF' });
    await journal.open();
    await journal.close();
  }
  const db = new Database(file);
  db.pragma('synchronous = OFF');
  db.exec('DELETE FROM facts; DELETE FROM chain');
  const [fact, row] = [db.prepare('INSERT INTO facts VALUES (?,?,?,?,?)'), db.prepare('INSERT INTO chain VALUES (?,?,?,?,?)')];
  db.transaction(() => {
    for (const { seq, batch, at, kind, body } of facts) fact.run(seq, batch, at, kind, body);
    for (const { batch, firstFact, lastFact, hash, factHashes } of chain) row.run(batch, firstFact, lastFact, hash, factHashes);
  })();
  return db;
}

/** By the texts of whole batches, and fact by fact: both say the same. */
async function verdictOf(dir: string): Promise<ChainVerdict> {
  const journal = readOnlyJournal(dir);
  try {
    const verdict = await verifyJournal(journal);
    expect(await verifyJournal({ chain: journal.chain, facts: journal.facts })).toEqual(verdict);
    return verdict;
  } finally {
    journal.close();
  }
}

interface Named {
  readonly firstFact: number;
  readonly lastFact: number;
}
interface Planted {
  readonly what: string;
  /** Undefined where it cannot be done to these rows. */
  readonly plant: (db: Database.Database, rows: Written, fact: FactRow, row: ChainRow) => Named | undefined;
}

const one = (seq: number): Named => ({ firstFact: seq, lastFact: seq });
/** How long a mark is, or a hash of an earlier version, and where they begin. */
const placesOf = ({ factHashes }: ChainRow): { readonly from: number; readonly length: number } =>
  factHashes?.startsWith('.') === true ? { from: 1, length: 8 } : { from: 0, length: 22 };
const all = ({ firstFact, lastFact }: ChainRow): Named => ({ firstFact, lastFact });
/** Of two changes at once. */
const both = (_first: Named, named: Named): Named => named;
const set = (db: Database.Database, column: string, value: unknown, { seq }: FactRow): Named => {
  db.prepare(`UPDATE facts SET ${column} = ? WHERE seq = ?`).run(value, seq);
  return one(seq);
};
const setRow = (db: Database.Database, column: string, value: unknown, row: ChainRow): Named => {
  db.prepare(`UPDATE chain SET ${column} = ? WHERE batch = ?`).run(value, row.batch);
  return all(row);
};
const nextDouble = (at: number): number => {
  const bits = new BigInt64Array(new Float64Array([at]).buffer);
  bits[0] = (bits[0] ?? 0n) ^ 1n;
  return new Float64Array(bits.buffer)[0] ?? 0;
};

const PLANTED: readonly Planted[] = [
  { what: 'the least bit of a time', plant: (db, _rows, fact) => set(db, 'at', nextDouble(fact.at), fact) },
  { what: 'a character of a kind', plant: (db, _rows, fact) => set(db, 'kind', `N${fact.kind.slice(1)}`, fact) },
  { what: 'a character of a body', plant: (db, _rows, fact) => set(db, 'body', fact.body.replace('w', 'v'), fact) },
  { what: 'the batch of a fact', plant: (db, _rows, fact) => set(db, 'batch', fact.batch + 1, fact) },
  { what: 'the number of a fact', plant: (db, { facts }, fact) => set(db, 'seq', facts.length + 5, fact) },
  { what: 'a kind that takes the beginning of its body', plant: (db, _rows, fact) => both(set(db, 'kind', `${fact.kind}\n{`, fact), set(db, 'body', fact.body.slice(1), fact)) },
  {
    what: 'a removed fact',
    plant: (db, _rows, { seq }) => {
      db.prepare('DELETE FROM facts WHERE seq = ?').run(seq);
      return one(seq);
    },
  },
  {
    what: 'a removed fact, those behind it moved up',
    plant: (db, _rows, { seq }) => {
      db.prepare('DELETE FROM facts WHERE seq = ?').run(seq);
      db.prepare('UPDATE facts SET seq = -seq + 1 WHERE seq > ?').run(seq);
      db.exec('UPDATE facts SET seq = -seq WHERE seq < 0');
      return one(seq);
    },
  },
  {
    what: 'a fact put in, those behind it moved on',
    plant: (db, _rows, { seq, batch, at }) => {
      db.prepare('UPDATE facts SET seq = -seq - 1 WHERE seq > ?').run(seq);
      db.exec('UPDATE facts SET seq = -seq WHERE seq < 0');
      db.prepare('INSERT INTO facts VALUES (?,?,?,?,?)').run(seq + 1, batch, at, 'noted', '{"put":"in"}');
      return one(seq + 1);
    },
  },
  {
    what: 'two facts swapped',
    plant: (db, { facts }, fact) => {
      const other = facts[fact.seq];
      if (other === undefined) return undefined;
      for (const column of ['kind', 'body'] as const) [set(db, column, other[column], fact), set(db, column, fact[column], other)];
      return one(fact.seq);
    },
  },
  {
    what: 'a fact at the end',
    plant: (db, { facts }, { at }) => {
      db.prepare('INSERT INTO facts VALUES (?,?,?,?,?)').run(facts.length + 1, 99_999, at, 'noted', '{}');
      return one(facts.length + 1);
    },
  },
  { what: 'the number of a batch', plant: (db, _rows, _fact, row) => setRow(db, 'batch', row.batch + 1, row) },
  // That of the last batch cannot be told from its last fact: nothing is chained to it.
  {
    what: 'the hash of a batch',
    plant: (db, { chain }, _fact, row) => both(setRow(db, 'hash', row.hash.replace(/./, 'x'), row), row === chain.at(-1) ? one(row.lastFact) : all(row)),
  },
  { what: 'the first fact of a batch', plant: (db, _rows, _fact, row) => setRow(db, 'first_fact', row.firstFact + 1, row) },
  { what: 'the last fact of a batch', plant: (db, _rows, _fact, row) => ({ ...setRow(db, 'last_fact', row.lastFact + 1, row), lastFact: row.lastFact + 1 }) },
  { what: 'the hashes of facts removed', plant: (db, _rows, _fact, row) => setRow(db, 'fact_hashes', null, row) },
  {
    what: 'a hash cut off',
    plant: (db, _rows, _fact, row) => (row.lastFact === row.firstFact ? undefined : setRow(db, 'fact_hashes', row.factHashes?.slice(0, -placesOf(row).length), row)),
  },
  {
    what: 'the hash of a fact',
    plant: (db, _rows, fact, row) => {
      if (fact.seq === row.lastFact) return undefined;
      const { from, length } = placesOf(row);
      const at = from + (fact.seq - row.firstFact) * length;
      const hashes = row.factHashes ?? '';
      setRow(db, 'fact_hashes', `${hashes.slice(0, at)}~${hashes.slice(at + 1)}`, row);
      return one(fact.seq);
    },
  },
  {
    what: 'what tells marks from hashes',
    plant: (db, _rows, _fact, row) => (row.factHashes?.startsWith('.') !== true ? undefined : setRow(db, 'fact_hashes', `x${row.factHashes?.slice(1)}`, row)),
  },
  { what: 'a mark that stands for nothing', plant: (db, _rows, _fact, row) => (row.lastFact === row.firstFact ? setRow(db, 'fact_hashes', '.', row) : undefined) },
  {
    what: 'a removed row of the chain',
    plant: (db, { chain }, _fact, row) => {
      db.prepare('DELETE FROM chain WHERE batch = ?').run(row.batch);
      return row === chain.at(-1) ? one(row.firstFact) : all(row);
    },
  },
  {
    what: 'a removed batch',
    plant: (db, { chain }, _fact, row) => {
      // A chain that ends earlier is known to signed checkpoints alone.
      if (row === chain.at(-1)) return undefined;
      db.prepare('DELETE FROM chain WHERE batch = ?').run(row.batch);
      db.prepare('DELETE FROM facts WHERE batch = ?').run(row.batch);
      return all(row);
    },
  },
];

const rowsOf = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
  times: fc.constantFrom(0, 0.1, 1_767_225_600_000, 1_767_225_600_000.3),
  hashed: fc.nat(5),
});

describe('a journal in which somebody has changed', () => {
  it.each(PLANTED)('$what is shown, and that record is named', async ({ plant }) => {
    const dir = privateFolder();
    await fc.assert(
      fc.asyncProperty(rowsOf, fc.nat(), async ({ sizes, times, hashed }, pick) => {
        const rows = written(sizes, times, hashed);
        const fact = rows.facts[pick % rows.facts.length] as FactRow;
        const row = rows.chain.find(({ lastFact }) => lastFact >= fact.seq) as ChainRow;
        const db = await fileOf(rows, dir);
        const named = plant(db, rows, fact, row);
        db.close();
        expect(await verdictOf(dir)).toMatchObject(named === undefined ? {} : { ok: false, ...named });
      }),
      { numRuns: count(12, 300) },
    );
  });

  it('nothing is whole, also where a batch is larger than what is read at once', async () => {
    const dir = privateFolder();
    const rows = written([1, 1_203, 2, 500, 501], 1_767_225_600_000);
    (await fileOf(rows, dir)).close();
    expect(await verdictOf(dir)).toEqual({ ok: true, facts: 2_207, lastHash: rows.chain.at(-1)?.hash, formerUpTo: 0 });
    const text = readOnlyJournal(dir);
    for (const row of rows.chain) expect(await text.factsText?.(row)).toBeDefined();
    text.close();
  });

  it('nothing is whole, also where its first batches are of a version that kept a hash of each fact', async () => {
    const dir = privateFolder();
    const rows = written([3, 1, 2, 4], 5, 2);
    (await fileOf(rows, dir)).close();
    expect(rows.chain.map(({ factHashes }) => factHashes?.length)).toEqual([44, 0, 9, 25]);
    expect(await verdictOf(dir)).toMatchObject({ ok: true, facts: 10, formerUpTo: 0 });
  });

  it('a byte that no longer is a character', async () => {
    const dir = privateFolder();
    const db = await fileOf(written([3, 3], 1), dir);
    db.exec("UPDATE facts SET body = CAST(X'22FF22' AS TEXT) WHERE seq = 4");
    db.close();
    expect(await verdictOf(dir)).toMatchObject({ ok: false, firstFact: 4, lastFact: 4 });
  });
});

describe('a journal of a version without hashes of facts', () => {
  const former = async (): Promise<{ readonly dir: string; readonly rows: Written }> => {
    const dir = privateFolder();
    const { facts, chain } = written([1, 3, 2], 1_767_225_600_000);
    let hash = CHAIN_START;
    const rows = chain.map((row) => {
      hash = formerBatchHash(hash, row.batch, facts.slice(row.firstFact - 1, row.lastFact));
      return { ...row, hash, factHashes: null };
    });
    const db = await fileOf({ facts, chain: rows }, dir);
    db.exec(
      'ALTER TABLE chain DROP COLUMN fact_hashes; DROP TABLE chain_start; DROP INDEX mail_by_lane; ALTER TABLE mail DROP COLUMN lane; CREATE INDEX mail_by_address ON mail (address, seq)',
    );
    db.pragma('user_version = 4');
    db.prepare("UPDATE head SET last_batch = ?, last_hash = ?, counters = json_set(counters, '$.fact', ?)").run(rows.at(-1)?.batch, hash, facts.length);
    db.close();
    return { dir, rows: { facts, chain: rows } };
  };

  it('verifies as it lies there, and says up to where it is of that version', async () => {
    const { dir } = await former();
    expect(await verdictOf(dir)).toMatchObject({ ok: true, facts: 6, formerUpTo: 6 });
  });

  it('is migrated when it is opened, goes on, and names an altered fact by its batch where it is old, alone where it is new', async () => {
    const { dir } = await former();
    const journal = sqliteJournal({ dir, synchronous: 'OFF' });
    const head = await journal.open();
    const facts = [7, 8].map((seq): FactRow => ({ seq, batch: head.lastBatch + 1, at: 5, kind: 'noted', body: `{"n":${seq}}` }));
    const none = { put: [], remove: [] };
    await journal.commit({
      ...{ number: head.lastBatch + 1, nodeEpoch: head.nodeEpoch, actors: none, mail: none, timers: none, effects: none, children: none, ties: none },
      ...{ receipts: { put: [], expiredBefore: null }, deadLetters: [], facts, chain: chainFacts(head.lastHash, head.lastBatch + 1, facts) },
      counters: { ...head.counters, fact: 8 },
    });
    await journal.close();
    expect(await verdictOf(dir)).toMatchObject({ ok: true, facts: 8, formerUpTo: 6 });
    const db = new Database(join(dir, 'shared_inbox.db'));
    db.exec("UPDATE facts SET body = '{}' WHERE seq = 7");
    expect(await verdictOf(dir)).toMatchObject({ ok: false, firstFact: 7, lastFact: 7, formerUpTo: 6 });
    db.exec("UPDATE facts SET body = '{}' WHERE seq = 3");
    expect(await verdictOf(dir)).toMatchObject({ ok: false, firstFact: 2, lastFact: 4, why: 'its facts do not match its hash' });
    db.close();
  });
});
