// Whether a condition holds for every row, as far as its text shows: a value compared with itself, both sides of a question, a key that every row has.
import { constant, dependsOnRow, isConstant, type Term } from './condition-term.ts';

/** `fixed`: the same for every row, and not known which. */
export type Truth = 'always' | 'never' | 'fixed' | 'some';

const OPPOSITE: Readonly<Record<Truth, Truth>> = { always: 'never', never: 'always', fixed: 'fixed', some: 'some' };

/** Names under which every row has a value of its own, and that one positive. */
const KEY = /^(id|_?rowid_?|oid|ctid|uuid|guid|pk)$/;
const MANY = 999_999_999;
const NEVER_NULL = /^(typeof|pg_typeof|quote|concat)$/;
const NEVER_NEGATIVE = /^(length|char_length|character_length|octet_length|bit_length|abs|cardinality)$/;
const MATCHES_ALL: Readonly<Record<string, RegExp>> = {
  like: /^_?%[%]*$/,
  ilike: /^_?%[%]*$/,
  similar: /^_?%[%]*$/,
  glob: /^\??\*+$/,
  regexp: /^\^?(\.[*+])?\$?$/,
  '~': /^\^?(\.[*+])?\$?$/,
  '~*': /^\^?(\.[*+])?\$?$/,
  '~~': /^_?%[%]*$/,
};
const SAME_IS_TRUE = /^(=|<=|>=|is)$/;
const SAME_IS_FALSE = /^(<>|<|>|is not)$/;
const NEGATED: Readonly<Record<string, string>> = { '=': '<>', '<>': '=', '<': '>=', '>': '<=', '<=': '>', '>=': '<', is: 'is not', 'is not': 'is' };

const numberOf = (term: Term | undefined): number | undefined => (term?.kind === 'constant' && typeof term.value === 'number' ? term.value : undefined);

/** Of a column that is a key, or of a length: what every row has. */
function holdsOfEvery(name: string, left: Term, right: Term): boolean {
  const limit = numberOf(right);
  if (left.kind === 'call' && NEVER_NULL.test(left.name) && name === 'is not' && isConstant(right, null)) return true;
  if (left.kind === 'call' && NEVER_NEGATIVE.test(left.name)) return limit !== undefined && ((name === '>=' && limit <= 0) || (name === '>' && limit < 0));
  if (left.kind !== 'column' || !KEY.test(left.text.split('.').at(-1) ?? '')) return false;
  if (name === 'is not' && isConstant(right, null)) return true;
  if (name === '<>' && isConstant(right, '')) return true;
  return limit !== undefined && ((name === '>' && limit <= 0) || (name === '>=' && limit <= 1) || (name === '<>' && limit <= 0));
}

/** Of a key that counts up: nobody has as many rows. One that does not count up may be as great, so that the opposite says nothing. */
const beyondAll = (name: string, left: Term, right: Term): boolean => /^<=?$/.test(name) && (numberOf(right) ?? 0) >= MANY && holdsOfEvery('>', left, constant(0));

/** When a row was made or changed last: of every row that was before now. */
const WHEN_MADE = /^(created|updated|inserted|modified|registered|added|logged)(_?(at|on|date|time|timestamp))?$/;
const CLOCK = /^((clock|statement|transaction)_timestamp|now|current_(date|timestamp)|localtimestamp|getdate|sysdate)$/;
const CLOCK_OF_SQLITE = /^(datetime|date|unixepoch|julianday)$/;

function isNowOrLater(term: Term): boolean {
  if (term.kind === 'given') return CLOCK.test(term.text);
  if (term.kind !== 'call') return false;
  const [first] = term.args;
  if (CLOCK.test(term.name)) return first === undefined;
  if (CLOCK_OF_SQLITE.test(term.name)) return first === undefined || (isConstant(first, 'now') && term.args.length === 1);
  return term.name === '+' && first !== undefined && isNowOrLater(first);
}

/** `created_at <= now()`, `at < '9999-12-31'`, `at > '1970-01-01'`: no row lies beyond. */
function withinAllTimes(name: string, left: Term, right: Term): boolean {
  if (left.kind !== 'column') return false;
  const before = /^<=?$/.test(name);
  if (before && WHEN_MADE.test(left.text.split('.').at(-1) ?? '') && isNowOrLater(right)) return true;
  if ((!before && !/^>=?$/.test(name)) || right.kind !== 'constant' || typeof right.value !== 'string') return false;
  if (right.value === (before ? 'infinity' : '-infinity')) return true;
  return /^\d{4}-\d\d-\d\d/.test(right.value) && (before ? right.value >= '2100' : right.value < '1970-01-02');
}

/** `id >= (select min(id) from t)`: no row of the table lies beyond its own ends. */
function withinOwnEnds(name: string, left: Term, right: Term, table: string): boolean {
  const plain = right.kind === 'query' ? right.query.plain : undefined;
  if (plain === undefined || plain.item === 'all' || plain.table !== table || plain.item.kind !== 'call') return false;
  const whole = plain.where === undefined || truthOf(plain.where, plain.table) === 'always';
  const end = name === '>=' ? 'min' : name === '<=' ? 'max' : undefined;
  return whole && plain.item.name === end && plain.item.args.length === 1 && plain.item.args[0]?.text === left.text;
}

