// The parts of a parsed PostgreSQL statement that matter to the gate, gathered from anywhere in its tree.
import type { PostgresNode } from '../parse/parse-postgres.ts';

export interface NamedPart {
  readonly path: readonly string[];
  readonly at: number | undefined;
}

export interface TreeSeen {
  readonly functions: NamedPart[];
  readonly tables: NamedPart[];
  /** Kinds of nodes that change rows, outermost first. */
  readonly changes: string[];
  /** Operators of a schema, which anybody may have written. */
  readonly operators: string[];
  readonly notes: Set<'into' | 'locking' | 'recursive' | 'product' | 'xml'>;
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

function seeNode(kind: string, fields: Readonly<Record<string, unknown>>, seen: TreeSeen): void {
  if (CHANGES.has(kind)) seen.changes.push(kind);
  if (kind === 'FuncCall') seen.functions.push({ path: textsOf(fields.funcname).map((name) => name.toLowerCase()), at: place(fields) });
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
