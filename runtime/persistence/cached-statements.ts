// Statements of one connection, prepared at their first use. For a bounded set of texts: nothing is ever forgotten.
import type Database from 'better-sqlite3';

export function cachedStatements(db: Database.Database): (sql: string) => Database.Statement {
  const known = new Map<string, Database.Statement>();
  return (sql) => {
    const statement = known.get(sql) ?? db.prepare(sql);
    known.set(sql, statement);
    return statement;
  };
}
