// Whether SQLite finds a file whole, read and never written: for checks of a database that nobody has open.
import Database from 'better-sqlite3';

/** The first thing that is wrong with it; undefined: nothing. Reads all of it. */
export function databaseFlaw(file: string): string | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    const found = String(db.pragma('quick_check(1)', { simple: true }));
    return found === 'ok' ? undefined : found.replace(/\s+/g, ' ').replace(/^\*\*\* in database main \*\*\* /, '');
  } catch (error) {
    return (error as Error).message;
  } finally {
    db?.close();
  }
}
