// What one SQL statement is, read from its tokens before SQLite sees it: some statements (PRAGMA, ATTACH, VACUUM INTO) act on
// files that no prepared statement admits to. What is not on the list is refused.
import { sqlTokens } from './sql-tokens.ts';

const VERBS = new Set(['SELECT', 'VALUES', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE']);
const SCHEMA_VERBS = new Set(['CREATE', 'ALTER', 'DROP', 'REINDEX', 'ANALYZE']);
/** Pragmas that read the schema whatever argument they get. */
const READING_PRAGMAS = new Set([
  'TABLE_INFO',
  'TABLE_XINFO',
  'INDEX_INFO',
  'INDEX_XINFO',
  'INDEX_LIST',
  'FOREIGN_KEY_LIST',
  'INTEGRITY_CHECK',
  'QUICK_CHECK',
  'FOREIGN_KEY_CHECK',
]);
/** Pragmas that read only as long as they get none. */
const BARE_PRAGMAS = new Set([
  'TABLE_LIST',
  'DATABASE_LIST',
  'COLLATION_LIST',
  'COMPILE_OPTIONS',
  'USER_VERSION',
  'APPLICATION_ID',
  'SCHEMA_VERSION',
  'PAGE_COUNT',
  'PAGE_SIZE',
  'ENCODING',
]);

export type StatementShape =
  | {
      readonly ok: true;
      /** SELECT, INSERT, …, also behind WITH; EXPLAIN for any explanation. */
      readonly verb: string;
      /** An UPDATE or DELETE without WHERE. */
      readonly everyRow: boolean;
    }
  | { readonly ok: false; readonly why: string };

const LONGEST = 1_048_576;

export function shapeOfStatement(sql: string): StatementShape {
  if (sql.length > LONGEST) return { ok: false, why: 'it is longer than 1 MiB' };
  const tokens = sqlTokens(sql);
  while (tokens[0]?.text === ';') tokens.shift();
  const end = tokens.findIndex((token) => token.text === ';' && token.depth === 0);
  // A trigger's body holds semicolons; what follows any other statement is another one, and prepare refuses that too.
  const words = tokens.slice(0, end === -1 ? undefined : end).filter((token) => token.depth === 0);
  const first = words[0]?.text ?? '';
  if (first === 'EXPLAIN') return explanation(words.map((word) => word.text).slice(1));
  if (first === 'PRAGMA') return pragma(tokens.slice(1).map((token) => token.text));
  const verb = first === 'WITH' ? (words.find((word) => VERBS.has(word.text))?.text ?? '') : first;
  if (!VERBS.has(verb) && !SCHEMA_VERBS.has(verb)) return { ok: false, why: first === '' ? 'there is no statement' : `${first} is not allowed` };
  const everyRow = (verb === 'UPDATE' || verb === 'DELETE') && !words.some((word) => word.text === 'WHERE');
  return { ok: true, verb, everyRow };
}

/** A PRAGMA acts even while it is explained. */
function explanation(words: readonly string[]): StatementShape {
  const explained = words[0] === 'QUERY' ? words[2] : words[0];
  const known = explained === 'WITH' || VERBS.has(explained ?? '') || SCHEMA_VERBS.has(explained ?? '');
  return known ? { ok: true, verb: 'EXPLAIN', everyRow: false } : { ok: false, why: `EXPLAIN ${explained ?? ''} is not allowed` };
}

function pragma(words: readonly string[]): StatementShape {
  const [name = '', ...rest] = words[1] === '.' ? words.slice(2) : words;
  const bare = rest.every((word) => word === ';');
  if (READING_PRAGMAS.has(name) || (BARE_PRAGMAS.has(name) && bare)) return { ok: true, verb: 'PRAGMA', everyRow: false };
  return { ok: false, why: `PRAGMA ${name.toLowerCase()}${bare ? '' : ' with a value'} is not allowed` };
}
