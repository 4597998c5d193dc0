// Opens a SQLite file the one way this product does: WAL, a stated durability, foreign keys, numbered migrations.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { codedError } from '../errors.ts';

export type Synchronous = 'FULL' | 'NORMAL' | 'OFF';

export interface FileOptions {
  readonly migrations: readonly string[];
  readonly synchronous: Synchronous;
  /** What a person does when the file is no database. */
  readonly remedy: string;
}

/** Waiting for another writer blocks the event loop, and a second writer is the exception: the data directory is locked. */
const BUSY_TIMEOUT_MS = 200;
const HEADER_BYTES = 100;
/** The WAL shrinks to this after a checkpoint. */
const WAL_LIMIT_BYTES = 16 * 1_048_576;

/** Throws `DataDirUnwritable` or `JournalCorrupt`, naming the file and the fix; what else SQLite says as it is. */
export function openFile(file: string, options: FileOptions): Database.Database {
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw codedError('DataDirUnwritable', { dir: folder, problem: 'is not a folder' });
  if (isCutOff(file)) throw codedError('JournalCorrupt', { file, problem: `ends in the middle of a page: it was cut off; ${options.remedy}` });
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
    checkOwner(db, file, options);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${options.synchronous}`);
    db.pragma('foreign_keys = ON');
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    migrate(db, options.migrations);
    return db;
  } catch (error) {
    db?.close();
    throw asOpenError(error, file, options.remedy);
  }
}

/** SQLite takes what is missing of its last page for zeroes. Where its log still has content a crash may have left that, and the log mends it. */
function isCutOff(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  const size = found?.isFile() === true ? found.size : 0;
  if (size < HEADER_BYTES || (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return false;
  return size % pageSizeOf(file) !== 0;
}

/** Bytes 16 and 17 of the header; 1 stands for 65,536 (sqlite.org/fileformat2.html). */
function pageSizeOf(file: string): number {
  const handle = openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(handle, header, 0, HEADER_BYTES, 0);
    const stated = header.readUInt16BE(16);
    return stated === 1 ? 65_536 : Math.max(stated, 1);
  } finally {
    closeSync(handle);
  }
}

function asOpenError(error: unknown, file: string, remedy: string): unknown {
  const code = String((error as { code?: unknown }).code);
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return codedError('JournalCorrupt', { file, problem: `is no database; ${remedy}` });
  if (/^SQLITE_(CANTOPEN|READONLY|PERM)/.test(code)) return codedError('DataDirUnwritable', { dir: dirname(file), problem: 'cannot be written' });
  return error;
}

/** Before anything is written: a newer file, or somebody else's, stays as it is. */
function checkOwner(db: Database.Database, file: string, { migrations, remedy }: FileOptions): void {
  const have = schemaVersion(db);
  if (have > migrations.length) {
    throw codedError('JournalCorrupt', { file, problem: `was written by a newer version (schema ${have}, this one knows ${migrations.length}); update troupe` });
  }
  const foreign = have === 0 && db.prepare('SELECT name FROM sqlite_schema LIMIT 1').get() !== undefined;
  if (foreign) throw codedError('JournalCorrupt', { file, problem: `is a database of another program; ${remedy}` });
}

function schemaVersion(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** All that are missing in one transaction; the version is read inside it, since another process may have been first. */
function migrate(db: Database.Database, migrations: readonly string[]): void {
  if (schemaVersion(db) === migrations.length) return;
  db.transaction(() => {
    for (const sql of migrations.slice(schemaVersion(db))) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}
