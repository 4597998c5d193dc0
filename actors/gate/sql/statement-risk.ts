// One SQL statement, by what its first words say it does; what only reads is then read word by word, and is LOW when nothing else is in it.
import type { Finding, RiskLevel } from '../../work/types.ts';
import { finding, worse } from '../verdict.ts';
import { amountOf, areSmall, isSized, isWideFormat, type SizedCall, sizedCall } from './call-size.ts';
import { commonTablesOf, withQueriesInPlace } from './common-tables.ts';
import { Cursor } from './cursor.ts';
import { functionKind, GUARDED_TABLES, REACHING_TABLES, SYSTEM_TABLES } from './functions.ts';
import { pragmaFinding } from './pragma.ts';
import { change, query, startsChange, startsQuery } from './query-grammar.ts';
import { nothingSeen, type Seen } from './query-parts.ts';
import type { Dialect, Token } from './tokens.ts';
import { boundsRows, conditionOf, targetOf } from './where-clause.ts';

type Span = readonly [number, number];

/** By their first words; the first that fits counts, and none is LOW. */
const BY_FIRST_WORDS: readonly (readonly [RegExp, RiskLevel, string])[] = [
  [/^drop (database|schema|owned|role|user|tablespace)\b/, 'CRITICAL', 'removes a whole database, schema or user'],
  [/^(drop|truncate)\b/, 'HIGH', 'removes what cannot be brought back'],
  [
    /^(grant|revoke|reassign|set role|set session|reset role|alter (role|user|group|default)|create (role|user|group|policy)|alter policy|security)\b/,
    'HIGH',
    'changes who may do what',
  ],
  [
    /^(copy|load|do|call|execute|prepare|deallocate|import|export|backup|restore|attach|detach|alter system|listen|notify|discard|checkpoint|cluster|refresh|comment|security|lock|kill|shutdown)\b/,
    'HIGH',
    'reaches beyond the rows of this database',
  ],
  [/^alter table \S+( \. \S+)? add (column )?\w+/, 'MEDIUM', 'adds to a table'],
  [/^alter\b/, 'HIGH', 'changes what is already there'],
  [
    /^create (or replace|function|procedure|trigger|temp trigger|temporary trigger|event|extension|server|foreign|publication|subscription|rule|language|cast|operator|aggregate|database|virtual|access|user|unlogged function|constraint|transform|tablespace)\b/,
    'HIGH',
    'makes something that runs code or reaches outside',
  ],
  [/^vacuum\b.* into\b/, 'HIGH', 'writes a copy of the database to a file'],
  [/^(vacuum|analyze|reindex|begin|start transaction|commit|end|rollback|savepoint|release|abort|set|reset)\b/, 'MEDIUM', 'is upkeep, or a setting for what follows'],
];

const CREATE = /^create (temp |temporary |unlogged |unique |global |local )*(table|index|view|materialized view|schema|sequence|type|domain)\b/;

function headOf(statement: readonly Token[]): string {
  return statement
    .slice(0, 12)
    .map(({ value }) => value)
    .join(' ')
    .toLowerCase();
}

/** Numbers and texts between the brackets that follow it; where anything else stands there, nothing is known. */
function sizedAt(statement: readonly Token[], token: Token): SizedCall {
  const opened = statement.indexOf(token) + 1;
  const close = statement.findIndex(({ kind, value }, at) => at > opened && kind === 'sign' && value === ')');
  const within = statement.slice(opened + 1, close);
  const plain = within.every(({ kind, value }, at) => (at % 2 === 0 ? kind === 'number' || kind === 'text' : value === ','));
  return sizedCall(
    token.value,
    within.filter((_, at) => plain && at % 2 === 0).map(({ value }) => amountOf(value)),
  );
}

const FORMATS = /^(printf|format)$/;

function functionFindings(seen: Seen, statement: readonly Token[]): Finding[] {
  const sized = seen.functions.filter(({ path }) => path.length === 1 && isSized(path[0] ?? ''));
  const small = areSmall(sized.map(({ token }) => sizedAt(statement, token)));
  const wide = statement.some(({ kind, value }) => kind === 'text' && isWideFormat(value));
  return seen.functions.flatMap(({ path, token }): Finding[] => {
    const span: Span = [token.start, token.end];
    const name = path.join('.');
    const kind = small && path.length === 1 && isSized(name) ? 'pure' : wide && FORMATS.test(name) ? 'heavy' : functionKind(path);
    if (kind === 'reaching') return [finding('HIGH', 'sql-function-reaches', `${name}() reaches files, processes, settings or other servers`, span)];
    if (kind === 'heavy') return [finding('MEDIUM', 'sql-function-heavy', `${name}() takes time, space or a lock at will`, span)];
    return kind === 'unknown' ? [finding('MEDIUM', 'sql-function-unknown', `${name}() is not known to be harmless`, span)] : [];
  });
}

