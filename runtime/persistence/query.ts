// Runs one SQL statement on a SQLite file of a workspace, for the gate's DATABASE_QUERY. Bounded in rows and bytes; nothing but that
// one file is touched. It runs synchronously: a caller that must not wait runs it in a process of its own.
import { existsSync, rmSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import Database from 'better-sqlite3';
import { codedError, isCoded } from '../errors.ts';
import { type QueryCell, rowReader } from './query-cell.ts';
import { shapeOfStatement } from './sql-statement.ts';

export type QueryParam = string | number | boolean | null;

export interface QueryOrder {
  /** An absolute path. */
  readonly file: string;
  readonly sql: string;
  readonly params?: readonly QueryParam[];
  /** Refuses whatever is not a pure read. */
  readonly readonly: boolean;
  readonly maxRows: number;
  readonly maxBytes: number;
}

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly QueryCell[]>;
  /** There were more rows than asked for, or more bytes. */
  readonly truncated: boolean;
  readonly changes: number;
}

export type StatementVerdict =
  | {
      readonly ok: true;
      /** SQLite's own word: the statement changes nothing. */
      readonly readonly: boolean;
      readonly verb: string;
      readonly everyRow: boolean;
    }
  | { readonly ok: false; readonly why: string };

const BUSY_TIMEOUT_MS = 2_000;
const PURE_READS = new Set(['SELECT', 'VALUES', 'PRAGMA', 'EXPLAIN']);

/** Prepares without running. A file that is not there counts as an empty database. */
export function explainStatement(file: string, sql: string): StatementVerdict {
  const shape = shapeOfStatement(sql);
  if (!shape.ok) return shape;
  const place = placeOf(file);
  if (place.why !== undefined) return { ok: false, why: place.why };
  let db: Database.Database | undefined;
  try {
    db = place.exists ? new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }) : new Database(':memory:');
    return { ok: true, readonly: db.prepare(sql).readonly, verb: shape.verb, everyRow: shape.everyRow };
  } catch (error) {
    return { ok: false, why: (error as Error).message };
  } finally {
    db?.close();
  }
}

/** Throws `QueryRefused` when nothing was run, `QueryFailed` when SQLite said no; the statement then changed nothing. */
export function runQuery(order: QueryOrder): QueryResult {
  const shape = shapeOfStatement(order.sql);
  if (!shape.ok) throw codedError('QueryRefused', { problem: shape.why });
  const place = placeOf(order.file);
  if (place.why !== undefined) throw codedError('QueryRefused', { problem: place.why });
  const reads = order.readonly || PURE_READS.has(shape.verb);
  if (!place.exists && reads) throw codedError('QueryRefused', { problem: `there is no database ${order.file}` });
  try {
    return reads ? onSettledDatabase(order) : onDatabase(order, false, run);
  } catch (error) {
    if (!place.exists && existsSync(order.file) && statSync(order.file).size === 0) rmSync(order.file);
    throw error;
  }
}

const UNFINISHED = new Set(['SQLITE_READONLY_ROLLBACK', 'SQLITE_READONLY_RECOVERY']);

/** What a killed write left is undone by the next who opens the file, which a reader cannot (https://sqlite.org/lockingv3.html#rollback). */
function onSettledDatabase(order: QueryOrder): QueryResult {
  try {
    return onDatabase(order, true, run);
  } catch (error) {
    if (!isCoded(error) || !UNFINISHED.has(String(error.details.sqlite))) throw error;
    onDatabase(order, false, (db) => db.prepare('SELECT count(*) FROM sqlite_schema').get());
    return onDatabase(order, true, run);
  }
}

function onDatabase<T>(order: QueryOrder, readonly: boolean, use: (db: Database.Database, order: QueryOrder) => T): T {
  let db: Database.Database | undefined;
  try {
    db = new Database(order.file, { readonly, timeout: BUSY_TIMEOUT_MS });
    // Functions in a hostile file's views and triggers do not run; a write is on disk before it counts as done.
    db.pragma('trusted_schema = OFF');
    db.pragma('synchronous = FULL');
    return use(db, order);
  } catch (error) {
    if (error instanceof Database.SqliteError) throw codedError('QueryFailed', { database: order.file, problem: error.message, sqlite: error.code });
    if (error instanceof RangeError || error instanceof TypeError) throw codedError('QueryRefused', { problem: error.message });
    throw error;
  } finally {
    db?.close();
  }
}

function run(db: Database.Database, order: QueryOrder): QueryResult {
  const statement = db.prepare(order.sql);
  if (order.readonly && !statement.readonly) throw codedError('QueryRefused', { problem: 'it writes, and only a read was asked for' });
  const params = (order.params ?? []).map((param) => (typeof param === 'boolean' ? Number(param) : param));
  if (!statement.reader) return { columns: [], rows: [], truncated: false, changes: statement.run(...params).changes };
  const columns = statement.columns().map((column) => column.name);
  statement.raw(true).safeIntegers(true);
  const before = totalChanges(db);
  const read = rowReader(order.maxRows, order.maxBytes);
  // A write with RETURNING is finished before its first row comes; a read stops when enough was read.
  for (const row of statement.iterate(...params)) if (!read.take(row as readonly unknown[])) break;
  return { columns, rows: read.rows, truncated: read.truncated, changes: totalChanges(db) - before };
}

function totalChanges(db: Database.Database): number {
  return db.prepare('SELECT total_changes()').pluck().get() as number;
}

function placeOf(file: string): { readonly exists: boolean; readonly why?: string } {
  if (!isAbsolute(file)) return { exists: false, why: `${file} is not an absolute path` };
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) return { exists: true, why: `${file} is not a file` };
  return { exists: found !== undefined };
}
