// The grammar of reading queries, and of the changes to rows: as much of it as SQLite and PostgreSQL share in daily use. What it does not accept
// is not understood. Operators are read flat, since what a query reaches does not depend on which of them binds first.
import type { Cursor } from './cursor.ts';
import { isIdentifier, list, nested, operator, type Seen, startsOperator, takeName, takeNames, takePath, takeType } from './query-parts.ts';
import {
  ALSO_FUNCTIONS,
  ARGUMENT_WORDS,
  CHANGE_WORDS,
  CONSTANTS,
  FRAME_WORDS,
  INTO_WORDS,
  JOIN_WORDS,
  LOCK_WORDS,
  ON_CONFLICT,
  PREFIXES,
  QUERY_WORDS,
  TYPED_LITERALS,
} from './query-words.ts';
import type { Token } from './tokens.ts';

const MANY_TABLES = 3;

function orderBy(cursor: Cursor, seen: Seen): boolean {
  if (!cursor.take('order')) return true;
  return cursor.take('by') && list(cursor, seen, orderItem);
}

function orderItem(cursor: Cursor, seen: Seen): boolean {
  if (!expression(cursor, seen)) return false;
  if (!cursor.take('asc')) cursor.take('desc');
  return !cursor.take('nulls') || cursor.take('first') || cursor.take('last');
}

function windowBody(cursor: Cursor, seen: Seen): boolean {
  if (!cursor.take('(')) return takeName(cursor);
  if (!cursor.isAt('partition')) takeNameBefore(cursor);
  if (cursor.take('partition') && !(cursor.take('by') && list(cursor, seen, expression))) return false;
  if (!orderBy(cursor, seen)) return false;
  while (cursor.isAtAny(FRAME_WORDS) || cursor.peek()?.kind === 'number') cursor.next();
  return cursor.take(')');
}

/** The name of a window that this one refines. */
function takeNameBefore(cursor: Cursor): void {
  if (!cursor.isAtAny(FRAME_WORDS) && !cursor.isAt('order')) takeName(cursor);
}

function afterCall(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take('within') && !(cursor.take('group', '(') && orderBy(cursor, seen) && cursor.take(')'))) return false;
  if (cursor.take('filter') && !(cursor.take('(', 'where') && expression(cursor, seen) && cursor.take(')'))) return false;
  return !cursor.take('over') || windowBody(cursor, seen);
}

function argument(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take('*')) return true;
  if (startsQuery(cursor)) return query(cursor, seen);
  if (cursor.take('both') || cursor.take('leading') || cursor.take('trailing')) if (cursor.take('from')) return expression(cursor, seen);
  if (!expression(cursor, seen)) return false;
  while (cursor.takeAny(ARGUMENT_WORDS)) if (!expression(cursor, seen)) return false;
  return true;
}

function call(cursor: Cursor, seen: Seen, path: readonly string[], token: Token): boolean {
  seen.functions.push({ path, token });
  cursor.next();
  if (!cursor.take('distinct')) cursor.take('all');
  if (!cursor.isAt(')') && !list(cursor, seen, argument)) return false;
  return orderBy(cursor, seen) && cursor.take(')') && afterCall(cursor, seen);
}

function caseOf(cursor: Cursor, seen: Seen): boolean {
  if (!cursor.isAt('when') && !expression(cursor, seen)) return false;
  if (!cursor.isAt('when')) return false;
  while (cursor.take('when')) if (!(expression(cursor, seen) && cursor.take('then') && expression(cursor, seen))) return false;
  if (cursor.take('else') && !expression(cursor, seen)) return false;
  return cursor.take('end');
}

function bracketed(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take(')')) return true;
  const ok = startsQuery(cursor) ? query(cursor, seen) : list(cursor, seen, expression);
  return ok && cursor.take(')');
}

