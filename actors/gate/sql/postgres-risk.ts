// A parsed PostgreSQL statement by its kind and by all that lies in its tree. A kind that is not listed here is HIGH.
import type { Finding, RiskLevel } from '../../work/types.ts';
import type { PostgresNode } from '../parse/parse-postgres.ts';
import { finding, worstOf } from '../verdict.ts';
import { areSmall } from './call-size.ts';
import { functionKind, GUARDED_TABLES, QUERY_TABLES, REACHING_TABLES, SYSTEM_TABLES } from './functions.ts';
import { treeBoundsRows } from './postgres-condition.ts';
import { seenIn, type TreeSeen } from './postgres-tree.ts';

type Fields = Readonly<Record<string, unknown>>;
type Span = readonly [number, number];

/** Kinds of statements by what they do; the others reach beyond the rows of this database, or may. */
const KINDS: Readonly<Record<string, readonly [RiskLevel, string]>> = {
  SelectStmt: ['LOW', 'only reads'],
  VariableShowStmt: ['LOW', 'shows a setting'],
  InsertStmt: ['MEDIUM', 'adds rows'],
  MergeStmt: ['MEDIUM', 'changes the rows that it matches'],
  CreateStmt: ['MEDIUM', 'makes a table'],
  CreateTableAsStmt: ['MEDIUM', 'makes a table'],
  IndexStmt: ['MEDIUM', 'makes an index'],
  ViewStmt: ['MEDIUM', 'makes a view'],
  CreateSchemaStmt: ['MEDIUM', 'makes a schema'],
  CreateSeqStmt: ['MEDIUM', 'makes a sequence'],
  CreateEnumStmt: ['MEDIUM', 'makes a type'],
  CompositeTypeStmt: ['MEDIUM', 'makes a type'],
  CreateDomainStmt: ['MEDIUM', 'makes a type'],
  CommentStmt: ['MEDIUM', 'describes a part of the schema'],
  VacuumStmt: ['MEDIUM', 'is upkeep'],
  ReindexStmt: ['MEDIUM', 'is upkeep'],
  TransactionStmt: ['MEDIUM', 'begins or ends a transaction'],
  VariableSetStmt: ['MEDIUM', 'changes a setting for what follows'],
  DeclareCursorStmt: ['MEDIUM', 'keeps a query open'],
  FetchStmt: ['MEDIUM', 'reads from an open query'],
  ClosePortalStmt: ['MEDIUM', 'ends an open query'],
  DropdbStmt: ['CRITICAL', 'removes a whole database'],
  DropOwnedStmt: ['CRITICAL', 'removes all that somebody owns'],
  DropRoleStmt: ['CRITICAL', 'removes a user'],
  DropTableSpaceStmt: ['CRITICAL', 'removes where tables are kept'],
};

const ADDS = /^AT_(AddColumn|AddConstraint|ColumnDefault|ValidateConstraint|SetStatistics)$/;
const NAMES_A_USER = /^(role|session_authorization)$/;

function alters({ cmds }: Fields): Finding[] {
  const types = Array.isArray(cmds) ? cmds.map((each) => String((each as { AlterTableCmd?: Fields }).AlterTableCmd?.subtype)) : [];
  const adds = types.length > 0 && types.every((type) => ADDS.test(type));
  return [adds ? finding('MEDIUM', 'sql-statement-kind', 'adds to a table') : finding('HIGH', 'sql-statement-kind', 'changes what is already there')];
}

function changesRows(verb: string, { whereClause }: Fields): Finding[] {
  if (whereClause === undefined) return [finding('HIGH', 'sql-no-where', `${verb} without WHERE touches every row`)];
  if (!treeBoundsRows(whereClause)) return [finding('HIGH', 'sql-where-always-true', `the WHERE of this ${verb} is true for every row`)];
  return [finding('MEDIUM', 'sql-changes-rows', `${verb} of the rows that the WHERE names`)];
}

function runsIt(options: unknown): boolean {
  const given = Array.isArray(options) ? options.map((each) => (each as { DefElem?: Fields }).DefElem ?? {}) : [];
  return given.some(({ defname, arg }) => defname === 'analyze' && !/"(false|off|0)"|"ival":\{\}/.test(JSON.stringify(arg ?? null)));
}

function explains({ query, options }: Fields): Finding[] {
  const inner = treeFindings(query as PostgresNode, false);
  const reads = worstOf(inner) === 'LOW';
  const runs = runsIt(options);
  if (runs && !reads) return [finding('HIGH', 'sql-explain-runs', 'EXPLAIN ANALYZE runs the statement'), ...inner];
  return [finding(reads && !runs ? 'LOW' : 'MEDIUM', 'sql-explains', runs ? 'runs the query to time it' : 'tells how it would run')];
}

/** `when not matched by source then delete`: of a small source that is nearly all. */
function changesUnmatched({ mergeWhenClauses }: Fields): boolean {
  const clauses = Array.isArray(mergeWhenClauses) ? mergeWhenClauses.map((each) => (each as { MergeWhenClause?: Fields }).MergeWhenClause ?? {}) : [];
  return clauses.some(
    ({ matchKind, commandType, condition }) =>
      matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE' && commandType !== 'CMD_NOTHING' && (condition === undefined || !treeBoundsRows(condition)),
  );
}

