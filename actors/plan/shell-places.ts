// Where in a Bash command a value may be inserted as a literal: in plain code, or within quotes, known by reading from the left.
// It errs to `unknown`: after a construct whose end only a whole parser finds, nothing may be inserted any more.

export type ShellPlace = 'code' | 'single' | 'double' | 'unknown';
type Span = readonly [number, number];

/** `sub` is code within `"$( … )"`, or within parentheses there: its `)` matters. */
type Context = 'code' | 'sub' | 'single' | 'double' | 'comment';

interface Reading {
  /** The innermost last; empty means code. */
  readonly contexts: Context[];
  /** The rest cannot be told. */
  lost: boolean;
  /** A word would start here: only there is `#` a comment, `case` a keyword. */
  wordStart: boolean;
}

interface Rule {
  readonly pattern: RegExp;
  readonly atWordStart?: true;
  readonly read: (reading: Reading) => void;
}

const rule = (pattern: RegExp, read: Rule['read']): Rule => ({ pattern, read });
const atWordStart = (pattern: RegExp, read: Rule['read']): Rule => ({ pattern, read, atWordStart: true });
const lose = (reading: Reading): void => {
  reading.lost = true;
};
const inWord = (reading: Reading): void => {
  reading.wordStart = false;
};
const separate = (reading: Reading): void => {
  reading.wordStart = true;
};
const stay = (): void => undefined;
const enter = (context: Context) => (reading: Reading) => {
  reading.contexts.push(context);
  reading.wordStart = context === 'sub';
};
const leave = (reading: Reading): void => {
  reading.wordStart = reading.contexts.pop() === 'comment';
};

const QUOTABLE: readonly Rule[] = [
  // Backquotes, arithmetic (it evaluates the values it is given), expansions with operators.
  rule(/`|\$\(\(|\$\[|\$\{(?!\w+\})/y, lose),
  // A line continued within a word can hide one of these, as in `$⏎(`.
  rule(/(?<=\S)\\\n/y, lose),
  rule(/\\\n/y, stay),
  rule(/\\[\s\S]/y, inWord),
];
const CODE: readonly Rule[] = [
  ...QUOTABLE,
  // $'…', subscripts and (( … )) and [[ … ]] (arithmetic), here-documents.
  rule(/\$'|\w\[|\(\(|<<(?!<)/y, lose),
  atWordStart(/\[(?!\s)/y, lose),
  atWordStart(/#/y, enter('comment')),
  rule(/<<</y, separate),
  rule(/'/y, enter('single')),
  rule(/"/y, enter('double')),
  rule(/[\s;&|()<>]/y, separate),
];
const RULES: Readonly<Record<Context, readonly Rule[]>> = {
  code: CODE,
  // The patterns of `case` have a `)` of their own.
  sub: [atWordStart(/case\b/y, lose), rule(/\((?!\()/y, enter('sub')), rule(/\)/y, leave), ...CODE],
  double: [...QUOTABLE, rule(/\$\(/y, enter('sub')), rule(/"/y, leave)],
  single: [rule(/'/y, leave)],
  comment: [rule(/\n/y, leave)],
};

/** The place of each span; spans are in order and do not overlap. Whatever stands within a span is not read. */
export function shellPlaces(command: string, spans: readonly Span[]): ShellPlace[] {
  const reading: Reading = { contexts: [], lost: false, wordStart: true };
  let at = 0;
  return spans.map(([start, end]) => {
    while (at < start) at += readToken(reading, command, at, start);
    at = end;
    const place = placeIn(reading, command[start - 1]);
    reading.wordStart = false;
    return place;
  });
}

/** Length of what was read. */
function readToken(reading: Reading, command: string, at: number, end: number): number {
  for (const { pattern, atWordStart: bound, read } of RULES[contextOf(reading)]) {
    if (bound && !reading.wordStart) continue;
    pattern.lastIndex = at;
    const length = pattern.exec(command)?.[0].length;
    if (length === undefined) continue;
    read(reading);
    // What reaches into the span (a backslash does) would change what is inserted there.
    if (at + length > end) lose(reading);
    return length;
  }
  inWord(reading);
  return 1;
}

function contextOf({ contexts }: Reading): Context {
  return contexts[contexts.length - 1] ?? 'code';
}

function placeIn(reading: Reading, before: string | undefined): ShellPlace {
  const context = contextOf(reading);
  if (reading.lost || context === 'comment') return 'unknown';
  if (context === 'single' || context === 'double') return context;
  // `$` would make the inserted quotes those of $'…'.
  return before === '$' ? 'unknown' : 'code';
}

const QUOTE: Readonly<Record<Exclude<ShellPlace, 'unknown'>, string>> = { code: '', single: "'", double: '"' };

/** The value as a literal in single quotes, those around it closed and opened again. Undefined where it cannot stand. */
export function quoteForShell(value: string, place: ShellPlace): string | undefined {
  if (place === 'unknown' || value.includes('\0')) return undefined;
  const around = QUOTE[place];
  return `${around}'${value.replaceAll("'", `'\\''`)}'${around}`;
}
