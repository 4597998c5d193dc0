// Whether a condition of a parsed PostgreSQL statement bounds the rows that a change touches. One that is true for every row is none.
type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** The same expression, wherever each stands. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (key, member) => (key === 'location' ? undefined : member)) ?? '';
}

/** Nodes by whether they name a column. Each is looked through once, however often it is asked about. */
type Known = Map<object, boolean>;

function namesColumn(value: unknown, known: Known): boolean {
  if (!isObject(value)) return false;
  const before = known.get(value);
  if (before !== undefined) return before;
  const names = Object.entries(value).some(([key, child]) => key === 'ColumnRef' || key === 'CurrentOfExpr' || namesColumn(child, known));
  known.set(value, names);
  return names;
}

function nodeOf(value: unknown, kind: string): Fields | undefined {
  const node = isObject(value) ? value[kind] : undefined;
  return isObject(node) ? node : undefined;
}

const MATCHES_ALL = /^[%]+$/;
const EXPRESSION_OF_ALL = /^\^?\.?\*?\$?$/;

/** `a IN (1, a)`, `a BETWEEN a AND a`. */
function listsItself({ kind, lexpr, rexpr }: Fields): boolean {
  const items = nodeOf(rexpr, 'List')?.items ?? rexpr;
  if (!Array.isArray(items)) return false;
  const own = textOf(lexpr);
  const isOwn = (item: unknown): boolean => textOf(item) === own;
  return kind === 'AEXPR_IN' ? items.some(isOwn) : /^AEXPR_BETWEEN(_SYM)?$/.test(String(kind)) && items.every(isOwn);
}

function comparesWithItself(expression: Fields): boolean {
  const [operator] = (expression.name as readonly Fields[] | undefined)?.map((each) => nodeOf(each, 'String')?.sval) ?? [];
  if (/^(=|<=|>=)$/.test(String(operator)) && textOf(expression.lexpr) === textOf(expression.rexpr)) return true;
  if (listsItself(expression)) return true;
  const pattern = nodeOf(expression.rexpr, 'A_Const')?.sval;
  if (/^~\*?$/.test(String(operator)) && isObject(pattern) && EXPRESSION_OF_ALL.test(String(pattern.sval ?? ''))) return true;
  return /^AEXPR_I?LIKE$/.test(String(expression.kind)) && isObject(pattern) && MATCHES_ALL.test(String(pattern.sval ?? ''));
}

/** `a IS NULL OR a IS NOT NULL` */
function saysBoth(parts: readonly unknown[]): boolean {
  const types = new Map<string, unknown>();
  for (const part of parts) {
    const test = nodeOf(part, 'NullTest');
    if (test === undefined) continue;
    const arg = textOf(test.arg);
    if (types.has(arg) && types.get(arg) !== test.nulltesttype) return true;
    types.set(arg, test.nulltesttype);
  }
  return false;
}

function alwaysTrue(condition: unknown, known: Known): boolean {
  if (!namesColumn(condition, known)) return true;
  const bool = nodeOf(condition, 'BoolExpr');
  const parts = Array.isArray(bool?.args) ? (bool.args as readonly unknown[]) : [];
  if (bool?.boolop === 'OR_EXPR') return parts.some((part) => alwaysTrue(part, known)) || saysBoth(parts);
  if (bool?.boolop === 'AND_EXPR') return parts.every((part) => alwaysTrue(part, known));
  const expression = nodeOf(condition, 'A_Expr');
  return expression !== undefined && comparesWithItself(expression);
}

/** `whereClause` as the tree has it; undefined when the statement has none. */
export function treeBoundsRows(whereClause: unknown): boolean {
  return whereClause !== undefined && !alwaysTrue(whereClause, new Map());
}
