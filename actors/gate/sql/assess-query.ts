// DATABASE_QUERY: every statement of the text, and the file that the database is.
import type { Finding, QueryPayload } from '../../work/types.ts';
import { hiddenCharacter } from '../characters.ts';
import { pathTextFindings } from '../file/assess-file.ts';
import type { Places } from '../file/places.ts';
import { finding, isAtLeast, worstOf } from '../verdict.ts';
import { statementFindings } from './statement-risk.ts';
import { type Dialect, readTokens, splitStatements } from './tokens.ts';

const LONGEST_SQL = 65_536;
const MOST_STATEMENTS = 50;

export function sqlFindings(sql: unknown, dialect: Dialect): Finding[] {
  if (typeof sql !== 'string' || sql.length > LONGEST_SQL) return [finding('HIGH', 'sql-not-understood', `is no text of at most ${LONGEST_SQL} characters`)];
  const hidden = hiddenCharacter(sql);
  if (hidden !== undefined) return [finding('HIGH', 'hidden-character', `the SQL holds ${hidden.name}`, [hidden.at, hidden.at + 1])];
  const read = readTokens(sql, dialect);
  if (!read.ok) return [finding('HIGH', 'sql-not-understood', `holds ${read.reason}`, [read.at, read.at + 1])];
  const statements = splitStatements(read.tokens);
  if (statements.length === 0) return [finding('HIGH', 'sql-not-understood', 'holds no statement')];
  if (statements.length > MOST_STATEMENTS) return [finding('HIGH', 'sql-many-statements', `holds more than ${MOST_STATEMENTS} statements`)];
  const found = statements.flatMap((each) => statementFindings(each, dialect));
  return statements.length === 1 ? found : [...found, finding('MEDIUM', 'sql-many-statements', `holds ${statements.length} statements`)];
}

function databaseFindings(database: unknown, writes: boolean, places: Places): Finding[] {
  if (database === undefined) return [];
  if (database === ':memory:') return [finding('LOW', 'sql-database-in-memory', 'the database is in memory')];
  const text = pathTextFindings(database);
  if (typeof database !== 'string' || text.some(({ level }) => isAtLeast(level, 'HIGH'))) return text;
  if (/^file:/i.test(database)) return [finding('HIGH', 'sql-database-uri', 'the database is named by a URI')];
  const { level, kind, why } = places.risk(places.workspace, database, writes ? 'write' : 'read');
  return [...text, finding(level, `sql-database-${kind}`, `the database ${database}: ${why}`)];
}

export function assessQuery(payload: QueryPayload, places: Places): Finding[] {
  const dialect: unknown = payload.dialect;
  if (dialect !== 'sqlite' && dialect !== 'postgres') return [finding('HIGH', 'sql-dialect-unknown', `'${String(dialect).slice(0, 40)}' is no dialect that is known here`)];
  const found = sqlFindings(payload.sql, dialect);
  return [...found, ...databaseFindings(payload.database, worstOf(found) !== 'LOW', places)];
}
