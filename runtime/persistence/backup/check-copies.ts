// Whether files, put where a node would open them, are the state that was copied: whole by SQLite's own check, every table as it was,
// every fact in the chain, and no read model ahead of the journal.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { verifyJournal } from '../../verify-chain.ts';
import { prepareChainReads, readChain, readFacts, readFactsText, readStart } from '../chain-reads.ts';
import type { CopiedFile, Copies } from './copy-databases.ts';
import { digestTables } from './table-digests.ts';

export type CopyState = Pick<Copies, 'files' | 'readModel'> & { readonly head: Pick<Copies['head'], 'lastHash'> & { readonly counters: { readonly fact: number } } };

/** Undefined when they are; else what is wrong first, by file and table. Opens the files for writing, as a node does. */
export async function copyFlaw(dir: string, { head, readModel, files }: CopyState): Promise<string | undefined> {
  for (const file of files) {
    const flaw = reading(join(dir, file.name), (db) => fileFlaw(db, file));
    if (flaw !== undefined) return `${file.name}: ${flaw}`;
  }
  if (readModel !== null && readModel > head.counters.fact) return `mcp_system.db: it is ahead of the journal, at fact ${readModel} of ${head.counters.fact}`;
  return await chainFlaw(join(dir, 'shared_inbox.db'), head);
}

function reading(file: string, look: (db: Database.Database) => string | undefined): string | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { fileMustExist: true });
    return look(db);
  } catch (error) {
    return `it cannot be read (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    db?.close();
  }
}

function fileFlaw(db: Database.Database, { tables, schema }: CopiedFile): string | undefined {
  const checked = db.pragma('integrity_check', { simple: true });
  if (checked !== 'ok') return String(checked);
  const version = db.pragma('user_version', { simple: true });
  if (version !== schema) return `its schema is ${String(version)}, it was ${schema}`;
  const found = digestTables(db);
  for (const name of new Set([...Object.keys(tables), ...Object.keys(found)])) {
    const [is, was] = [found[name], tables[name]];
    if (is === undefined || was === undefined) return `table ${name} ${is === undefined ? 'is missing' : 'was not there'}`;
    if (is.rows !== was.rows) return `table ${name} has ${is.rows} rows, it had ${was.rows}`;
    if (is.sha256 !== was.sha256) return `table ${name} has other rows than were copied`;
  }
  return undefined;
}

async function chainFlaw(file: string, { lastHash, counters }: CopyState['head']): Promise<string | undefined> {
  const db = new Database(file, { readonly: true });
  try {
    const reads = prepareChainReads(db);
    const verdict = await verifyJournal({
      chain: async (page) => readChain(reads, page),
      facts: async (page) => readFacts(reads, page),
      chainStart: async () => readStart(reads),
      factsText: async (row) => readFactsText(reads, row),
    });
    if (!verdict.ok) return `shared_inbox.db: batch ${verdict.batch} of its chain of facts: ${verdict.why}`;
    const whole = verdict.facts === counters.fact && verdict.lastHash === lastHash;
    return whole ? undefined : `shared_inbox.db: its chain ends at fact ${verdict.facts}, its head at ${counters.fact}`;
  } finally {
    db.close();
  }
}
