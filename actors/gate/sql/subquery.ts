// A query within a condition: whether it names the row around it, and what it asks for when it is plain.
import { call, type Subquery, type Term } from './condition-term.ts';
import { isIdentifier } from './query-parts.ts';
import type { Token } from './tokens.ts';

export interface SubqueryReading {
  readonly query: Subquery;
  /** All that it is, when it asks no table. */
  readonly item?: Term;
}

type ReadTerm = (tokens: readonly Token[], own: ReadonlySet<string>) => Term;

const CLAUSES = /^(from|where|group|having|order|limit|offset|fetch|union|intersect|except|window|for|into)$/;
const OPENS_TABLES = /^(from|join)$/;

interface Clause {
  readonly word: string;
  readonly tokens: readonly Token[];
}

/** By the words that begin them, outside of brackets. The first is what stands before any. */
function clausesOf(tokens: readonly Token[]): Clause[] {
  const clauses: { word: string; tokens: Token[] }[] = [{ word: '', tokens: [] }];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'sign' && /^[([]$/.test(token.value)) depth += 1;
    if (token.kind === 'sign' && /^[)\]]$/.test(token.value)) depth -= 1;
    const previous = clauses.at(-1)?.tokens.at(-1)?.value;
    if (depth === 0 && token.kind === 'word' && CLAUSES.test(token.value) && previous !== 'distinct') clauses.push({ word: token.value, tokens: [] });
    else clauses.at(-1)?.tokens.push(token);
  }
  return clauses;
}

const isSign = (token: Token | undefined, value: string): boolean => token?.kind === 'sign' && token.value === value;

/** Tables, and the names that they are given, of this query and of all that lie in it. */
function sourcesOf(tokens: readonly Token[]): ReadonlySet<string> {
  const sources = new Set<string>();
  let expects = false;
  for (const [at, token] of tokens.entries()) {
    const previous = tokens[at - 1];
    if (token.kind === 'word' && OPENS_TABLES.test(token.value)) expects = true;
    else if (token.kind === 'word' && CLAUSES.test(token.value)) expects = false;
    else if (expects && isIdentifier(token) && !isSign(tokens[at + 1], '.') && previous?.value !== '=') sources.add(token.value.toLowerCase());
    if (token.kind === 'word' && token.value === 'on') expects = false;
  }
  return sources;
}

function isCorrelated(tokens: readonly Token[]): boolean {
  const sources = sourcesOf(tokens);
  const where = tokens.findIndex(({ kind, value }) => kind === 'word' && value === 'where');
  const bare = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    if (!isIdentifier(token) || isSign(tokens[at - 1], '.') || isSign(tokens[at + 1], '(')) continue;
    const name = token.value.toLowerCase();
    const qualifies = isSign(tokens[at + 1], '.');
    const inTables = tokens[at - 1]?.kind === 'word' && OPENS_TABLES.test(tokens[at - 1]?.value ?? '');
    if (qualifies && !inTables && !sources.has(name)) return true;
    if (!qualifies && where !== -1 && at > where && !sources.has(name)) bare.add(name);
  }
  // A table's columns are not known here: of two without a table, one may be of the row around it.
  return sources.size === 0 ? bare.size > 0 : bare.size > 1;
}

function plainTable(tokens: readonly Token[]): { readonly table: string; readonly name: string } | undefined {
  const words = tokens.filter(({ kind, value }) => !(kind === 'word' && (value === 'as' || value === 'only')));
  if (!words.every((token) => isIdentifier(token) || isSign(token, '.'))) return undefined;
  const end = words.findIndex((token, at) => !isSign(token, '.') && !isSign(words[at + 1], '.'));
  const table = words[end]?.value.toLowerCase();
  if (table === undefined || words.length > end + 2) return undefined;
  return { table, name: words[end + 1]?.value.toLowerCase() ?? table };
}

function itemOf(tokens: readonly Token[], own: ReadonlySet<string>, read: ReadTerm): Term | 'all' {
  const words = /^(distinct|all)$/.test(tokens[0]?.value ?? '') ? tokens.slice(1) : tokens;
  if (isSign(words.at(-1), '*') && (words.length === 1 || isSign(words.at(-2), '.'))) return 'all';
  const as = words.findIndex(({ kind, value }) => kind === 'word' && value === 'as');
  return read(as === -1 ? words : words.slice(0, as), own);
}

/** A query in the place of a table, as one over the table that it asks: `(select id from t) u`. */
function derivedTable(tokens: readonly Token[], own: ReadonlySet<string>, read: ReadTerm): { readonly plain: NonNullable<Subquery['plain']>; readonly name: string } | undefined {
  if (!isSign(tokens[0], '(')) return undefined;
  let depth = 0;
  const close = tokens.findIndex((token) => {
    if (isSign(token, '(')) depth += 1;
    if (isSign(token, ')')) depth -= 1;
    return depth === 0;
  });
  const after = tokens.slice(close + 1).filter(({ kind, value }) => !(kind === 'word' && value === 'as'));
  const { plain } = readSubquery(tokens.slice(1, close), own, read).query;
  if (close === -1 || plain === undefined || after.length > 1 || !after.every(isIdentifier)) return undefined;
  return { plain, name: after[0]?.value.toLowerCase() ?? plain.table };
}

/** Of `select item from (inner) where condition`: undefined when the item is none of the inner one's. */
function merged(inner: NonNullable<Subquery['plain']>, item: Term | 'all', condition: Term | undefined): Subquery['plain'] {
  if (inner.item !== 'all' && item !== 'all' && inner.item.text !== item.text) return undefined;
  const where = inner.where === undefined || condition === undefined ? (inner.where ?? condition) : call('and', [inner.where, condition]);
  return { item: item === 'all' ? inner.item : item, table: inner.table, where };
}

export function readSubquery(tokens: readonly Token[], own: ReadonlySet<string>, read: ReadTerm): SubqueryReading {
  const query: Subquery = { correlated: isCorrelated(tokens) };
  const [first, ...rest] = tokens;
  if (first?.value === 'table') {
    const named = plainTable(rest);
    return { query: named === undefined ? query : { correlated: false, plain: { item: 'all', table: named.table, where: undefined } } };
  }
  if (first?.value !== 'select') return { query };
  const [items, from, where, ...others] = clausesOf(rest);
  if (items !== undefined && from === undefined) {
    const item = itemOf(items.tokens, own, read);
    return item === 'all' ? { query } : { query, item };
  }
  if (from?.word !== 'from' || items === undefined || others.length > 0 || (where !== undefined && where.word !== 'where')) return { query };
  const derived = derivedTable(from.tokens, own, read);
  const named = derived ?? plainTable(from.tokens);
  if (named === undefined) return { query };
  const names = new Set([named.name]);
  const condition = where === undefined ? undefined : read(where.tokens, names);
  const item = itemOf(items.tokens, names, read);
  if ('plain' in named) return { query: { ...query, plain: merged(named.plain, item, condition) } };
  return { query: { ...query, plain: { item, table: named.table, where: condition } } };
}
