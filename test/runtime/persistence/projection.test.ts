import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FactRow } from '../../../runtime/journal.ts';
import { catchUp, openProjection, type ProjectedFact, type ProjectionDb, runQuery, WRITTEN_TABLES } from '../../../runtime/persistence/index.ts';
import { privateFolder } from '../../support/private-folder.ts';

const MIGRATIONS = [
  'CREATE TABLE owners (name TEXT PRIMARY KEY) STRICT; CREATE TABLE seen (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, owner TEXT REFERENCES owners (name)) STRICT;',
  'CREATE VIEW kinds AS SELECT DISTINCT kind FROM seen; CREATE VIRTUAL TABLE words USING fts5(text);',
];
const fact = (seq: number, kind = 'task.changed', body: unknown = { n: seq }): FactRow => ({ seq, batch: seq, at: 1_000 + seq, kind, body: JSON.stringify(body) });
const facts = (from: number, to: number): FactRow[] => Array.from({ length: to - from + 1 }, (_, index) => fact(from + index));

function apply(db: ProjectionDb, { seq, kind, body }: ProjectedFact): void {
  db.run('INSERT OR IGNORE INTO owners VALUES (?)', 'o');
  db.run('INSERT INTO seen VALUES (?, ?, ?)', seq, kind, 'o');
  if ((body as { boom?: boolean }).boom) throw new Error('boom');
}

function opened(file = join(privateFolder(), 'mcp_system.db'), migrations = MIGRATIONS) {
  const projection = openProjection({ file, migrations, apply });
  const seen = () => projection.query<{ seq: number }>('SELECT seq FROM seen ORDER BY seq').map((row) => row.seq);
  return { file, projection, seen };
}

describe('a projection', () => {
  it('applies each fact once and keeps its position over a restart', () => {
    const { file, projection } = opened();
    projection.apply(facts(1, 3));
    projection.apply([]);
    projection.close();
    const again = opened(file);
    expect(again.projection.position()).toBe(3);
    again.projection.apply(facts(4, 4));
    expect(again.seen()).toEqual([1, 2, 3, 4]);
  });

  it('refuses facts that leave a gap or come again, and changes nothing (K34)', () => {
    const { projection, seen } = opened();
    projection.apply(facts(1, 2));
    for (const wrong of [facts(4, 5), facts(2, 3), [fact(3), fact(5)]]) {
      expect(() => projection.apply(wrong)).toThrow(expect.objectContaining({ code: 'ProjectionGap' }));
    }
    expect(projection.position()).toBe(2);
    expect(seen()).toEqual([1, 2]);
  });

  it('takes nothing of a call in which one fact fails', () => {
    const { projection, seen } = opened();
    expect(() => projection.apply([fact(1), fact(2, 'bad', { boom: true })])).toThrow('boom');
    expect(projection.position()).toBe(0);
    expect(seen()).toEqual([]);
    projection.apply(facts(1, 2));
    expect(seen()).toEqual([1, 2]);
  });

  it('hands over bodies parsed, step facts as their array', () => {
    const bodies: unknown[] = [];
    const projection = openProjection({ file: join(privateFolder(), 'p.db'), migrations: [], apply: (_db, { body }) => bodies.push(body) });
    projection.apply([fact(1), fact(2, 'steps', [{ address: 'a', step: 1 }])]);
    expect(bodies).toEqual([{ n: 1 }, [{ address: 'a', step: 1 }]]);
  });

  it('is only read by queries', () => {
    const { projection, seen } = opened();
    projection.apply(facts(1, 1));
    expect(() => projection.query('DELETE FROM seen RETURNING seq')).toThrow(/only read/);
    expect(projection.query('SELECT kind FROM seen WHERE seq = ?', 1)).toEqual([{ kind: 'task.changed' }]);
    expect(seen()).toEqual([1]);
  });

  it('is built again from nothing, whatever its tables refer to', () => {
    const { projection, seen } = opened();
    projection.apply(facts(1, 3));
    projection.rebuild();
    expect(projection.position()).toBe(0);
    projection.apply(facts(1, 2));
    expect(seen()).toEqual([1, 2]);
    expect(() => projection.apply([fact(3), fact(4, 'bad', { boom: true })])).toThrow('boom');
  });

  it('is built again when it is ahead of the journal or of another era, and only then', () => {
    const { projection } = opened();
    expect(projection.settle({ era: 'one', lastFact: 0 })).toBe(false);
    projection.apply(facts(1, 3));
    expect(projection.settle({ era: 'one', lastFact: 3 })).toBe(false);
    expect(projection.settle({ era: 'one', lastFact: 9 })).toBe(false);
    expect(projection.position()).toBe(3);
    expect(projection.settle({ era: 'one', lastFact: 2 })).toBe(true);
    expect(projection.position()).toBe(0);
    projection.apply(facts(1, 3));
    expect(projection.settle({ era: 'two', lastFact: 9 })).toBe(true);
    expect(projection.settle({ era: 'two', lastFact: 9 })).toBe(false);
  });

  it('gains the tables of a newer version and keeps its facts', () => {
    const { file, projection } = opened(undefined, MIGRATIONS.slice(0, 1));
    projection.apply(facts(1, 2));
    projection.close();
    const newer = opened(file);
    expect(newer.projection.query('SELECT kind FROM kinds')).toEqual([{ kind: 'task.changed' }]);
    expect(newer.projection.position()).toBe(2);
  });

  it('refuses a file of a newer version, of another program, or that is no database, and leaves it as it is', () => {
    const newer = opened();
    newer.projection.close();
    expect(() => opened(newer.file, MIGRATIONS.slice(0, 1))).toThrow(/newer version/);
    const text = join(privateFolder(), 'text.db');
    writeFileSync(text, 'plain text, and enough of it'.repeat(100));
    const before = readFileSync(text);
    const foreign = join(privateFolder(), 'app.db');
    runQuery({ file: foreign, sql: 'create table t (a)', readonly: false, maxRows: 0, maxBytes: 0 });
    expect(() => opened(foreign)).toThrow(/another program/);
    expect(() => opened(text)).toThrow(expect.objectContaining({ code: 'JournalCorrupt', message: expect.stringContaining('built again from the journal') }));
    expect(readFileSync(text)).toEqual(before);
  });
});

