// Reads a condition that the grammar has accepted into terms, by the precedence that SQLite and PostgreSQL share. What is not read through is taken for a
// column: it says nothing about every row.
import { call, column, constant, GIVEN, queryTerm, type Term } from './condition-term.ts';
import { Cursor } from './cursor.ts';
import { isIdentifier, takePath, takeType } from './query-parts.ts';
import { CONSTANTS, TYPED_LITERALS } from './query-words.ts';
import { readSubquery, type SubqueryReading } from './subquery.ts';
import type { Token } from './tokens.ts';

interface Reading {
  readonly cursor: Cursor;
  /** What may stand before a column of the rows in question, and is left out. */
  readonly own: ReadonlySet<string>;
}

const COMPARISONS: Readonly<Record<string, string>> = { '=': '=', '==': '=', '<>': '<>', '!=': '<>', '<': '<', '>': '>', '<=': '<=', '>=': '>=', '~': '~', '~*': '~*', '~~': '~~' };
const PATTERNS = new Set(['like', 'ilike', 'glob', 'regexp', 'match']);
const SUMS = new Set(['+', '-', '||', '|', '&', '<<', '>>', '->', '->>', '#>', '#>>', '@>', '<@', '&&', '?', '?|', '?&', '@@', '#-', '#', '@?', '!~', '!~*']);
const PRODUCTS = new Set(['*', '/', '%', '^']);
const NO_VALUE: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null, unknown: null };

const textOf = (tokens: readonly Token[]): string => tokens.map(({ value }) => value).join(' ');

/** What stands up to the bracket that closes the one just taken. */
function bracketed(cursor: Cursor, close = ')'): readonly Token[] {
  const from = cursor.mark();
  for (let depth = 1; !cursor.done; ) {
    if (cursor.isAt('(') || cursor.isAt('[')) depth += 1;
    if (cursor.isAt(')') || cursor.isAt(']')) depth -= 1;
    if (depth === 0 && cursor.isAt(close)) break;
    cursor.next();
  }
  const inside = cursor.since(from);
  cursor.next();
  return inside;
}

