// Opens a SQLite file the one way this product does: WAL, a stated durability, foreign keys, numbered migrations.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { codedError } from '../errors.ts';

export type Synchronous = 'FULL' | 'NORMAL' | 'OFF';

/** Throws `DataDirUnwritable` or `JournalCorrupt`, naming the file and the fix. */
export function openFile(file: string, migrations: readonly string[], synchronous: Synchronous): Database.Database {
  const folder = dirname(file);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw codedError('DataDirUnwritable', { dir: folder, problem: 'is not a folder' });
  const db = connect(file, folder);
  try {
    db.pragma('busy_timeout = 2000');
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${synchronous}`);
    db.pragma('foreign_keys = ON');
    migrate(db, file, migrations);
    return db;
  } catch (error) {
    db.close();
    throw asOpenError(error, file, folder);
  }
}

function connect(file: string, folder: string): Database.Database {
  try {
    return new Database(file);
  } catch (error) {
    throw asOpenError(error, file, folder);
  }
}

function asOpenError(error: unknown, file: string, folder: string): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
    return codedError('JournalCorrupt', { file, problem: 'is no database of ours; move it away, or restore a backup' });
  }
  if (code === 'SQLITE_CANTOPEN' || code === 'SQLITE_READONLY' || code === 'SQLITE_READONLY_DIRECTORY' || code === 'SQLITE_PERM') {
    return codedError('DataDirUnwritable', { dir: folder, problem: 'cannot be written' });
  }
  return error;
}

function migrate(db: Database.Database, file: string, migrations: readonly string[]): void {
  const have = db.pragma('user_version', { simple: true }) as number;
  if (have > migrations.length) throw codedError('JournalCorrupt', { file, problem: `was written by a newer version (schema ${have}, this one knows ${migrations.length}); update troupe` });
  migrations.slice(have).forEach((sql, index) => {
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${have + index + 1}`);
    }).immediate();
  });
}