describe('catching up', () => {
  it('reads page after page until everything is there', async () => {
    const all = facts(1, 25);
    const { projection, seen } = opened();
    const journal = { facts: async ({ after, limit }: { after: number; limit: number }) => all.slice(after, after + limit) };
    expect(await catchUp(journal, projection, 10)).toBe(25);
    expect(seen()).toHaveLength(25);
    expect(await catchUp(journal, projection, 25)).toBe(25);
  });

  it('applies nothing twice when two of them run at a time', async () => {
    const all = facts(1, 30);
    const { projection, seen } = opened();
    const journal = { facts: async ({ after, limit }: { after: number; limit: number }) => all.slice(after, after + limit) };
    await Promise.all([catchUp(journal, projection, 7), catchUp(journal, projection, 5)]);
    expect(seen()).toHaveLength(30);
  });
});

describe('a projection that keeps account of who wrote to its tables', () => {
  const TABLES = 'CREATE TABLE plans (id TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT; CREATE TABLE tasks (id TEXT PRIMARY KEY) STRICT;';
  const WRITES: Readonly<Record<string, (db: ProjectionDb) => unknown>> = {
    plan: (db) => db.run('INSERT INTO plans VALUES (?, 0) ON CONFLICT (id) DO NOTHING', 'p'),
    more: (db) => db.run('  update plans SET n = n + 1'),
    end: (db) => db.run('DELETE FROM plans'),
    task: (db) => db.run('INSERT OR REPLACE INTO tasks VALUES (?)', 't'),
    odd: (db) => db.run('WITH one AS (SELECT 1) INSERT INTO tasks SELECT ? FROM one', 'u'),
  };
  const account = (file = join(privateFolder(), 'p.db'), migrations: readonly string[] = [TABLES, WRITTEN_TABLES]) =>
    openProjection({ file, migrations, apply: (db, { kind }) => void WRITES[kind]?.(db) });

  it('knows the batch whose facts last changed a row, over a restart too', () => {
    const file = join(privateFolder(), 'p.db');
    const projection = account(file);
    const last = () => [projection.lastWrite('plans'), projection.lastWrite('tasks')];
    expect(last()).toEqual([0, 0]);
    projection.apply([fact(1, 'plan'), fact(2, 'task'), fact(3, 'nothing')]);
    expect(last()).toEqual([1, 2]);
    projection.apply([fact(4, 'plan')]);
    expect(last()).toEqual([1, 2]);
    projection.apply([fact(5, 'more'), fact(6, 'end')]);
    projection.apply([fact(7, 'end'), fact(8, 'more')]);
    projection.close();
    const again = account(file);
    expect([again.lastWrite('plans'), again.lastWrite('tasks')]).toEqual([6, 2]);
    again.rebuild();
    expect([again.lastWrite('plans'), again.lastWrite('tasks')]).toEqual([0, 0]);
  });

  it('takes nothing of a call that was undone, and refuses a statement that does not say what it writes to', () => {
    const projection = account();
    expect(() => projection.apply([fact(1, 'plan'), fact(2, 'odd')])).toThrow('a projection writes by INSERT, UPDATE or DELETE: WITH one');
    expect([projection.lastWrite('plans'), projection.position()]).toEqual([0, 0]);
    projection.apply([fact(1, 'task')]);
    expect([projection.lastWrite('plans'), projection.lastWrite('tasks')]).toEqual([0, 1]);
  });

  it('says that it does not know what was written before it kept account', () => {
    const file = join(privateFolder(), 'p.db');
    const before = account(file, [TABLES]);
    before.apply([fact(1, 'plan')]);
    expect(before.lastWrite('plans')).toBeUndefined();
    before.close();
    const after = account(file);
    after.apply([fact(2, 'task')]);
    expect([after.lastWrite('plans'), after.lastWrite('tasks')]).toEqual([undefined, 2]);
  });
});
