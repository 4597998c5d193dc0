// SQLite's own parser, on an empty database in memory: whether a text is one statement of it. Prepares and never runs. It must not be given a PRAGMA,
// of which some act while they are prepared.
import Database from 'better-sqlite3';

/** Undefined when it is a statement; what is missing in an empty database is no mistake. */
export type SqliteSyntax = (statement: string) => string | undefined;

const NO_STATEMENT = /syntax error|unrecognized token|incomplete input|more than one statement|contains no statements/;

export function openSqliteSyntax(): SqliteSyntax {
  const empty = new Database(':memory:');
  return (statement) => {
    try {
      empty.prepare(statement);
      return undefined;
    } catch (error) {
      const { message } = error as Error;
      return NO_STATEMENT.test(message) ? message : undefined;
    }
  };
}
