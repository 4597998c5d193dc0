// Holds the write lock of a journal that a node runs on, as a backup tool or a person with a database shell might: for failure drills.
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Returns what gives it back; undefined while somebody else writes. Nothing is written. */
export function holdWriteLock(dir: string): (() => void) | undefined {
  const db = new Database(join(dir, 'shared_inbox.db'), { timeout: 0, fileMustExist: true });
  try {
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    db.close();
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  return () => {
    db.exec('ROLLBACK');
    db.close();
  };
}
