// The queries that a WITH names before a change, put where the change's condition asks them: `with x as (select id from t) delete from t where id in
// (select id from x)` is a change of every row.
import { isIdentifier } from './query-parts.ts';
import type { Token } from './tokens.ts';

/** Longer ones are not put in place, and no more after so many words and signs, so that a condition stays about as long as it was. */
const LONGEST = 60;
const MOST_ADDED = 1_000;
const BEFORE_SOURCE = /^(from|join|,|in)$/;

const isSign = (token: Token | undefined, value: string): boolean => token?.kind === 'sign' && token.value === value;
const isWord = (token: Token | undefined, value: string): boolean => token?.kind === 'word' && token.value === value;

/** By name, with their brackets. Those whose columns have names of their own are left out. */
export function commonTablesOf(before: readonly Token[]): ReadonlyMap<string, readonly Token[]> {
  const found = new Map<string, readonly Token[]>();
  let depth = 0;
  let opened = 0;
  for (const [at, token] of before.entries()) {
    if (isSign(token, '(')) {
      if (depth === 0) opened = at;
      depth += 1;
    }
    if (!isSign(token, ')')) continue;
    depth -= 1;
    if (depth !== 0 || at - opened > LONGEST) continue;
    let as = opened - 1;
    while (isWord(before[as], 'materialized') || isWord(before[as], 'not')) as -= 1;
    const name = before[as - 1];
    if (isWord(before[as], 'as') && isIdentifier(name) && name !== undefined) found.set(name.value.toLowerCase(), before.slice(opened, at + 1));
  }
  return found;
}

/** `tokens` with each of these names, where a table is expected, followed by its query in front: `from (select id from t) x`. */
export function withQueriesInPlace(tokens: readonly Token[], queries: ReadonlyMap<string, readonly Token[]>): readonly Token[] {
  if (queries.size === 0) return tokens;
  let added = 0;
  return tokens.flatMap((token, at) => {
    const query = isIdentifier(token) && BEFORE_SOURCE.test(tokens[at - 1]?.value ?? '') && !isSign(tokens[at + 1], '.') ? queries.get(token.value.toLowerCase()) : undefined;
    if (query === undefined || added > MOST_ADDED) return [token];
    added += query.length;
    const named = isIdentifier(tokens[at + 1]) || isWord(tokens[at + 1], 'as') || isWord(tokens[at - 1], 'in');
    return named ? query : [...query, token];
  });
}
