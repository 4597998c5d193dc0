// The files of a node as they were at one instant, while the node goes on writing into them (K35): a read transaction on each, begun
// again until nothing was committed into any of them meanwhile. The log of each file grows as long as the cut is held.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { codedError } from '../../errors.ts';

/** The journal first: without it there is no node. */
export const NODE_DATABASES = ['shared_inbox.db', 'mcp_system.db', 'auth.db'] as const;
export type NodeDatabase = (typeof NODE_DATABASES)[number];

export interface CutFile {
  readonly name: NodeDatabase;
  readonly path: string;
  /** Stands in the read transaction. */
  readonly db: Database.Database;
}

export interface DatabaseCut {
  readonly files: readonly CutFile[];
  close(): void;
}

/** A commit takes a disk sync, a try some microseconds. */
const MOST_TRIES = 10_000;

/** Of those of the three files that are there. Throws `UnreadableFile` without a journal, `BackupFailed` when no quiet moment is found. */
export function cutDatabases(dir: string): DatabaseCut {
  const names = NODE_DATABASES.filter((name) => existsSync(join(dir, name)));
  if (!names.includes('shared_inbox.db')) throw codedError('UnreadableFile', { file: join(dir, 'shared_inbox.db'), problem: 'does not exist: no node has run there' });
  const opened: Database.Database[] = [];
  const close = (): void => {
    for (const db of opened) db.close();
  };
  const open = (path: string): Database.Database => {
    const db = new Database(path, { readonly: true });
    opened.push(db);
    return db;
  };
  try {
    const files = names.map((name) => ({ name, path: join(dir, name), db: open(join(dir, name)) }));
    // `data_version` of a connection changes with every commit of another one (sqlite.org/pragma.html#pragma_data_version).
    const witnesses = files.map(({ path }) => open(path).prepare('PRAGMA data_version').pluck());
    standStill(
      files.map(({ db }) => db),
      () => witnesses.map((witness) => Number(witness.get())).join(' '),
    );
    return { files, close };
  } catch (error) {
    close();
    throw error;
  }
}

function standStill(databases: readonly Database.Database[], versions: () => string): void {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const before = versions();
    for (const db of databases) {
      db.exec('BEGIN');
      // The transaction begins with its first read.
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
    }
    if (versions() === before) return;
    for (const db of databases) db.exec('ROLLBACK');
  }
  throw codedError('BackupFailed', { problem: 'the files are written without a pause: try again' });
}

/** What a cut keeps from being reused: bytes in the log of the file. */
export function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
