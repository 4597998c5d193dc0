// Copies of a node's files at one instant by SQLite's online backup (K35): exact also while the node works, and nothing of the node waits
// for them but the reuse of its logs, which is bounded.
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { codedError } from '../../errors.ts';
import type { JournalHead } from '../../journal.ts';
import { type HeadColumns, headOf } from '../sqlite-statements.ts';
import { type CutFile, cutDatabases, logBytes, type NodeDatabase } from './database-cut.ts';
import { digestTables, type TableDigests } from './table-digests.ts';

export interface CopyWish {
  readonly dir: string;
  /** Exists, and is empty. */
  readonly into: string;
  /** Copied between two turns of the event loop. */
  readonly pages?: number;
  /** Beyond this the copy is given up: the node's disk is worth more than the copy. */
  readonly mostLogBytes?: number;
}

export interface CopiedFile {
  readonly name: NodeDatabase;
  /** Number of the last migration. */
  readonly schema: number;
  /** As in the cut, not as in the copy: what the copy must be held against. */
  readonly tables: TableDigests;
}

export interface Copies {
  readonly head: JournalHead;
  /** How far the read model was; null without one. */
  readonly readModel: number | null;
  readonly files: readonly CopiedFile[];
}

const PAGES = 1_024;
const MOST_LOG_BYTES = 2 ** 30;

/** Rejects with `BackupFailed`, `UnreadableFile`, or as SQLite and the disk say. What was written until then is left to the caller. */
export async function copyDatabases({ dir, into, pages = PAGES, mostLogBytes = MOST_LOG_BYTES }: CopyWish): Promise<Copies> {
  const cut = cutDatabases(dir);
  const bound = (): number => {
    const grown = cut.files.find(({ path }) => logBytes(path) > mostLogBytes);
    if (grown !== undefined) throw codedError('BackupFailed', { problem: `the log of ${grown.name} grew beyond ${mostLogBytes} bytes meanwhile: try again when less is going on` });
    return pages;
  };
  try {
    const files: CopiedFile[] = [];
    for (const file of cut.files) {
      await file.db.backup(join(into, file.name), { progress: bound });
      files.push(describe(file));
    }
    return { ...positions(cut.files), files };
  } finally {
    cut.close();
  }
}

function describe({ name, db }: CutFile): CopiedFile {
  return { name, schema: db.pragma('user_version', { simple: true }) as number, tables: digestTables(db) };
}

function positions(files: readonly CutFile[]): Pick<Copies, 'head' | 'readModel'> {
  const of = (name: NodeDatabase): Database.Database | undefined => files.find((file) => file.name === name)?.db;
  const head = of('shared_inbox.db')?.prepare('SELECT * FROM head').get() as HeadColumns | undefined;
  if (head === undefined) throw codedError('BackupFailed', { problem: 'the journal was never opened by a node' });
  const position = of('mcp_system.db')?.prepare('SELECT position FROM projection_position').pluck().get() as number | undefined;
  return { head: headOf(head), readModel: position ?? null };
}
