// DATABASE_QUERY: every statement of the text, and the file that the database is.
import type { SqliteSyntax } from '../../../runtime/persistence/sqlite-syntax.ts';
import type { Finding, QueryPayload } from '../../work/types.ts';
import { hiddenCharacter, isAscii } from '../characters.ts';
import { pathTextFindings } from '../file/assess-file.ts';
import type { Places } from '../file/places.ts';
import type { Grammars } from '../grammars.ts';
import type { PostgresGrammar } from '../parse/parse-postgres.ts';
import { finding, isAtLeast, worstOf } from '../verdict.ts';
import { treeFindings } from './postgres-risk.ts';
import { statementFindings } from './statement-risk.ts';
import { type Dialect, readTokens, splitStatements, type Token, type Tokens } from './tokens.ts';

/** What is read at most: beyond it a text is HIGH unread, so that every assessment ends soon. */
export const SQL_LIMITS = {
  characters: 65_536,
  statements: 50,
  /** Words, signs, names and texts. */
  tokens: 3_000,
  comments: 200,
  /** Of a text that the house's own grammar cannot take apart, and so cannot measure. */
  unmeasured: 4_000,
} as const;

function sqliteFindings(statement: readonly Token[], sql: string, grammar: SqliteSyntax): Finding[] {
  const [start, end] = [statement[0]?.start ?? 0, statement.at(-1)?.end ?? 0];
  const wrong = statement[0]?.value === 'pragma' ? undefined : grammar(sql.slice(start, end));
  return wrong === undefined ? [] : [finding('HIGH', 'sql-not-understood', `SQLite cannot parse this: ${wrong}`, [start, end])];
}

/** By the house's own grammar, which knows what both dialects share. */
function ownFindings(read: Tokens, sql: string, dialect: Dialect, sqlite?: SqliteSyntax): Finding[] {
  if (!read.ok) return [finding('HIGH', 'sql-not-understood', `holds ${read.reason}`, [read.at, read.at + 1])];
  const statements = splitStatements(read.tokens);
  if (statements.length === 0) return [finding('HIGH', 'sql-not-understood', 'holds no statement')];
  if (statements.length > SQL_LIMITS.statements) return [finding('HIGH', 'sql-many-statements', `holds more than ${SQL_LIMITS.statements} statements`)];
  const found = statements.flatMap((each) => [...statementFindings(each, dialect), ...(sqlite === undefined ? [] : sqliteFindings(each, sql, sqlite))]);
  return statements.length === 1 ? found : [...found, finding('MEDIUM', 'sql-many-statements', `holds ${statements.length} statements`)];
}

/** By the server's own grammar: whether it is SQL at all, and all that is in it. What the house's own grammar found in it as well counts too. */
function postgresFindings(read: Tokens, sql: string, grammar: PostgresGrammar): Finding[] {
  const parsed = grammar(sql);
  if (!parsed.ok) {
    const at = parsed.at !== undefined && isAscii(sql) ? ([parsed.at, parsed.at + 1] as const) : undefined;
    return [finding('HIGH', 'sql-not-understood', `PostgreSQL cannot parse this: ${parsed.why}`, at)];
  }
  if (parsed.statements.length === 0) return [finding('HIGH', 'sql-not-understood', 'holds no statement')];
  if (parsed.statements.length > SQL_LIMITS.statements) return [finding('HIGH', 'sql-many-statements', `holds more than ${SQL_LIMITS.statements} statements`)];
  const many = parsed.statements.length === 1 ? [] : [finding('MEDIUM', 'sql-many-statements', `holds ${parsed.statements.length} statements`)];
  // How much a call comes to is told by the tree.
  const own = ownFindings(read, sql, 'postgres').filter(({ rule }) => rule !== 'sql-not-understood' && rule !== 'sql-function-heavy');
  const plain = isAscii(sql);
  return [...parsed.statements.flatMap((each) => treeFindings(each, plain)), ...many, ...own];
}

/** Why it would take long to read; the server's own grammar takes longer the more comments lie in each other. */
function excess(sql: string, read: Tokens): string | undefined {
  if (!read.ok && read.tooMany) return read.reason;
  if (!read.ok && sql.length > SQL_LIMITS.unmeasured) return `${read.reason}, in more than ${SQL_LIMITS.unmeasured} characters`;
  return sql.split('/*', SQL_LIMITS.comments + 2).length > SQL_LIMITS.comments + 1 ? `more than ${SQL_LIMITS.comments} comments` : undefined;
}

export function sqlFindings(sql: unknown, dialect: Dialect, grammars: Grammars): Finding[] {
  if (typeof sql !== 'string' || sql.length > SQL_LIMITS.characters) return [finding('HIGH', 'sql-not-understood', `is no text of at most ${SQL_LIMITS.characters} characters`)];
  const hidden = hiddenCharacter(sql);
  if (hidden !== undefined) return [finding('HIGH', 'hidden-character', `the SQL holds ${hidden.name}`, [hidden.at, hidden.at + 1])];
  const read = readTokens(sql, dialect, SQL_LIMITS.tokens);
  const much = excess(sql, read);
  if (much !== undefined) return [finding('HIGH', 'sql-too-complex', `is too complex to assess: holds ${much}`)];
  if (dialect === 'sqlite') return ownFindings(read, sql, dialect, grammars.sqlite());
  const grammar = grammars.postgres();
  return grammar === undefined ? ownFindings(read, sql, dialect) : postgresFindings(read, sql, grammar);
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

/** By each name that programs call them. */
const DIALECTS: ReadonlyMap<unknown, Dialect> = new Map([
  ['sqlite', 'sqlite'],
  ['sqlite3', 'sqlite'],
  ['postgres', 'postgres'],
  ['postgresql', 'postgres'],
]);

export function assessQuery(payload: QueryPayload, places: Places, grammars: Grammars): Finding[] {
  const dialect = DIALECTS.get(payload.dialect);
  if (dialect === undefined) return [finding('HIGH', 'sql-dialect-unknown', `'${String(payload.dialect).slice(0, 40)}' is no dialect that is known here`)];
  const found = sqlFindings(payload.sql, dialect, grammars);
  return [...found, ...databaseFindings(payload.database, worstOf(found) !== 'LOW', places)];
}