function operand(cursor: Cursor, seen: Seen): boolean {
  const token = cursor.peek();
  if (token === undefined) return false;
  if (cursor.take('(')) return nested(cursor, seen, bracketed);
  if (cursor.take('case')) return nested(cursor, seen, caseOf);
  if (cursor.take('cast', '(')) return expression(cursor, seen) && cursor.take('as') && takeType(cursor) && cursor.take(')');
  if (cursor.take('exists', '(')) return nested(cursor, seen, query) && cursor.take(')');
  if (cursor.take('array', '[')) return (cursor.isAt(']') || list(cursor, seen, expression)) && cursor.take(']');
  if (token.kind === 'number' || token.kind === 'text' || token.kind === 'parameter') return cursor.next() !== undefined;
  const opens = cursor.peek(1)?.kind === 'sign' && cursor.peek(1)?.value === '(';
  if (token.kind === 'word' && opens && ALSO_FUNCTIONS.has(token.value)) return nested(cursor, seen, () => cursor.next() !== undefined && call(cursor, seen, [token.value], token));
  if (token.kind === 'word' && CONSTANTS.has(token.value) && !opens) return cursor.next() !== undefined;
  if (token.kind === 'word' && TYPED_LITERALS.has(token.value) && cursor.peek(1)?.kind === 'text') {
    cursor.next();
    cursor.next();
    return true;
  }
  const path = takePath(cursor);
  if (path === undefined) return false;
  return cursor.isAt('(') ? nested(cursor, seen, () => call(cursor, seen, path, token)) : true;
}

function afterOperand(cursor: Cursor, seen: Seen): boolean {
  for (;;) {
    if (cursor.take('::')) {
      if (!takeType(cursor)) return false;
    } else if (cursor.take('[')) {
      if (!(expression(cursor, seen) && (!cursor.take(':') || cursor.isAt(']') || expression(cursor, seen)) && cursor.take(']'))) return false;
    } else if (cursor.take('collate')) {
      if (takePath(cursor) === undefined) return false;
    } else if (cursor.take('at', 'time', 'zone')) {
      if (!operand(cursor, seen)) return false;
    } else if (!cursor.take('isnull') && !cursor.take('notnull') && !cursor.take('not', 'null')) return true;
  }
}

export function expression(cursor: Cursor, seen: Seen): boolean {
  return nested(cursor, seen, flatExpression);
}

function flatExpression(cursor: Cursor, seen: Seen): boolean {
  for (;;) {
    while (cursor.takeAny(PREFIXES));
    if (!operand(cursor, seen) || !afterOperand(cursor, seen)) return false;
    if (!startsOperator(cursor)) return true;
    if (!operator(cursor)) return false;
  }
}

function selectItem(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take('*')) return true;
  if (isIdentifier(cursor.peek()) && cursor.peek(1)?.value === '.' && cursor.peek(2)?.value === '*') {
    for (let each = 0; each < 3; each += 1) cursor.next();
    return true;
  }
  if (!expression(cursor, seen)) return false;
  if (cursor.take('as')) return cursor.next() !== undefined;
  takeName(cursor);
  return true;
}

function alias(cursor: Cursor): boolean {
  const named = cursor.take('as') ? takeName(cursor) : !isIdentifier(cursor.peek()) || cursor.isAt('indexed') || takeName(cursor);
  if (!named) return false;
  if (cursor.isAt('(') && !takeNames(cursor)) return false;
  if (cursor.take('indexed', 'by')) return takeName(cursor);
  cursor.take('not', 'indexed');
  return true;
}

function source(cursor: Cursor, seen: Seen): boolean {
  cursor.take('lateral');
  cursor.take('only');
  if (cursor.take('(')) {
    const ok = startsQuery(cursor) ? nested(cursor, seen, query) : nested(cursor, seen, fromList);
    return ok && cursor.take(')') && alias(cursor);
  }
  const token = cursor.peek();
  const path = takePath(cursor);
  if (path === undefined || token === undefined) return false;
  seen.tables.push({ path, token });
  if (cursor.isAt('(') && !call(cursor, seen, path, token)) return false;
  if (cursor.take('with', 'ordinality') || cursor.take('*')) return alias(cursor);
  return alias(cursor);
}

