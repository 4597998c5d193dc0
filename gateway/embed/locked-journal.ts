// The journal of an embedded system in a folder of its own: made when it is missing, and held by one process at a time (K33).
import { mkdirSync } from 'node:fs';
import { sqliteJournal as fileJournal, type Journal, systemClock } from '../../runtime/index.ts';
import { type DataDirLock, lockDataDir, type SqliteJournalOptions } from '../../runtime/persistence/index.ts';

/** The journal in `dir`/shared_inbox.db. A system that starts on a folder which is in use rejects with `DataDirInUse`, naming the process. */
export function sqliteJournal(options: SqliteJournalOptions): Journal {
  const journal = fileJournal(options);
  const open = journal.open.bind(journal);
  const close = journal.close.bind(journal);
  let lock: DataDirLock | undefined;
  return Object.assign(journal, {
    open: async () => {
      mkdirSync(options.dir, { recursive: true, mode: 0o700 });
      lock = lockDataDir(options.dir, { clock: systemClock });
      try {
        return await open();
      } catch (error) {
        lock.release();
        throw error;
      }
    },
    close: async () => {
      try {
        await close();
      } finally {
        lock?.release();
      }
    },
  });
}
