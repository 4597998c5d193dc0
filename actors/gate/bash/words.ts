// From a parsed word to an argument: quotes resolved, variables of the script filled in where it sets them, the rest unknown.
import type { ParsedScript, Word, WordPart } from 'unbash';
import { HOME } from '../file/resolve-path.ts';
import { type Arg, literalArg, type Span } from './arg.ts';
import type { Scope } from './scope.ts';

interface Piece {
  readonly texts: readonly string[];
  readonly exact: boolean;
  readonly glob?: boolean;
}

const MOST_TEXTS = 64;
const MOST_PIECES = 64;
const UNKNOWN: Piece = { texts: [], exact: false };
const known = (text: string): Piece => ({ texts: [text], exact: true });
/** Unquoted, such a value stays one word and is no pattern. */
const ONE_WORD = /^[A-Za-z0-9_./:@%+,=-]+$/;

function variable(name: string, quoted: boolean, scope: Scope): Piece {
  if (name === 'HOME') return known(HOME);
  // The number of a process, whichever it is.
  if (name === '$') return known('1');
  const [folder, ...others] = scope.folders ?? [];
  if (name === 'PWD' && folder !== undefined && others.length === 0) return known(folder);
  const values = scope.variables.get(name);
  if (values === undefined) return UNKNOWN;
  const single = quoted || values.texts.every((text) => ONE_WORD.test(text));
  return { texts: values.texts, exact: values.whole && single && scope.loops.has(name) };
}

/** `$(echo text)` and `$(printf text)` are what they print. */
function printedText(script: ParsedScript | undefined, scope: Scope): Piece {
  const [statement, ...others] = script?.commands ?? [];
  if (others.length > 0 || statement?.command.type !== 'Command') return UNKNOWN;
  const { name, args } = statement.command;
  if (name === undefined || !/^(echo|printf|nproc)$/.test(name.value)) return UNKNOWN;
  // A number, whichever it is; a function of that name is known by then.
  if (name.value === 'nproc') return args.length === 0 && !scope.functions.has('nproc') ? known('8') : UNKNOWN;
  const words = args.filter((arg): arg is Word => arg.type === 'Word').map((word) => argOf(word, scope));
  const operands = words.filter(({ start }) => !start.startsWith('-') && !start.startsWith('%'));
  return operands.every(({ texts }) => texts.length === 1) ? { texts: [operands.map(({ texts }) => texts[0]).join(' ')], exact: false } : UNKNOWN;
}

function braces(text: string): Piece {
  const choices = /^\{([^{}$`'"\\]*)\}$/.exec(text)?.[1];
  return choices?.includes(',') !== true ? UNKNOWN : { texts: choices.split(','), exact: false };
}

function pieceOf(part: WordPart, quoted: boolean, scope: Scope): Piece {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return known(part.value);
    case 'Glob':
      return { texts: [part.text], exact: true, glob: true };
    case 'ExtendedGlob':
      return { texts: ['*'], exact: false, glob: true };
    case 'DoubleQuoted':
      return joined(part.parts.map((child) => pieceOf(child, true, scope)));
    case 'LocaleString':
      return { ...joined(part.parts.map((child) => pieceOf(child, true, scope))), exact: false };
    case 'SimpleExpansion':
      return variable(part.text.slice(1), quoted, scope);
    case 'ParameterExpansion': {
      if (part.prefix !== undefined || part.index !== undefined) return UNKNOWN;
      if (part.operation === undefined) return variable(part.parameter, quoted, scope);
      if (part.operation.type !== 'Default') return UNKNOWN;
      const fallback = argOf(part.operation.operand, scope).texts;
      return { texts: [...variable(part.parameter, quoted, scope).texts, ...fallback], exact: false };
    }
    case 'CommandExpansion':
      return printedText(part.script, scope);
    case 'BraceExpansion':
      return braces(part.text);
    default:
      return UNKNOWN;
  }
}

/** Each of the first with each of the second, and no more than are kept. */
function combined(before: readonly string[], next: readonly string[]): readonly string[] {
  const both: string[] = [];
  for (const a of before) {
    for (const b of next) {
      if (both.length === MOST_TEXTS) return both;
      both.push(a + b);
    }
  }
  return both;
}

function joined(pieces: readonly Piece[]): Piece {
  const [only, ...others] = pieces;
  if (only !== undefined && others.length === 0 && only.texts.length <= MOST_TEXTS) return only;
  if (pieces.length > MOST_PIECES) return UNKNOWN;
  const texts = pieces.reduce<readonly string[]>((before, { texts: next }) => combined(before, next), ['']);
  const counted = pieces.reduce((product, { texts: each }) => product * each.length, 1);
  return { texts, exact: counted <= MOST_TEXTS && pieces.every(({ exact }) => exact), glob: pieces.some(({ glob }) => glob === true) };
}

function startOf(pieces: readonly Piece[]): string {
  const first = pieces.findIndex((piece) => !piece.exact || piece.glob === true || piece.texts.length !== 1);
  const certain = first === -1 ? pieces : pieces.slice(0, first);
  return certain.map(({ texts }) => texts[0] ?? '').join('');
}

/** The text of parts that are nothing but text; undefined when anything else is among them. */
function plainText(parts: readonly WordPart[]): string | undefined {
  if (parts.length > MOST_PIECES) return undefined;
  let text = '';
  for (const part of parts) {
    const value = part.type === 'DoubleQuoted' ? plainText(part.parts) : part.type === 'Literal' || part.type === 'SingleQuoted' ? part.value : undefined;
    if (value === undefined) return undefined;
    text += value;
  }
  return text;
}

/** Parts that are quoted inside a word's beginning keep a `~` from being a home; it is judged as one all the same. */
export function argOf(word: Word, scope: Scope): Arg {
  const span: Span = [word.pos, word.end];
  const plain = word.parts === undefined ? word.value : plainText(word.parts);
  if (word.parts === undefined || plain !== undefined) return literalArg(plain ?? word.value, span);
  const pieces = word.parts.map((part) => pieceOf(part, false, scope));
  const { texts, exact, glob } = joined(pieces);
  return { span, texts, exact, glob: glob === true, start: startOf(pieces) };
}