function joined(cursor: Cursor, seen: Seen): boolean {
  if (!source(cursor, seen)) return false;
  while (cursor.isAtAny(JOIN_WORDS) || cursor.isAt('join')) {
    while (cursor.takeAny(JOIN_WORDS));
    if (!(cursor.take('join') && source(cursor, seen))) return false;
    if (cursor.take('on') && !expression(cursor, seen)) return false;
    if (cursor.take('using') && !takeNames(cursor)) return false;
  }
  return true;
}

/** Many tables side by side, which makes as many rows as their counts multiplied, are noted. */
export function fromList(cursor: Cursor, seen: Seen): boolean {
  let tables = 0;
  do {
    if (!joined(cursor, seen)) return false;
    tables += 1;
  } while (cursor.take(','));
  if (tables >= MANY_TABLES) seen.notes.add('product');
  return true;
}

function select(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take('distinct', 'on', '(')) {
    if (!(list(cursor, seen, expression) && cursor.take(')'))) return false;
  } else if (!cursor.take('distinct')) cursor.take('all');
  if (!list(cursor, seen, selectItem)) return false;
  if (cursor.take('into')) {
    seen.notes.add('into');
    while (cursor.takeAny(INTO_WORDS));
    if (takePath(cursor) === undefined) return false;
  }
  if (cursor.take('from') && !fromList(cursor, seen)) return false;
  if (cursor.take('where') && !expression(cursor, seen)) return false;
  if (cursor.take('group') && !(cursor.take('by') && list(cursor, seen, groupItem))) return false;
  if (cursor.take('having') && !expression(cursor, seen)) return false;
  return !cursor.take('window') || list(cursor, seen, (at, notes) => takeName(at) && at.take('as') && windowBody(at, notes));
}

function groupItem(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take('grouping', 'sets') && !cursor.isAt('(')) return false;
  return expression(cursor, seen);
}

function row(cursor: Cursor, seen: Seen): boolean {
  return cursor.take('(') && list(cursor, seen, expression) && cursor.take(')');
}

function body(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take('(')) return nested(cursor, seen, query) && cursor.take(')');
  if (cursor.take('values')) return list(cursor, seen, row);
  if (cursor.take('table')) {
    const token = cursor.peek();
    const path = takePath(cursor);
    if (path !== undefined && token !== undefined) seen.tables.push({ path, token });
    return path !== undefined;
  }
  return cursor.take('select') && select(cursor, seen);
}

function limits(cursor: Cursor, seen: Seen): boolean {
  for (;;) {
    if (cursor.take('limit')) {
      if (!cursor.take('all') && !expression(cursor, seen)) return false;
      if (cursor.take(',') && !expression(cursor, seen)) return false;
    } else if (cursor.take('offset')) {
      if (!expression(cursor, seen)) return false;
      if (!cursor.take('rows')) cursor.take('row');
    } else if (cursor.take('fetch')) {
      if (!(cursor.take('first') || cursor.take('next'))) return false;
      if (cursor.peek()?.kind === 'number') cursor.next();
      if (!((cursor.take('rows') || cursor.take('row')) && (cursor.take('only') || cursor.take('with', 'ties')))) return false;
    } else if (cursor.take('for')) {
      seen.notes.add('locking');
      while (cursor.takeAny(LOCK_WORDS) || takeName(cursor));
    } else return true;
  }
}

function commonTable(cursor: Cursor, seen: Seen): boolean {
  if (!takeName(cursor) || (cursor.isAt('(') && !takeNames(cursor)) || !cursor.take('as')) return false;
  cursor.take('not');
  cursor.take('materialized');
  if (!cursor.take('(')) return false;
  const ok = nested(cursor, seen, startsChange(cursor) ? change : query);
  return ok && cursor.take(')');
}

/** `with …`, when it is there. */
export function commonTables(cursor: Cursor, seen: Seen): boolean {
  if (!cursor.take('with')) return true;
  if (cursor.take('recursive')) seen.notes.add('recursive');
  return list(cursor, seen, commonTable);
}

