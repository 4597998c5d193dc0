// SQL as tokens, for SQLite and PostgreSQL. What one of them would read differently from the text's look ends the reading: no tokens, and a reason.

export type Dialect = 'sqlite' | 'postgres';
export type TokenKind = 'word' | 'name' | 'text' | 'number' | 'parameter' | 'sign';

export interface Token {
  readonly kind: TokenKind;
  /** Words in lower case, quoted names and texts without their quotes. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export type Tokens = { readonly ok: true; readonly tokens: readonly Token[] } | { readonly ok: false; readonly at: number; readonly reason: string; readonly tooMany: boolean };

const NUMBER = /(0x[0-9a-f]+|(\d[\d_]*)(\.\d*)?(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?)(?![A-Za-z0-9_])/iy;
const PARAMETERS: Readonly<Record<Dialect, RegExp>> = { postgres: /\$\d+/y, sqlite: /\?\d*|[:@$][A-Za-z_]\w*/y };
/** Not the beginning of a name that goes on in other letters. */
const WORD = /[A-Za-z_][A-Za-z0-9_$]*(?![\p{L}\p{N}])/uy;
const NAME = /[\p{L}_][\p{L}\p{N}_$]*/uy;

type Step = { readonly end: number; readonly token?: Omit<Token, 'start' | 'end'> } | { readonly wrong: string };

const SIGNS = [
  '->>',
  '#>>',
  '::',
  ':=',
  '||',
  '->',
  '#>',
  '@>',
  '<@',
  '<>',
  '!=',
  '<=',
  '>=',
  '==',
  '<<',
  '>>',
  '~*',
  '!~*',
  '!~',
  '~~',
  '&&',
  '?|',
  '?&',
  '@@',
  '#-',
  '=>',
  '@?',
].sort((a, b) => b.length - a.length);

/** End of a quoted run whose quote is doubled inside; -1 when it does not end. */
function quotedEnd(sql: string, from: number, quote: string, backslash = false): number {
  for (let at = from + 1; at < sql.length; at += 1) {
    if (backslash && sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return -1;
}

function quoted(sql: string, at: number, quote: string, kind: TokenKind, close = quote): Step {
  const end = close === quote ? quotedEnd(sql, at, quote) : sql.indexOf(close, at) + 1;
  if (end <= 0) return { wrong: 'a quote that does not end' };
  return { end, token: { kind, value: sql.slice(at + 1, end - 1).replaceAll(quote + quote, quote) } };
}

function comment(sql: string, at: number, dialect: Dialect): Step | undefined {
  if (sql.startsWith('--', at)) {
    const line = sql.indexOf('\n', at);
    return { end: line === -1 ? sql.length : line };
  }
  if (!sql.startsWith('/*', at)) return undefined;
  if (sql.startsWith('/*!', at) || sql.startsWith('/*+', at)) return { wrong: 'a comment that some programs run' };
  const close = sql.indexOf('*/', at + 2);
  if (close === -1) return { wrong: 'a comment that does not end' };
  // PostgreSQL nests comments and SQLite does not: a text that means two things means none.
  if (dialect === 'postgres' && sql.slice(at + 2, close).includes('/*')) return { wrong: 'a comment within a comment' };
  return { end: close + 2 };
}

function dollarQuoted(sql: string, at: number): Step | undefined {
  const tag = /^\$([A-Za-z_][A-Za-z0-9_]*)?\$/.exec(sql.slice(at, at + 80))?.[0];
  if (tag === undefined) return undefined;
  const close = sql.indexOf(tag, at + tag.length);
  if (close === -1) return { wrong: 'a quote that does not end' };
  return { end: close + tag.length, token: { kind: 'text', value: sql.slice(at + tag.length, close) } };
}

function prefixed(sql: string, at: number, dialect: Dialect): Step | undefined {
  const prefix = /^([ebnx]|u&)(?=['"])/i.exec(sql.slice(at, at + 3))?.[0];
  if (prefix === undefined) return undefined;
  const quote = sql[at + prefix.length] ?? "'";
  const backslash = prefix.toLowerCase() === 'e' && dialect === 'postgres';
  if (quote === '"') return prefix.toLowerCase() === 'u&' ? { wrong: 'a name spelt in escapes' } : undefined;
  const end = quotedEnd(sql, at + prefix.length, quote, backslash);
  return end === -1 ? { wrong: 'a quote that does not end' } : { end, token: { kind: 'text', value: sql.slice(at + prefix.length + 1, end - 1) } };
}

function matched(sql: string, at: number, kind: TokenKind, pattern: RegExp): Step | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(sql)?.[0];
  return found === undefined ? undefined : { end: at + found.length, token: { kind, value: found.toLowerCase() } };
}

function sign(sql: string, at: number): Step {
  const long = SIGNS.find((each) => sql.startsWith(each, at));
  if (long !== undefined) return { end: at + long.length, token: { kind: 'sign', value: long } };
  const short = sql[at] ?? '';
  return /[-+*/%<>=!~^&|#@?()[\],.;:]/.test(short) ? { end: at + 1, token: { kind: 'sign', value: short } } : { wrong: 'a character that is no SQL' };
}

/** Stand for themselves, whatever follows. */
const SINGLE_SIGNS: ReadonlySet<string> = new Set([',', '(', ')', ';', '+', '*', '%', '^', ']']);
/** What a word may begin with, but for what may be the prefix of a text. */
const PLAIN_LETTER = /[acdf-mo-tvwyz_]/i;

function nextStep(sql: string, at: number, dialect: Dialect): Step {
  const first = sql[at] ?? '';
  if (SINGLE_SIGNS.has(first)) return { end: at + 1, token: { kind: 'sign', value: first } };
  if (PLAIN_LETTER.test(first)) return matched(sql, at, 'word', WORD) ?? matched(sql, at, 'name', NAME) ?? sign(sql, at);
  if (/[ \t\n]/.test(first)) return { end: at + 1 };
  if (first === "'") return quoted(sql, at, "'", 'text');
  if (first === '"') return quoted(sql, at, '"', 'name');
  if (first === '`' && dialect === 'sqlite') return quoted(sql, at, '`', 'name');
  if (first === '[' && dialect === 'sqlite') return quoted(sql, at, '[', 'name', ']');
  return (
    comment(sql, at, dialect) ??
    (dialect === 'postgres' ? dollarQuoted(sql, at) : undefined) ??
    prefixed(sql, at, dialect) ??
    matched(sql, at, 'number', NUMBER) ??
    matched(sql, at, 'parameter', PARAMETERS[dialect]) ??
    matched(sql, at, 'word', WORD) ??
    matched(sql, at, 'name', NAME) ??
    sign(sql, at)
  );
}

/** Stops where there are more than `most`. */
export function readTokens(sql: string, dialect: Dialect, most: number): Tokens {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const step = nextStep(sql, at, dialect);
    if ('wrong' in step) return { ok: false, at, reason: step.wrong, tooMany: false };
    if (tokens.length === most && step.token !== undefined) return { ok: false, at, reason: `more than ${most} words and signs`, tooMany: true };
    if (step.token !== undefined) tokens.push({ kind: step.token.kind, value: step.token.value, start: at, end: step.end });
    at = step.end;
  }
  return { ok: true, tokens };
}

/** Statements, without their semicolons; empty ones left out. */
export function splitStatements(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'sign' && token.value === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter((each) => each.length > 0);
}
