// How far a projection had come, asked from outside and without writing: a witness of facts that a journal may have lost.
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/** 0 where there is none, or it cannot be read. */
export function projectedPosition(file: string): number {
  if (!existsSync(file)) return 0;
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true });
    return db.prepare('SELECT position FROM projection_position').pluck().get() as number;
  } catch {
    return 0;
  } finally {
    db?.close();
  }
}
