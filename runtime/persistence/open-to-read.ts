// Opens a SQLite file to read it, also where nothing may be written: SQLite reads a file with a log only where it can lay an index beside
// it, so a file on a read-only disk is read from a private copy.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { codedError } from '../errors.ts';

export interface ReadableFile {
  readonly db: Database.Database;
  close(): void;
}

/** Throws `UnreadableFile` where not even a copy can be made; what else SQLite says as it is. */
export function openToRead(file: string): ReadableFile {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    db.pragma('user_version');
    return { db, close: () => void db.close() };
  } catch (error) {
    db.close();
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(String((error as { code?: unknown }).code))) throw error;
    return openCopy(file);
  }
}

/** Its names are taken away as soon as it is open: it goes with the process, however that ends. */
function openCopy(file: string): ReadableFile {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-journal-'));
  const copy = join(folder, basename(file));
  try {
    for (const part of ['', '-wal']) if (existsSync(`${file}${part}`)) copyFileSync(`${file}${part}`, `${copy}${part}`);
    const db = new Database(copy, { readonly: true });
    // Opens the log too.
    db.pragma('user_version');
    return { db, close: () => void db.close() };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw codedError('UnreadableFile', { file, problem: `lies where nothing can be written, and no copy to read could be made in ${tmpdir()}: ${message}`, cause: code });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