function tableFindings(seen: Seen): Finding[] {
  return seen.tables.flatMap(({ path, token }) => {
    const name = path.at(-1) ?? '';
    const reaches = GUARDED_TABLES.test(name) || REACHING_TABLES.test(name);
    return reaches ? [finding('HIGH', 'sql-table-guarded', `${name} holds credentials or reaches outside`, [token.start, token.end])] : [];
  });
}

function noteFindings(seen: Seen, span: Span): Finding[] {
  const found: Finding[] = [];
  if (seen.notes.has('into')) found.push(finding('HIGH', 'sql-select-into', 'a SELECT that makes a table', span));
  if (seen.notes.has('locking')) found.push(finding('MEDIUM', 'sql-locks-rows', 'keeps rows locked', span));
  if (seen.notes.has('product')) found.push(finding('MEDIUM', 'sql-product', 'joins many tables without saying how', span));
  if (seen.notes.has('recursive')) found.push(finding('MEDIUM', 'sql-recursive', 'a recursive query may never end', span));
  return found;
}

function changesSystemTables(seen: Seen): boolean {
  return seen.tables.some(({ path }) => path.some((name) => SYSTEM_TABLES.test(name)));
}

function rowChangeFindings(statement: readonly Token[], verb: string, span: Span, seen: Seen, before: readonly Token[] = []): Finding[] {
  if (changesSystemTables(seen)) return [finding('HIGH', 'sql-changes-schema-tables', "changes the database's own tables", span)];
  if (verb === 'insert' || verb === 'replace') return [finding('MEDIUM', 'sql-inserts', 'adds or replaces rows', span)];
  const condition = conditionOf(statement);
  if (condition === undefined) return [finding('HIGH', 'sql-no-where', `${verb.toUpperCase()} without WHERE touches every row`, span)];
  if (!boundsRows(withQueriesInPlace(condition, commonTablesOf(before)), targetOf(statement)))
    return [finding('HIGH', 'sql-where-always-true', `the WHERE of this ${verb.toUpperCase()} is true for every row`, span)];
  return [finding('MEDIUM', 'sql-changes-rows', `${verb.toUpperCase()} of the rows that the WHERE names`, span)];
}

const NOT_UNDERSTOOD = (span: Span): Finding[] => [finding('HIGH', 'sql-not-understood', 'is not SQL that is understood here', span)];

function readingFindings(statement: readonly Token[], span: Span): Finding[] {
  const cursor = new Cursor(statement);
  const seen = nothingSeen();
  if (!query(cursor, seen) || !cursor.done) return NOT_UNDERSTOOD(span);
  const common = [...functionFindings(seen, statement), ...tableFindings(seen), ...noteFindings(seen, span)];
  if (seen.changes.length === 0) return [finding('LOW', 'sql-reads', 'only reads', span), ...common];
  const [changed] = seen.changes;
  const first = changed === undefined ? 0 : statement.indexOf(changed);
  const only = seen.changes.length === 1 && isLastPart(statement, first);
  const hidden = finding('HIGH', 'sql-hidden-change', 'changes rows within a query', span);
  return [
    only ? finding('MEDIUM', 'sql-change-after-with', 'changes rows', span) : hidden,
    ...rowChangeFindings(statement.slice(first), seen.changes[0]?.value ?? '', span, seen, statement.slice(0, first)),
    ...common,
  ];
}

/** Not within brackets: the statement that a WITH leads to. */
function isLastPart(statement: readonly Token[], at: number): boolean {
  const before = statement.slice(0, at).filter(({ kind }) => kind === 'sign');
  return before.filter(({ value }) => value === '(').length === before.filter(({ value }) => value === ')').length;
}

function changeFindings(statement: readonly Token[], span: Span): Finding[] {
  const cursor = new Cursor(statement);
  const seen = nothingSeen();
  if (!change(cursor, seen) || !cursor.done) return NOT_UNDERSTOOD(span);
  const extra = seen.changes.length > 1 ? [finding('HIGH', 'sql-hidden-change', 'changes rows within a query', span)] : [];
  return [...rowChangeFindings(statement, statement[0]?.value ?? '', span, seen), ...extra, ...functionFindings(seen, statement), ...tableFindings(seen)];
}