function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'sign' && /^[([]$/.test(token.value)) depth += 1;
    if (token.kind === 'sign' && /^[)\]]$/.test(token.value)) depth -= 1;
    if (depth === 0 && token.kind === 'sign' && token.value === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

const isQuery = (tokens: readonly Token[]): boolean => tokens[0]?.kind === 'word' && /^(select|values|with|table)$/.test(tokens[0].value);

function subquery(tokens: readonly Token[], own: ReadonlySet<string>): SubqueryReading {
  return readSubquery(tokens, own, readTerm);
}

function queryOrItem(tokens: readonly Token[], own: ReadonlySet<string>): Term {
  const { item, query } = subquery(tokens, own);
  return item ?? queryTerm(query, textOf(tokens));
}

const equalsAny = (left: Term, items: readonly Term[]): Term => {
  const [only] = items;
  if (only === undefined) return constant(false);
  const parts = items.map((item) => call('=', [left, item]));
  return items.length === 1 ? call('=', [left, only]) : call('or', parts);
};

function amongQuery(left: Term, tokens: readonly Token[], own: ReadonlySet<string>): Term {
  const { item, query } = subquery(tokens, own);
  return item === undefined ? call('in', [left, queryTerm(query, textOf(tokens))]) : call('=', [left, item]);
}

function among(left: Term, { cursor, own }: Reading): Term {
  if (!cursor.take('(')) {
    const path = takePath(cursor);
    return call('in', [left, queryTerm({ correlated: false, plain: { item: 'all', table: path?.at(-1) ?? '', where: undefined } }, path?.join('.') ?? '')]);
  }
  const tokens = bracketed(cursor);
  if (!isQuery(tokens)) return equalsAny(left, tokens.length === 0 ? [] : splitAtCommas(tokens).map((each) => readTerm(each, own)));
  return amongQuery(left, tokens, own);
}

function compare(name: string, left: Term, reading: Reading): Term {
  const { cursor, own } = reading;
  if (!(cursor.isAt('any', '(') || cursor.isAt('some', '('))) return call(name, [left, sum(reading)]);
  cursor.next();
  cursor.next();
  const tokens = bracketed(cursor);
  const array = tokens[0]?.value === 'array' && tokens[1]?.value === '[' ? tokens.slice(2, -1) : undefined;
  if (name !== '=' || !(isQuery(tokens) || array !== undefined)) return call(`${name} any`, [left, readTerm(tokens, own)]);
  if (array !== undefined)
    return equalsAny(
      left,
      splitAtCommas(array).map((each) => readTerm(each, own)),
    );
  return amongQuery(left, tokens, own);
}

function isWhat(left: Term, reading: Reading): Term {
  const { cursor } = reading;
  const not = cursor.take('not');
  const distinct = cursor.take('distinct', 'from');
  return call(not !== distinct ? 'is not' : 'is', [left, sum(reading)]);
}

function between(left: Term, reading: Reading): Term {
  reading.cursor.take('symmetric');
  const from = sum(reading);
  reading.cursor.take('and');
  return call('and', [call('>=', [left, from]), call('<=', [left, sum(reading)])]);
}

/** Undefined where no comparison follows. */
function comparedWith(left: Term, reading: Reading): Term | undefined {
  const { cursor } = reading;
  if (cursor.take('isnull')) return call('is', [left, constant(null)]);
  if (cursor.take('notnull') || cursor.take('not', 'null')) return call('is not', [left, constant(null)]);
  if (cursor.take('is')) return isWhat(left, reading);
  if (cursor.take('in')) return among(left, reading);
  if (cursor.take('between')) return between(left, reading);
  if (cursor.take('similar', 'to')) return call('similar', [left, sum(reading)]);
  const name = cursor.peek()?.value ?? '';
  if (cursor.takeAny(PATTERNS)) {
    const pattern = call(name, [left, sum(reading)]);
    return cursor.take('escape') ? call('escape', [pattern, sum(reading)]) : pattern;
  }
  const sign = Object.hasOwn(COMPARISONS, name) && cursor.peek()?.kind === 'sign' ? COMPARISONS[name] : undefined;
  if (sign === undefined) return undefined;
  cursor.next();
  return compare(sign, left, reading);
}

function comparison(reading: Reading): Term {
  let term = sum(reading);
  for (;;) {
    const not = reading.cursor.isAt('not') && !reading.cursor.isAt('not', 'null') && reading.cursor.take('not');
    const next = comparedWith(term, reading);
    if (next === undefined) return term;
    term = not ? call('not', [next]) : next;
  }
}

function chain(reading: Reading, signs: ReadonlySet<string>, operand: (reading: Reading) => Term): Term {
  const { cursor } = reading;
  let term = operand(reading);
  while (cursor.peek()?.kind === 'sign' && cursor.isAtAny(signs)) {
    const name = cursor.next()?.value ?? '';
    term = call(name, [term, operand(reading)]);
  }
  return term;
}

const sum = (reading: Reading): Term => chain(reading, SUMS, product);
const product = (reading: Reading): Term => chain(reading, PRODUCTS, signed);

function signed(reading: Reading): Term {
  const { cursor } = reading;
  const signs: string[] = [];
  while (cursor.isAt('+') || cursor.isAt('-') || cursor.isAt('~') || cursor.isAt('@')) signs.push(cursor.next()?.value ?? '');
  const term = afterOperand(operand(reading), reading);
  const others = signs.filter((sign) => sign === '~' || sign === '@');
  if (others.length > 0) return call(others.join(' '), [term]);
  return signs.filter((sign) => sign === '-').length % 2 === 0 ? term : call('-', [term]);
}

function afterOperand(term: Term, reading: Reading): Term {
  const { cursor, own } = reading;
  let result = term;
  for (;;) {
    if (cursor.take('::')) {
      if (!takeType(cursor)) return result;
    } else if (cursor.take('[')) result = call('[]', [result, readTerm(bracketed(cursor, ']'), own)]);
    else if (cursor.take('collate')) takePath(cursor);
    else if (cursor.take('at', 'time', 'zone')) result = call('at', [result, operand(reading)]);
    else return result;
  }
}

function caseTerm({ cursor, own }: Reading): Term {
  const from = cursor.mark();
  let depth = 1;
  while (!cursor.done && depth > 0) {
    if (cursor.isAt('case')) depth += 1;
    if (cursor.isAt('end')) depth -= 1;
    cursor.next();
  }
  const reading: Reading = { cursor: new Cursor(cursor.since(from)), own };
  const subject = reading.cursor.isAt('when') ? undefined : anyOf(reading);
  const parts: Term[] = [];
  while (reading.cursor.take('when')) {
    const asked = anyOf(reading);
    reading.cursor.take('then');
    parts.push(subject === undefined ? asked : call('=', [subject, asked]), anyOf(reading));
  }
  if (reading.cursor.take('else')) parts.push(anyOf(reading));
  return call('case', parts);
}

function castTerm({ cursor, own }: Reading): Term {
  const inside = new Cursor(bracketed(cursor));
  return anyOf({ cursor: inside, own });
}

function callTerm(name: string, { cursor, own }: Reading): Term {
  const tokens = bracketed(cursor);
  while (cursor.isAt('over') || cursor.isAt('filter') || cursor.isAt('within')) {
    cursor.next();
    cursor.take('group');
    if (cursor.take('(')) bracketed(cursor);
    else cursor.next();
  }
  if (name === 'exists') {
    const { item, query } = subquery(tokens, own);
    return item === undefined ? call('exists', [queryTerm(query, textOf(tokens))]) : constant(true);
  }
  const args = tokens.length === 0 ? [] : splitAtCommas(tokens).map((each) => (isQuery(each) ? queryOrItem(each, own) : readTerm(each, own)));
  return call(name === 'iif' || name === 'if' ? 'case' : name, args);
}

function operand(reading: Reading): Term {
  const { cursor, own } = reading;
  const token = cursor.peek();
  if (token === undefined) return column('?');
  if (cursor.take('(')) {
    const tokens = bracketed(cursor);
    if (isQuery(tokens)) return queryOrItem(tokens, own);
    return call(
      'row',
      splitAtCommas(tokens).map((each) => readTerm(each, own)),
    );
  }
  if (cursor.take('case')) return caseTerm(reading);
  if (cursor.take('cast', '(')) return castTerm(reading);
  if (cursor.take('array', '['))
    return call(
      'array',
      splitAtCommas(bracketed(cursor, ']')).map((each) => readTerm(each, own)),
    );
  if (token.kind === 'number' || token.kind === 'text' || token.kind === 'parameter') {
    cursor.next();
    if (token.kind === 'parameter') return GIVEN;
    const value = token.kind === 'number' ? Number(token.value.replaceAll('_', '')) : token.value;
    return constant(value);
  }
  const opens = cursor.peek(1)?.kind === 'sign' && cursor.peek(1)?.value === '(';
  if (token.kind === 'word' && !opens && Object.hasOwn(NO_VALUE, token.value)) {
    cursor.next();
    return constant(NO_VALUE[token.value] ?? null);
  }
  if (token.kind === 'word' && !opens && CONSTANTS.has(token.value)) {
    cursor.next();
    return { ...GIVEN, text: token.value };
  }
  if (token.kind === 'word' && TYPED_LITERALS.has(token.value) && cursor.peek(1)?.kind === 'text') {
    cursor.next();
    return constant(cursor.next()?.value ?? '');
  }
  if (token.kind === 'word' && opens) {
    cursor.next();
    cursor.next();
    return callTerm(token.value, reading);
  }
  return named(token, reading);
}

function named(token: Token, reading: Reading): Term {
  const { cursor, own } = reading;
  const path = isIdentifier(token) ? takePath(cursor) : undefined;
  if (path === undefined) {
    cursor.next();
    return column(token.value);
  }
  if (cursor.take('(')) return callTerm(path.join('.'), reading);
  const qualifier = path.at(-2);
  return column(qualifier === undefined || own.has(qualifier) ? (path.at(-1) ?? '') : path.join('.'));
}

function negatable(reading: Reading): Term {
  let negated = false;
  while (reading.cursor.take('not')) negated = !negated;
  const term = comparison(reading);
  return negated ? call('not', [term]) : term;
}

function parts(reading: Reading, word: 'and' | 'or', part: (reading: Reading) => Term): Term {
  const first = part(reading);
  const all = [first];
  while (reading.cursor.take(word)) all.push(part(reading));
  return all.length === 1 ? first : call(word, all);
}

const allOf = (reading: Reading): Term => parts(reading, 'and', negatable);
const anyOf = (reading: Reading): Term => parts(reading, 'or', allOf);

/** `own`: names of the table whose rows are asked about. */
export function readTerm(tokens: readonly Token[], own: ReadonlySet<string>): Term {
  const cursor = new Cursor(tokens);
  const term = anyOf({ cursor, own });
  return cursor.done ? term : column(textOf(tokens));
}
