// Whether a WHERE bounds the rows that a change touches. One that is true for every row is none.
import { readTerm } from './condition-reader.ts';
import { dependsOnRow } from './condition-term.ts';
import { truthOf } from './condition-truth.ts';
import { isIdentifier } from './query-parts.ts';
import type { Token } from './tokens.ts';

export interface Target {
  readonly table: string;
  /** What may stand before its columns. */
  readonly names: ReadonlySet<string>;
}

const BEFORE_TABLE = /^(delete|update|from|only|or|rollback|abort|replace|fail|ignore)$/;

const BEFORE_SOURCE = /^(using|from|join|,|only)$/;

/** Of the same table once more, beside itself: `delete from t using t v`. Whoever compares a row with the same one there names every row. */
function namesBeside(after: readonly Token[], table: string): string[] {
  const end = after.findIndex(({ kind, value }) => kind === 'word' && value === 'where');
  const names: string[] = [];
  for (const [at, token] of after.slice(0, end === -1 ? undefined : end).entries()) {
    if (!isIdentifier(token) || token.value.toLowerCase() !== table || !BEFORE_SOURCE.test(after[at - 1]?.value ?? '')) continue;
    const alias = after[at + 1]?.value === 'as' ? after[at + 2] : after[at + 1];
    if (isIdentifier(alias)) names.push(alias?.value.toLowerCase() ?? '');
  }
  return names;
}

/** The table whose rows an UPDATE or DELETE changes. */
export function targetOf(statement: readonly Token[]): Target {
  let at = statement.findIndex(({ kind, value }) => kind !== 'word' || !BEFORE_TABLE.test(value));
  while (statement[at + 1]?.value === '.' && statement[at + 1]?.kind === 'sign') at += 2;
  const table = statement[at]?.value.toLowerCase() ?? '';
  const after = statement[at + 1];
  const alias = after?.kind === 'word' && after.value === 'as' ? statement[at + 2] : after;
  const names = isIdentifier(alias) ? [table, alias?.value.toLowerCase() ?? ''] : [table];
  return { table, names: new Set([...names, ...namesBeside(statement.slice(at + 1), table)]) };
}

/** `condition` without the word WHERE. */
export function boundsRows(condition: readonly Token[], { table, names }: Target): boolean {
  const term = readTerm(condition, names);
  const truth = truthOf(term, table);
  return dependsOnRow(term) && (truth === 'some' || truth === 'never');
}

/** The condition of the first top-level WHERE, up to what may follow it. */
export function conditionOf(statement: readonly Token[]): readonly Token[] | undefined {
  let depth = 0;
  let start = -1;
  for (const [at, { kind, value }] of statement.entries()) {
    if (kind === 'sign' && value === '(') depth += 1;
    if (kind === 'sign' && value === ')') depth -= 1;
    if (depth < 0) return start === -1 ? undefined : statement.slice(start, at);
    if (depth !== 0 || kind !== 'word') continue;
    if (value === 'where' && start === -1) start = at + 1;
    else if (start !== -1 && /^(returning|order|limit)$/.test(value)) return statement.slice(start, at);
  }
  return start === -1 ? undefined : statement.slice(start);
}