function ofComparison(name: string, left: Term, right: Term, table: string): Truth {
  const pattern = Object.hasOwn(MATCHES_ALL, name) ? MATCHES_ALL[name] : undefined;
  if (pattern !== undefined && left.text === right.text) return 'always';
  if (pattern !== undefined) return right.kind === 'constant' && typeof right.value === 'string' && pattern.test(right.value) ? 'always' : 'some';
  if (left.text === right.text) return SAME_IS_TRUE.test(name) ? 'always' : SAME_IS_FALSE.test(name) ? 'never' : 'some';
  if ((name === 'is' || name === 'is not') && right.kind === 'constant' && typeof right.value === 'boolean') {
    const truth = truthOf(left, table);
    return (name === 'is') === right.value ? truth : OPPOSITE[truth];
  }
  if (holdsOfEvery(name, left, right) || withinOwnEnds(name, left, right, table) || beyondAll(name, left, right) || withinAllTimes(name, left, right)) return 'always';
  const opposite = Object.hasOwn(NEGATED, name) ? NEGATED[name] : undefined;
  return opposite !== undefined && holdsOfEvery(opposite, left, right) ? 'never' : 'some';
}

/** What each of them leaves open, one of the others may hold: `a > 3 or a <= 5`, `a = 1 or a <> 1`, `p or not p`. */
function coverEverything(parts: readonly Term[]): boolean {
  const texts = new Set(parts.map(({ text }) => text));
  const above = new Map<string, number>();
  const below = new Map<string, number>();
  for (const part of parts) {
    if (part.kind !== 'call') continue;
    const [left, right] = part.args;
    if (left === undefined) continue;
    if (part.name === 'not' && texts.has(left.text)) return true;
    if (right === undefined) continue;
    const negated = Object.hasOwn(NEGATED, part.name) ? NEGATED[part.name] : undefined;
    if (negated !== undefined && texts.has(`${negated}(${left.text},${right.text})`)) return true;
    const limit = numberOf(right);
    if (limit === undefined) continue;
    if (/^>=?$/.test(part.name)) above.set(left.text, Math.min(limit, above.get(left.text) ?? limit));
    if (/^<=?$/.test(part.name)) below.set(left.text, Math.max(limit, below.get(left.text) ?? limit));
    if ((above.get(left.text) ?? Number.POSITIVE_INFINITY) < (below.get(left.text) ?? Number.NEGATIVE_INFINITY)) return true;
  }
  return false;
}

function ofAny(parts: readonly Term[], table: string): Truth {
  const truths = new Set(parts.map((part) => truthOf(part, table)));
  if (truths.has('always') || coverEverything(parts)) return 'always';
  if (truths.has('fixed')) return 'fixed';
  return truths.has('some') ? 'some' : 'never';
}

function ofAll(parts: readonly Term[], table: string): Truth {
  const truths = new Set(parts.map((part) => truthOf(part, table)));
  if (truths.has('never')) return 'never';
  if (truths.has('some')) return 'some';
  return truths.has('fixed') ? 'fixed' : 'always';
}

/** `left in (select …)`: every row of the table itself is among its own. */
function ofMembership(left: Term, among: Term, table: string): Truth {
  const plain = among.kind === 'query' ? among.query.plain : undefined;
  if (plain === undefined) return 'some';
  const truth = plain.where === undefined ? 'always' : truthOf(plain.where, plain.table);
  if (truth === 'never') return 'never';
  const own = plain.table === table && (plain.item === 'all' || plain.item.text === left.text);
  return own && truth !== 'some' ? 'always' : 'some';
}

function ofCase(args: readonly Term[], table: string): Truth {
  const [condition, result, ...others] = args;
  if (condition === undefined) return 'never';
  if (result === undefined) return truthOf(condition, table);
  const asked = truthOf(condition, table);
  if (asked === 'always') return truthOf(result, table);
  const otherwise = ofCase(others, table);
  if (asked === 'never') return otherwise;
  const then = truthOf(result, table);
  return then === otherwise && then !== 'some' ? then : 'some';
}

function ofCall(name: string, args: readonly Term[], table: string): Truth {
  const [left, right] = args;
  if (name === 'or') return ofAny(args, table);
  if (name === 'and') return ofAll(args, table);
  if (name === 'not') return left === undefined ? 'some' : OPPOSITE[truthOf(left, table)];
  if (name === 'in') return left === undefined || right === undefined ? 'some' : ofMembership(left, right, table);
  if (name === 'case') return ofCase(args, table);
  if (/^(coalesce|ifnull)$/.test(name) && left !== undefined) {
    const first = truthOf(left, table);
    return first === 'always' ? 'always' : 'some';
  }
  if (name === 'starts_with' && right !== undefined && isConstant(right, '')) return 'always';
  return args.length === 2 && left !== undefined && right !== undefined ? ofComparison(name, left, right, table) : 'some';
}

/** `table` is the one whose rows are changed. */
export function truthOf(term: Term, table: string): Truth {
  if (term.kind === 'constant') return term.value === null || term.value === false || term.value === 0 ? 'never' : 'always';
  if (term.kind === 'column') return KEY.test(term.text) ? 'always' : 'some';
  if (term.kind === 'call') {
    const truth = ofCall(term.name, term.args, table);
    return truth === 'some' && !dependsOnRow(term) ? 'fixed' : truth;
  }
  return dependsOnRow(term) ? 'some' : 'fixed';
}
