// Whether a WHERE bounds the rows that a change touches. One that is always true is none.
import type { Token } from './tokens.ts';

const NOT_COLUMNS = new Set([
  'and',
  'or',
  'not',
  'true',
  'false',
  'null',
  'is',
  'in',
  'like',
  'between',
  'exists',
  'case',
  'when',
  'then',
  'else',
  'end',
  'collate',
  'escape',
  'glob',
]);

function isColumn(token: Token, next: Token | undefined): boolean {
  const called = next?.kind === 'sign' && next.value === '(';
  return token.kind === 'name' || (token.kind === 'word' && !NOT_COLUMNS.has(token.value) && !called);
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ value }) => value).join(' ');
}

function alwaysTrue(tokens: readonly Token[]): boolean {
  if (!tokens.some((token, at) => isColumn(token, tokens[at + 1]))) return true;
  const equals = tokens.findIndex(({ kind, value }) => (kind === 'sign' && /^(=|==|<=|>=)$/.test(value)) || (kind === 'word' && value === 'is'));
  if (equals > 0 && textOf(tokens.slice(0, equals)) === textOf(tokens.slice(equals + 1))) return true;
  const last = tokens.at(-1);
  return last?.kind === 'text' && /^[%*]+$/.test(last.value) && tokens.some(({ value }) => /^(like|ilike|glob)$/.test(value));
}

function splitAt(tokens: readonly Token[], word: string): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'sign' && token.value === '(') depth += 1;
    if (token.kind === 'sign' && token.value === ')') depth -= 1;
    if (depth === 0 && token.kind === 'word' && token.value === word) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function withoutBrackets(tokens: readonly Token[]): readonly Token[] {
  const [first, last] = [tokens[0], tokens.at(-1)];
  const wrapped = first?.value === '(' && last?.value === ')' && splitAt(tokens.slice(1, -1), 'or').flat().length > 0 && !/^\) .*\($/.test(textOf(tokens.slice(1, -1)));
  return wrapped ? tokens.slice(1, -1) : tokens;
}

/** `a IS NULL OR a IS NOT NULL` */
function saysBoth(sides: readonly (readonly Token[])[]): boolean {
  const texts = new Set(sides.map((side) => textOf(withoutBrackets(side))));
  return [...texts].some((text) => text.endsWith(' is null') && texts.has(text.replace(/ is null$/, ' is not null')));
}

/** `condition` without the word WHERE. One side of an OR that is always true makes the whole so; of an AND, only all of them. */
export function boundsRows(condition: readonly Token[]): boolean {
  const sides = splitAt(withoutBrackets(condition), 'or');
  return !saysBoth(sides) && sides.every((side) => side.length > 0 && splitAt(side, 'and').some((part) => !alwaysTrue(withoutBrackets(part))));
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