export const startsQuery = (cursor: Cursor): boolean => cursor.isAtAny(QUERY_WORDS) || (cursor.isAt('table') && isIdentifier(cursor.peek(1)));
export const startsChange = (cursor: Cursor): boolean => cursor.isAtAny(CHANGE_WORDS) || cursor.isAt('replace', 'into');

export function query(cursor: Cursor, seen: Seen): boolean {
  if (!commonTables(cursor, seen)) return false;
  if (startsChange(cursor)) return change(cursor, seen);
  if (!body(cursor, seen)) return false;
  while (cursor.take('union') || cursor.take('intersect') || cursor.take('except')) {
    if (!cursor.take('all')) cursor.take('distinct');
    if (!body(cursor, seen)) return false;
  }
  return orderBy(cursor, seen) && limits(cursor, seen);
}

function returning(cursor: Cursor, seen: Seen): boolean {
  return !cursor.take('returning') || list(cursor, seen, selectItem);
}

function target(cursor: Cursor, seen: Seen): boolean {
  cursor.take('only');
  const token = cursor.peek();
  const path = takePath(cursor);
  if (path === undefined || token === undefined) return false;
  seen.tables.push({ path, token });
  if (cursor.take('as')) return takeName(cursor);
  if (!cursor.isAt('set') && !cursor.isAt('(')) takeName(cursor);
  return true;
}

function setItem(cursor: Cursor, seen: Seen): boolean {
  const names = cursor.isAt('(') ? takeNames(cursor) : takePath(cursor) !== undefined;
  return names && cursor.take('=') && expression(cursor, seen);
}

function conflictClause(cursor: Cursor, seen: Seen): boolean {
  while (cursor.take('on', 'conflict')) {
    if (cursor.take('(') && !(list(cursor, seen, expression) && cursor.take(')'))) return false;
    if (cursor.take('on', 'constraint') && !takeName(cursor)) return false;
    if (cursor.take('where') && !expression(cursor, seen)) return false;
    if (cursor.take('do', 'nothing')) continue;
    if (!(cursor.take('do', 'update', 'set') && list(cursor, seen, setItem))) return false;
    if (cursor.take('where') && !expression(cursor, seen)) return false;
  }
  return true;
}

function insert(cursor: Cursor, seen: Seen): boolean {
  if (cursor.take('or') && !cursor.takeAny(ON_CONFLICT)) return false;
  if (!(cursor.take('into') && target(cursor, seen))) return false;
  if (cursor.isAt('(') && !startsQueryWithin(cursor) && !takeNames(cursor)) return false;
  if (!cursor.take('default', 'values') && !query(cursor, seen)) return false;
  return conflictClause(cursor, seen) && returning(cursor, seen);
}

const startsQueryWithin = (cursor: Cursor): boolean => ['select', 'values', 'with'].includes(cursor.peek(1)?.value ?? '') && cursor.peek(1)?.kind === 'word';

/** A change to rows. Whether it has a WHERE that bounds it is for the caller to see: its tokens are in `changes` by their first. */
export function change(cursor: Cursor, seen: Seen): boolean {
  const first = cursor.next();
  if (first === undefined) return false;
  seen.changes.push(first);
  if (first.value === 'insert' || first.value === 'replace') return insert(cursor, seen);
  if (first.value === 'update') {
    if (cursor.take('or') && !cursor.takeAny(ON_CONFLICT)) return false;
    if (!(target(cursor, seen) && cursor.take('set') && list(cursor, seen, setItem))) return false;
    if (cursor.take('from') && !fromList(cursor, seen)) return false;
  } else {
    if (!(first.value === 'delete' && cursor.take('from') && target(cursor, seen))) return false;
    if (cursor.take('using') && !fromList(cursor, seen)) return false;
  }
  if (cursor.take('where') && !expression(cursor, seen)) return false;
  return returning(cursor, seen) && orderBy(cursor, seen) && limits(cursor, seen);
}