function byKind(kind: string, fields: Fields): Finding[] {
  if (kind === 'UpdateStmt') return changesRows('UPDATE', fields);
  if (kind === 'DeleteStmt') return changesRows('DELETE', fields);
  if (kind === 'MergeStmt' && !treeBoundsRows(fields.joinCondition)) return [finding('HIGH', 'sql-where-always-true', 'the ON of this MERGE is true for every row')];
  if (kind === 'MergeStmt' && changesUnmatched(fields)) return [finding('HIGH', 'sql-no-where', 'this MERGE changes every row that the source does not name')];
  if (kind === 'AlterTableStmt') return alters(fields);
  if (kind === 'ExplainStmt') return explains(fields);
  if (kind === 'DropStmt' && fields.removeType === 'OBJECT_SCHEMA') return [finding('CRITICAL', 'sql-statement-kind', 'removes a whole schema')];
  if (kind === 'VariableSetStmt' && (NAMES_A_USER.test(String(fields.name)) || fields.kind === 'VAR_SET_MULTI'))
    return [finding('HIGH', 'sql-statement-kind', 'changes who acts, or several settings at once')];
  if (kind === 'ViewStmt' && fields.replace === true) return [finding('HIGH', 'sql-statement-kind', 'replaces a view')];
  const [level, why] = KINDS[kind] ?? (['HIGH', 'reaches beyond the rows of this database, or removes what cannot be brought back'] as const);
  return [finding(level, level === 'LOW' ? 'sql-reads' : 'sql-statement-kind', `${kind.replace(/Stmt$/, '')}: ${why}`)];
}

/** Positions count bytes: they are places in the text only when it is plain. */
function spanAt(plain: boolean, at: number | undefined, length: number): Span | undefined {
  return at === undefined || !plain ? undefined : [at, at + length];
}

const REACH_WHY = {
  reaching: 'reaches files, processes, settings or other servers',
  heavy: 'takes time, space or a lock at will',
  unknown: 'is not known to be harmless',
} as const;

function partFindings(seen: TreeSeen, plain: boolean): Finding[] {
  const small = areSmall(seen.functions.flatMap(({ sized }) => (sized === undefined ? [] : [sized])));
  const functions = seen.functions.flatMap(({ path, at, sized }) => {
    const kind = functionKind(path);
    const name = path.join('.');
    return kind === 'pure' || (small && sized !== undefined)
      ? []
      : [
          finding(
            kind === 'reaching' ? 'HIGH' : 'MEDIUM',
            `sql-function-${kind === 'reaching' ? 'reaches' : kind}`,
            `${name}() ${REACH_WHY[kind]}`,
            spanAt(plain, at, name.length),
          ),
        ];
  });
  const tables = seen.tables
    .filter(({ path }) => GUARDED_TABLES.test(path.at(-1) ?? '') || REACHING_TABLES.test(path.at(-1) ?? ''))
    .map(({ path, at }) => finding('HIGH', 'sql-table-guarded', `${path.join('.')} holds credentials or reaches outside`, spanAt(plain, at, path.join('.').length)));
  return [...functions, ...tables, ...seen.operators.map((name) => finding('MEDIUM', 'sql-function-unknown', `the operator ${name} is not known to be harmless`))];
}

function noteFindings({ notes, tooDeep, tables }: TreeSeen): Finding[] {
  const found: Finding[] = [];
  if (tooDeep) found.push(finding('HIGH', 'sql-too-deep', 'is nested deeper than is judged'));
  if (notes.has('into')) found.push(finding('HIGH', 'sql-select-into', 'a SELECT that makes a table'));
  if (notes.has('xml')) found.push(finding('MEDIUM', 'sql-function-unknown', 'parses a document'));
  if (notes.has('wide-format')) found.push(finding('MEDIUM', 'sql-function-heavy', 'makes a text as wide as it is told to'));
  if (notes.has('own-setting')) found.push(finding('MEDIUM', 'sql-own-setting', 'shows a setting that an application made, which may be a secret'));
  if (notes.has('query-text') && tables.some(({ path }) => QUERY_TABLES.test(path.at(-1) ?? ''))) found.push(finding('MEDIUM', 'sql-table-guarded', 'shows what others ask'));
  if (notes.has('locking')) found.push(finding('MEDIUM', 'sql-locks-rows', 'keeps rows locked'));
  if (notes.has('product')) found.push(finding('MEDIUM', 'sql-product', 'joins many tables without saying how'));
  if (notes.has('recursive')) found.push(finding('MEDIUM', 'sql-recursive', 'a recursive query may never end'));
  return found;
}

function hiddenChange(kind: string, { changes, tables }: TreeSeen): Finding[] {
  const own = /^(Insert|Update|Delete|Merge)Stmt$/.test(kind) ? 1 : 0;
  const hidden = changes.length > own && kind !== 'ExplainStmt' ? [finding('HIGH', 'sql-hidden-change', 'changes rows within another statement')] : [];
  const schema = changes.length > 0 && tables.some(({ path }) => path.some((name) => SYSTEM_TABLES.test(name)));
  return schema ? [...hidden, finding('HIGH', 'sql-changes-schema-tables', "changes the database's own tables")] : hidden;
}

/** Kinds whose judgement looks into their tree: of one that is too deep nothing more can be said. */
const LOOKS_DEEPER: ReadonlySet<string> = new Set(['UpdateStmt', 'DeleteStmt', 'MergeStmt', 'ExplainStmt']);

/** Of one statement; `plain` when its places are those of characters. */
export function treeFindings(statement: PostgresNode, plain: boolean): Finding[] {
  const [entry] = Object.entries(statement);
  if (entry === undefined) return [finding('HIGH', 'sql-not-understood', 'a statement without a kind')];
  const [kind, fields] = entry;
  const seen = seenIn(statement);
  const own = seen.tooDeep && LOOKS_DEEPER.has(kind) ? [] : byKind(kind, fields as Fields);
  return [...own, ...partFindings(seen, plain), ...noteFindings(seen), ...hiddenChange(kind, seen)];
}
