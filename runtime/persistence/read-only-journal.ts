// The facts of a journal that no node runs on, read and never written: for checks from outside.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { codedError, isCoded } from '../errors.ts';
import type { AlertRow, Journal } from '../journal.ts';
import { prepareChainReads, readChain, readFacts, readFactsText, readStart } from './chain-reads.ts';
import { openToRead } from './open-to-read.ts';
import { ALERTS_READ } from './sqlite-statements.ts';

export interface ReadOnlyJournal extends Pick<Journal, 'alerts' | 'chain' | 'chainStart' | 'facts' | 'factsText'> {
  close(): void;
}

/** Throws `UnreadableFile` or `JournalCorrupt`; its reads reject with the latter. */
export function readOnlyJournal(dir: string): ReadOnlyJournal {
  const file = join(dir, 'shared_inbox.db');
  if (!existsSync(file)) throw codedError('UnreadableFile', { file, problem: 'does not exist: no node has run there' });
  const readable = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (isCoded(error, 'UnreadableFile')) throw error;
      throw codedError('JournalCorrupt', { file, problem: `cannot be read (${error instanceof Error ? error.message : String(error)})` });
    }
  };
  const { db, close } = readable(() => openToRead(file));
  const reads = readable(() => prepareChainReads(db));
  return {
    chain: async (page) => readable(() => readChain(reads, page)),
    chainStart: async () => readable(() => readStart(reads)),
    factsText: async (row) => readable(() => readFactsText(reads, row)),
    // A journal of an older version has no place for them.
    alerts: async () => readable(() => (hasAlerts(db) ? (db.prepare(ALERTS_READ).all() as AlertRow[]) : [])),
    facts: async (page) => readable(() => readFacts(reads, page)),
    close,
  };
}

function hasAlerts(db: Database.Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'alerts'").get() !== undefined;
}
