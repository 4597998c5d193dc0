// What a database holds, as one hash a table: two files are the same state exactly when these are equal, however their pages lie.
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';

export interface TableDigest {
  readonly rows: number;
  /** Hex, over every value of every row in the order of the table's own key. */
  readonly sha256: string;
}

export type TableDigests = Readonly<Record<string, TableDigest>>;

/** By table; statements that made them under `sqlite_schema`, AUTOINCREMENT's counters under `sqlite_sequence`. */
export function digestTables(db: Database.Database): TableDigests {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY name").pluck().all() as string[];
  const schema = digestOf(db, 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name');
  const tables = names.map((name) => [name, digestOf(db, `SELECT * FROM "${name.replaceAll('"', '""')}"`)] as const);
  return Object.fromEntries([['sqlite_schema', schema] as const, ...tables]);
}

function digestOf(db: Database.Database, sql: string): TableDigest {
  const hash = createHash('sha256');
  let rows = 0;
  for (const row of db.prepare(sql).raw().safeIntegers().iterate() as Iterable<unknown[]>) {
    hash.update(`${row.length}\n`);
    for (const value of row) addValue(hash, value);
    rows += 1;
  }
  return { rows, sha256: hash.digest('hex') };
}

/** Behind its kind and length, so that no two rows have one encoding. */
function addValue(hash: ReturnType<typeof createHash>, value: unknown): void {
  if (value instanceof Uint8Array) hash.update(`b${value.length}:`).update(value);
  else {
    const text = String(value);
    hash.update(`${typeof value} ${text.length}:`).update(text);
  }
}
