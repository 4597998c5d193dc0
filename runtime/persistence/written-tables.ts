// Which batch last wrote to each table of a projection, so that what was read of a table is known to hold while nobody writes to it.
// Told by the statements themselves: nobody who writes can forget to say so.
import type Database from 'better-sqlite3';

/** A migration. A projection that has it keeps account; what was there before is of a batch that is not known. */
export const WRITTEN_TABLES = `
  CREATE TABLE written_tables (name TEXT PRIMARY KEY, batch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO written_tables SELECT '', -1 FROM projection_position WHERE position > 0;
`;

const WRITE = /^\s*(?:(?:INSERT|REPLACE)(?:\s+OR\s+\w+)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+"?(\w+)/i;

export class WrittenTables {
  readonly #tables = new Map<string, string>();
  readonly #written = new Map<string, number>();

  /** Throws a TypeError for a statement that does not say what it writes to. */
  note(sql: string, batch: number): void {
    const table = this.#tables.get(sql) ?? writtenBy(sql);
    this.#tables.set(sql, table);
    this.#written.set(table, batch);
  }

  /** In the transaction that the writes are in. */
  store(statement: (sql: string) => Database.Statement): void {
    const put = statement('INSERT INTO written_tables (name, batch) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET batch = excluded.batch');
    for (const [table, batch] of this.#written) put.run(table, batch);
    this.#written.clear();
  }

  /** The transaction was undone. */
  forget(): void {
    this.#written.clear();
  }
}

/** 0: no batch has written to it; undefined: one of before account was kept. */
export function lastWriteTo(table: string, statement: (sql: string) => Database.Statement): number | undefined {
  const found = statement("SELECT batch FROM written_tables WHERE name IN (?, '') ORDER BY name DESC LIMIT 1").get(table) as { batch: number } | undefined;
  const batch = found?.batch ?? 0;
  return batch < 0 ? undefined : batch;
}

export function keepsAccount(db: Database.Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'written_tables'").get() !== undefined;
}

function writtenBy(sql: string): string {
  const table = WRITE.exec(sql)?.[1];
  if (table === undefined) throw new TypeError(`a projection writes by INSERT, UPDATE or DELETE: ${sql}`);
  return table;
}
