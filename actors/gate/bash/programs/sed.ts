// sed: its scripts read lines and print them, unless they write files or run commands. A script is read letter by letter; what is not read through is HIGH.
import type { Finding } from '../../../work/types.ts';
import { finding } from '../../verdict.ts';
import { textOf } from '../arg.ts';
import { type Call, found } from '../call.ts';
import { givenValue, hasOption, type ReadWords, readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';

const OPTIONS =
  'n r E s u z e:= i? l: quiet silent regexp-extended separate unbuffered null-data expression:= in-place? line-length: posix debug sandbox f<!= file<!= help version';

/** Index after a part that ends at `end`, with escapes and bracket expressions jumped over; -1 when it does not end. */
function partEnd(script: string, from: number, end: string, isPattern: boolean): number {
  for (let at = from; at < script.length; at += 1) {
    const letter = script[at];
    if (letter === '\\') at += 1;
    else if (letter === '\n' && isPattern) return -1;
    else if (letter === '[' && isPattern && end !== '[') {
      const first = script[at + 1] === '^' ? at + 2 : at + 1;
      const close = script.indexOf(']', first + 1);
      // Where the bracket ends differs between programs when it holds the delimiter: such a script is not read through.
      if (close === -1 || script.slice(at, close).includes(end)) return -1;
      at = close;
    } else if (letter === end) return at + 1;
  }
  return -1;
}

function addressEnd(script: string, from: number): number {
  const number = /^(\d+(~\d+)?|\$|\+\d+|~\d+)/.exec(script.slice(from))?.[0];
  if (number !== undefined) return from + number.length;
  if (script[from] === '/') {
    const end = partEnd(script, from + 1, '/', true);
    return end === -1 ? -1 : end + (/^[IM]*/.exec(script.slice(end))?.[0].length ?? 0);
  }
  return from;
}

function substitutionEnd(script: string, from: number): number {
  const delimiter = script[from] ?? '';
  if (delimiter === '' || /[\\\n\s\w[\]]/.test(delimiter)) return -1;
  const replacement = partEnd(script, from + 1, delimiter, true);
  const end = replacement === -1 ? -1 : partEnd(script, replacement, delimiter, false);
  return end === -1 ? -1 : end + (/^[gpiIM0-9]*/.exec(script.slice(end))?.[0].length ?? 0);
}

function commandEnd(script: string, at: number): number {
  const letter = script[at] ?? '';
  if (letter === 's') return substitutionEnd(script, at + 1);
  if (letter === 'y') {
    const delimiter = script[at + 1] ?? '';
    if (delimiter === '' || /[\\\n\s\w]/.test(delimiter)) return -1;
    const middle = partEnd(script, at + 2, delimiter, false);
    return middle === -1 ? -1 : partEnd(script, middle, delimiter, false);
  }
  if (/[aic]/.test(letter)) {
    const line = script.indexOf('\n', at);
    return script.slice(at, line === -1 ? undefined : line).includes('\\') ? -1 : line === -1 ? script.length : line;
  }
  if (/[bt:]/.test(letter)) return at + 1 + (/^ *\w*/.exec(script.slice(at + 1))?.[0].length ?? 0);
  if (/[qQlL]/.test(letter)) return at + 1 + (/^ *\d*/.exec(script.slice(at + 1))?.[0].length ?? 0);
  return /[pPdDnNgGhHxz=F{}]/.test(letter) ? at + 1 : -1;
}

/** Whether every command of the script only reads its input and prints. */
export function sedOnlyPrints(script: string): boolean {
  let at = 0;
  while (at < script.length) {
    if (/[\s;]/.test(script[at] ?? '')) {
      at += 1;
      continue;
    }
    for (let part = 0; part < 2; part += 1) {
      at = addressEnd(script, at);
      if (at === -1) return false;
      if (part === 0 && script[at] === ',') at += 1;
      else break;
    }
    while (/[ !]/.test(script[at] ?? '')) at += 1;
    const end = commandEnd(script, at);
    if (end === -1) return false;
    const after = script[end];
    if (after !== undefined && !/[\s;}]/.test(after) && !/[{}]/.test(script[at] ?? '')) return false;
    at = end;
  }
  return true;
}

function scriptFindings(words: ReadWords, call: Call): Finding[] {
  const given = words.options.filter(({ option }) => option.name === 'e' || option.name === 'expression').map(({ value }) => value);
  const scripts = given.length > 0 ? given : [words.operands[0]];
  return scripts.flatMap((arg) => {
    const text = textOf(arg);
    if (text === undefined) return [finding('HIGH', 'bash-value-unknown', 'sed: a script that is known only when it runs', arg?.span ?? call.span)];
    return sedOnlyPrints(text) ? [] : [finding('HIGH', 'bash-sed-script', 'sed: a script that may write files or run commands', arg?.span ?? call.span)];
  });
}

export function judgeSed(call: Call): Finding[] {
  const words = readWords(call.args, OPTIONS);
  const files = words.options.some(({ option }) => option.givesOperand) ? words.operands : words.operands.slice(1);
  const inPlace = hasOption(words, 'i', 'in-place');
  const floor = inPlace ? found(call, 'MEDIUM', 'bash-command', 'sed changes files in place') : found(call, 'LOW', 'bash-reads', 'sed prints lines');
  const risky = words.options.filter(({ option }) => option.level !== undefined).map(({ arg }) => finding('HIGH', 'bash-sed-script', 'sed: a script from a file', arg.span));
  const unlisted = [...words.unlisted, ...words.dangerous].map((arg) =>
    finding('HIGH', 'bash-option-unlisted', `sed: ${textOf(arg) ?? 'a word'} is not known to be harmless`, arg.span),
  );
  const suffix = givenValue(words, 'i', 'in-place');
  const backup = inPlace && /[/*]/.test(textOf(suffix) ?? '') ? [found(call, 'HIGH', 'bash-option-risky', 'sed: keeps the old file elsewhere')] : [];
  return [
    floor,
    ...risky,
    ...unlisted,
    ...backup,
    ...scriptFindings(words, call),
    ...files.flatMap((arg) => (textOf(arg) === '-' ? [] : pathFindings(arg, inPlace ? 'write' : 'read', call.scope))),
  ];
}
