// Tables that are a truth of their own, not a projection: what is in them is lost with the file. Mode 0600, every commit on the disk.
import { chmodSync, closeSync, openSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { cachedStatements } from './cached-statements.ts';
import { openFile } from './sqlite-file.ts';

export type TableValue = string | number | null | Uint8Array;

/** Texts are constants of the code, values are always parameters. */
export interface Tables {
  run(sql: string, ...params: readonly TableValue[]): { readonly changes: number };
  all<T>(sql: string, ...params: readonly TableValue[]): T[];
  get<T>(sql: string, ...params: readonly TableValue[]): T | undefined;
  /** All of it or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export interface TablesOptions {
  readonly file: string;
  /** Numbered; never edit one that was released: append. */
  readonly migrations: readonly string[];
  /** What a person does when the file is no database. */
  readonly remedy: string;
}

/** Opens the file, migrates it. Throws `DataDirUnwritable` or `JournalCorrupt`. */
export function openTables({ file, migrations, remedy }: TablesOptions): Tables {
  makePrivateFile(file);
  const db: Database.Database = openFile(file, { migrations, synchronous: 'FULL', remedy });
  const statement = cachedStatements(db);
  return {
    run: (sql, ...params) => ({ changes: statement(sql).run(...params).changes }),
    all: <T>(sql: string, ...params: readonly TableValue[]) => statement(sql).all(...params) as T[],
    get: <T>(sql: string, ...params: readonly TableValue[]) => statement(sql).get(...params) as T | undefined,
    transaction: (work) => db.transaction(work).immediate(),
    close: () => void db.close(),
  };
}

/** Before SQLite makes it: its log and its shared memory take the mode of the file. A folder that cannot be written is told of by what opens it. */
function makePrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  } catch {
    return;
  }
}
