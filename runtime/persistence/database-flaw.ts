// Whether a file can be what a node goes on from, read and never written: for checks of a database that nobody has open.
import Database from 'better-sqlite3';

export interface DatabaseFlaw {
  /** `newer`: whole, but written by a version that knows more migrations than are given. */
  readonly kind: 'damaged' | 'newer';
  readonly problem: string;
}

/** The first thing that is wrong with it; undefined: nothing. Reads all of it. */
export function databaseFlaw(file: string, migrations: readonly string[]): DatabaseFlaw | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    const found = String(db.pragma('quick_check(1)', { simple: true }));
    if (found !== 'ok') return { kind: 'damaged', problem: found.replace(/\s+/g, ' ').replace(/^\*\*\* in database main \*\*\* /, '') };
    const schema = Number(db.pragma('user_version', { simple: true }));
    return schema > migrations.length ? { kind: 'newer', problem: `schema ${schema}, this version knows ${migrations.length}` } : undefined;
  } catch (error) {
    return { kind: 'damaged', problem: (error as Error).message };
  } finally {
    db?.close();
  }
}
