// The parts of a parsed PostgreSQL statement that matter to the gate, gathered from anywhere in its tree.
import type { PostgresNode } from '../parse/parse-postgres.ts';
import { isSized, isWideFormat, type SizedCall, sizedCall } from './call-size.ts';
import { treeAmount } from './postgres-amount.ts';

export interface NamedPart {
  readonly path: readonly string[];
  readonly at: number | undefined;
}

/** `sized`: one of the server's own that makes as much as it is asked for. */
export interface CalledPart extends NamedPart {
  readonly sized?: SizedCall;
}

export interface TreeSeen {
  readonly functions: CalledPart[];
  readonly tables: NamedPart[];
  /** Kinds of nodes that change rows, outermost first. */
  readonly changes: string[];
  /** Operators of a schema, which anybody may have written. */
  readonly operators: string[];
  readonly notes: Set<'into' | 'locking' | 'recursive' | 'product' | 'xml' | 'own-setting' | 'query-text' | 'wide-format'>;
  tooDeep: boolean;
}

const DEEPEST = 400;
const CHANGES = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
const MANY_TABLES = 3;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** `[{String: {sval: 'a'}}]` as texts. */
export function textsOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((each) => (isObject(each) && isObject(each.String) ? String(each.String.sval ?? '') : ''));
}

const place = ({ location }: Readonly<Record<string, unknown>>): number | undefined => (typeof location === 'number' && location >= 0 ? location : undefined);

/** `app.jwt_secret`: settings of the server itself have no dot in their names. */
const isOwnSetting = (name: unknown): boolean => typeof name !== 'string' || name.includes('.');

function seeCall(fields: Readonly<Record<string, unknown>>, seen: TreeSeen): void {
  const path = textsOf(fields.funcname).map((name) => name.toLowerCase());
  const name = path.at(-1) ?? '';
  const given = Array.isArray(fields.args) ? fields.args : [];
  const own = path.length === 1 || (path.length === 2 && path[0] === 'pg_catalog');
  seen.functions.push({
    path,
    at: place(fields),
    ...(own &&
      isSized(name) && {
        sized: sizedCall(
          name,
          given.map((each) => treeAmount(each)),
        ),
      }),
  });
  if (name === 'format' && isWideFormat(String(given[0]?.A_Const?.sval?.sval ?? ''))) seen.notes.add('wide-format');
  if (name === 'current_setting' && isOwnSetting(given[0]?.A_Const?.sval?.sval)) seen.notes.add('own-setting');
}

const isQueryText = (field: unknown): boolean => isObject(field) && (field.A_Star !== undefined || (isObject(field.String) && field.String.sval === 'query'));

function seeNode(kind: string, fields: Readonly<Record<string, unknown>>, seen: TreeSeen): void {
  if (CHANGES.has(kind)) seen.changes.push(kind);
  if (kind === 'FuncCall') seeCall(fields, seen);
  if (kind === 'VariableShowStmt' && isOwnSetting(fields.name)) seen.notes.add('own-setting');
  if (kind === 'ColumnRef' && Array.isArray(fields.fields) && isQueryText(fields.fields.at(-1))) seen.notes.add('query-text');
  if (kind === 'LockingClause') seen.notes.add('locking');
  if (kind === 'XmlExpr' && fields.op === 'IS_XMLPARSE') seen.notes.add('xml');
  if (kind !== 'A_Expr') return;
  const name = textsOf(fields.name);
  if (name.length > 1 && name[0] !== 'pg_catalog') seen.operators.push(name.join('.'));
}

/** Some parts stand without their kind, and are known by their members. */
function seeMembers(fields: Readonly<Record<string, unknown>>, seen: TreeSeen): void {
  if (typeof fields.relname === 'string') {
    const schema = typeof fields.schemaname === 'string' ? [fields.schemaname] : [];
    seen.tables.push({ path: [...schema, fields.relname].map((name) => name.toLowerCase()), at: place(fields) });
  }
  if (isObject(fields.intoClause)) seen.notes.add('into');
  if (fields.recursive === true) seen.notes.add('recursive');
  if (Array.isArray(fields.fromClause) && fields.fromClause.length >= MANY_TABLES && fields.whereClause === undefined) seen.notes.add('product');
}

/** Kinds begin with a capital, members do not. */
const isKind = (key: string): boolean => key.charCodeAt(0) >= 0x41 && key.charCodeAt(0) <= 0x5a;

function visit(value: unknown, depth: number, seen: TreeSeen): void {
  if (depth > DEEPEST) seen.tooDeep = true;
  if (!isObject(value) || seen.tooDeep) return;
  if (!Array.isArray(value)) seeMembers(value, seen);
  for (const [key, child] of Object.entries(value)) {
    if (isObject(child) && isKind(key)) seeNode(key, child, seen);
    visit(child, depth + 1, seen);
  }
}

export function seenIn(statement: PostgresNode): TreeSeen {
  const seen: TreeSeen = { functions: [], tables: [], changes: [], operators: [], notes: new Set(), tooDeep: false };
  visit(statement, 0, seen);
  return seen;
}