const EXPLAIN_WORDS = new Set(['query', 'plan', 'verbose', 'analyze', 'analyse']);

function explainFindings(statement: readonly Token[], dialect: Dialect, span: Span): Finding[] {
  let at = 1;
  if (statement[at]?.value === '(') at = statement.findIndex(({ kind, value }) => kind === 'sign' && value === ')') + 1;
  while (EXPLAIN_WORDS.has(statement[at]?.value ?? '') && statement[at]?.kind === 'word') at += 1;
  const runs = dialect === 'postgres' && statement.slice(0, at).some(({ value }) => /^analy[sz]e$/.test(value));
  const inner = statementFindings(statement.slice(at), dialect);
  const reads = inner.every(({ level }) => level === 'LOW');
  if (runs && !reads) return [finding('HIGH', 'sql-explain-runs', 'EXPLAIN ANALYZE runs the statement', span), ...inner];
  const understood = inner.every(({ rule }) => rule !== 'sql-not-understood');
  if (!understood) return inner;
  return [finding(reads && !runs ? 'LOW' : 'MEDIUM', 'sql-explains', runs ? 'runs the query to time it' : 'tells how it would run', span)];
}

function showFindings(statement: readonly Token[], dialect: Dialect, span: Span): Finding[] {
  const plain = dialect === 'postgres' && statement.length >= 2 && statement.length <= 4 && statement.slice(1).every(({ kind, value }) => kind === 'word' || value === '.');
  return plain ? [finding('LOW', 'sql-reads', 'shows a setting', span)] : NOT_UNDERSTOOD(span);
}

const balanced = (statement: readonly Token[]): boolean => {
  const signs = statement.filter(({ kind }) => kind === 'sign').map(({ value }) => value);
  return signs.filter((sign) => sign === '(').length === signs.filter((sign) => sign === ')').length;
};

function createFindings(statement: readonly Token[], head: string, span: Span): Finding[] {
  const what = CREATE.exec(head)?.[2];
  const complete = balanced(statement) && statement.length >= (what === 'table' || what === 'index' || what?.endsWith('view') ? 5 : 3);
  if (what === undefined || !complete) return NOT_UNDERSTOOD(span);
  const names = statement.filter(({ kind }) => kind === 'word' || kind === 'name').map(({ value }) => value.toLowerCase());
  const calls = statement.filter((token, at) => token.kind === 'word' && statement[at + 1]?.value === '(' && functionKind([token.value]) === 'reaching');
  if (calls.length > 0 || names.some((name) => GUARDED_TABLES.test(name))) return [finding('HIGH', 'sql-function-reaches', 'reaches beyond the rows of this database', span)];
  const changes = names.some((name, at) => /^(insert|delete|update)$/.test(name) && names[at - 1] !== 'on' && names[at - 1] !== 'for');
  if (changes) return [finding('HIGH', 'sql-hidden-change', 'changes rows within a definition', span)];
  return [finding('MEDIUM', 'sql-creates', `makes a ${what}`, span)];
}

/** Of one statement, without its semicolon. At least one finding. */
export function statementFindings(statement: readonly Token[], dialect: Dialect): Finding[] {
  const first = statement[0];
  const last = statement.at(-1);
  if (first === undefined || last === undefined) return NOT_UNDERSTOOD([0, 0]);
  const span: Span = [first.start, last.end];
  const head = headOf(statement);
  const cursor = new Cursor(statement);
  if (startsQuery(cursor) || cursor.isAt('(')) return readingFindings(statement, span);
  if (startsChange(cursor)) return changeFindings(statement, span);
  if (first.kind !== 'word') return NOT_UNDERSTOOD(span);
  if (first.value === 'explain') return explainFindings(statement, dialect, span);
  if (first.value === 'show') return showFindings(statement, dialect, span);
  if (first.value === 'pragma') return dialect === 'sqlite' ? [pragmaFinding(statement.slice(1), span)] : NOT_UNDERSTOOD(span);
  const entry = BY_FIRST_WORDS.find(([pattern]) => pattern.test(head));
  if (entry !== undefined) return [finding(balanced(statement) ? entry[1] : worse(entry[1], 'HIGH'), 'sql-statement-kind', `${first.value.toUpperCase()} ${entry[2]}`, span)];
  return first.value === 'create' ? createFindings(statement, head, span) : NOT_UNDERSTOOD(span);
}
