// One node per data directory (K33). The lock is an open write transaction on `node.lock`, a SQLite file: the system drops it with the
// process, however that ends. `node.lock.json` beside it only says who holds it.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Clock } from '../clock.ts';
import { codedError } from '../errors.ts';

export interface DataDirOwner {
  readonly pid: number;
  /** Clock ticks since boot (proc(5), stat field 22): a pid alone may be somebody else's by now. */
  readonly startTime: number;
  /** Wall time, ms. */
  readonly lockedAt: number;
}

export interface DataDirLock {
  readonly owner: DataDirOwner;
  /** Harmless when repeated. */
  release(): void;
}

/** Throws `DataDirInUse`, naming the owner, `DataDirFull` or `DataDirUnwritable`. */
export function lockDataDir(dir: string, { clock }: { readonly clock: Clock }): DataDirLock {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) throw codedError('DataDirUnwritable', { dir, problem: 'is not a folder' });
  const db = holdLock(dir);
  const owner: DataDirOwner = { pid: process.pid, startTime: startTimeOf(process.pid) ?? 0, lockedAt: clock.now() };
  try {
    writeOwner(dir, owner);
  } catch (error) {
    db.close();
    throw asWriteError(error, dir);
  }
  return {
    owner,
    release() {
      if (!db.open) return;
      rmSync(ownerFile(dir), { force: true });
      db.close();
    },
  };
}

/** Who holds the directory, or held it last and did not end in order; undefined when nobody says so. */
export function dataDirOwner(dir: string): (DataDirOwner & { readonly running: boolean }) | undefined {
  try {
    const owner = JSON.parse(readFileSync(ownerFile(dir), 'utf8')) as DataDirOwner;
    return { ...owner, running: startTimeOf(owner.pid) === owner.startTime };
  } catch {
    return undefined;
  }
}

const ownerFile = (dir: string): string => join(dir, 'node.lock.json');

function holdLock(dir: string): Database.Database {
  let db: Database.Database | undefined;
  try {
    // Nobody else in this process may open the file: closing any handle of it would drop the lock (fcntl(2)).
    db = new Database(join(dir, 'node.lock'), { timeout: 0 });
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    throw asLockError(error, dir);
  }
}

function asLockError(error: unknown, dir: string): unknown {
  const code = String((error as { code?: unknown }).code);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return codedError('DataDirInUse', { dir, owner: describeOwner(dir) });
  if (code === 'SQLITE_FULL') return codedError('DataDirFull', { dir });
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|IOERR)/.test(code)) return codedError('DataDirUnwritable', { dir, problem: 'cannot be written' });
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return codedError('JournalCorrupt', { file: join(dir, 'node.lock'), problem: 'is not a lock file of ours; move it away' });
  return error;
}

/** The lock file may be there from before; the one beside it is written anew, which a full or a read-only disk refuses. */
function asWriteError(error: unknown, dir: string): unknown {
  const code = String((error as NodeJS.ErrnoException).code);
  if (code === 'ENOSPC') return codedError('DataDirFull', { dir });
  const problem = { EROFS: 'is on a read-only disk', EACCES: 'cannot be written', EPERM: 'cannot be written' }[code];
  return problem === undefined ? error : codedError('DataDirUnwritable', { dir, problem });
}

/** The name of a process that is gone would send a person after the wrong one. */
function describeOwner(dir: string): string {
  const owner = dataDirOwner(dir);
  return owner?.running === true ? `process ${owner.pid}, since ${new Date(owner.lockedAt).toISOString()}` : 'a process that is just starting';
}

function writeOwner(dir: string, owner: DataDirOwner): void {
  const draft = `${ownerFile(dir)}.${owner.pid}`;
  writeFileSync(draft, `${JSON.stringify(owner)}\n`);
  renameSync(draft, ownerFile(dir));
}

function startTimeOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
