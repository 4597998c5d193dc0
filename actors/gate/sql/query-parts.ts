// The small parts of queries, none of which holds a query itself: names, paths, types and operators; and what a reading has seen.
import type { Cursor } from './cursor.ts';
import { RESERVED, SIGN_OPERATORS, TYPE_WORDS, WORD_OPERATORS } from './query-words.ts';
import type { Token } from './tokens.ts';

export interface Seen {
  readonly functions: { readonly path: readonly string[]; readonly token: Token }[];
  readonly tables: { readonly path: readonly string[]; readonly token: Token }[];
  /** Changes to rows within the query. */
  readonly changes: Token[];
  readonly notes: Set<'into' | 'locking' | 'recursive' | 'product'>;
  depth: number;
}

export const nothingSeen = (): Seen => ({ functions: [], tables: [], changes: [], notes: new Set(), depth: 0 });

const DEEPEST = 64;

export type Parse = (cursor: Cursor, seen: Seen) => boolean;

export function nested(cursor: Cursor, seen: Seen, parse: Parse): boolean {
  seen.depth += 1;
  const ok = seen.depth <= DEEPEST && parse(cursor, seen);
  seen.depth -= 1;
  return ok;
}

export function list(cursor: Cursor, seen: Seen, item: Parse): boolean {
  do {
    if (!item(cursor, seen)) return false;
  } while (cursor.take(','));
  return true;
}

export function isIdentifier(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === 'name' || (token.kind === 'word' && !RESERVED.has(token.value)));
}

export function takePath(cursor: Cursor): string[] | undefined {
  if (!isIdentifier(cursor.peek())) return undefined;
  const path = [cursor.next()?.value.toLowerCase() ?? ''];
  while (cursor.isAt('.') && (isIdentifier(cursor.peek(1)) || cursor.peek(1)?.kind === 'word')) {
    cursor.next();
    path.push(cursor.next()?.value.toLowerCase() ?? '');
  }
  return path;
}

export const takeName = (cursor: Cursor): boolean => (isIdentifier(cursor.peek()) ? cursor.next() !== undefined : false);

export function takeNames(cursor: Cursor): boolean {
  if (!cursor.take('(')) return false;
  do {
    if (!takeName(cursor)) return false;
  } while (cursor.take(','));
  return cursor.take(')');
}

export function takeType(cursor: Cursor): boolean {
  if (takePath(cursor) === undefined) return false;
  while (cursor.takeAny(TYPE_WORDS));
  if (cursor.take('(')) {
    while (cursor.peek()?.kind === 'number' || cursor.isAt(',')) cursor.next();
    if (!cursor.take(')')) return false;
  }
  while (cursor.isAtAny(TYPE_WORDS)) cursor.next();
  while (cursor.take('[')) {
    if (cursor.peek()?.kind === 'number') cursor.next();
    if (!cursor.take(']')) return false;
  }
  return true;
}

export function operator(cursor: Cursor): boolean {
  if (cursor.take('not')) return cursor.takeAny(WORD_OPERATORS) || cursor.take('similar', 'to');
  if (cursor.take('similar', 'to')) return true;
  if (cursor.take('is')) {
    cursor.take('not');
    cursor.take('distinct', 'from');
    return true;
  }
  return cursor.takeAny(WORD_OPERATORS) || cursor.takeAny(SIGN_OPERATORS);
}

export const startsOperator = (cursor: Cursor): boolean => cursor.isAt('not') || cursor.isAt('similar') || cursor.isAtAny(WORD_OPERATORS) || cursor.isAtAny(SIGN_OPERATORS);
