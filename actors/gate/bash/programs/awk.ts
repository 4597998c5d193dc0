// awk: a program that computes from its input and prints is LOW; it can also run commands and open files, so anything else in it is not.
import type { Finding, RiskLevel } from '../../../work/types.ts';
import { finding } from '../../verdict.ts';
import { textOf } from '../arg.ts';
import { type Call, found } from '../call.ts';
import { readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';

const OPTIONS =
  'F: v: field-separator: assign: f<!= file<!= version posix traditional re-interval source:! e:! include:! i:! load:! l:! exec:! E:! dump-variables?! d?! debug?! D?! profile?! p?! pretty-print?! o?! gen-pot! lint? sandbox';

const SAFE_CALLS =
  /^(length|substr|index|split|sub|gsub|gensub|match|sprintf|tolower|toupper|int|sqrt|exp|log|sin|cos|atan2|rand|srand|strftime|systime|mktime|and|or|xor|lshift|rshift|compl|asort|asorti|patsplit|strtonum|isarray|typeof|printf|print|if|while|for|switch|return|in|exit|delete|getline)$/;

/** Looking for texts and patterns in a longer one could take long, and who writes one by hand? */
const LONGEST = 2_000;

function withoutTexts(program: string): string {
  return program.replace(/"(\\.|[^"\\\n])*"/g, '""').replace(/(^|[^\w)\]$\s])\s*\/(\\.|[^/\\\n])*\//g, '$1 0 ');
}

/** A statement goes on in the next line after these. */
const joined = (program: string): string => program.replace(/(,|&&|\|\|)[ \t]*\n/g, '$1 ');

/** Judged on the text as it is, and again without its quoted texts and patterns: the first for what runs, the second for what it is made of. */
export function awkLevel(given: string): RiskLevel {
  if (given.length > LONGEST || /\\\r?\n/.test(given)) return 'HIGH';
  const program = joined(given);
  if (/\b\d*(system|close|fflush)\s*\(|\bgetline\b|@/.test(program)) return 'HIGH';
  const bare = withoutTexts(program);
  if (/(^|[^|])\|(?!\|)/.test(bare)) return 'HIGH';
  if (/\bprintf?\b[^;}\n]*>/.test(program) && /\bprintf?\b[^;}\n]*>/.test(bare)) return 'HIGH';
  if (/\b(ENVIRON|PROCINFO|SYMTAB|FUNCTAB|ARGV|ARGC)\b/.test(bare)) return 'MEDIUM';
  // A quote that is left means that the texts were not all found, and so neither was what is outside of them.
  if (/"[^"]|[^"]"$|'|`/.test(bare.replaceAll('""', ''))) return 'MEDIUM';
  const calls = [...bare.matchAll(/\b(\w+)\s*\(/g)].flatMap(([, name]) => name?.replace(/^\d+/, '') || []);
  if (!calls.every((name) => SAFE_CALLS.test(name)) || /\bfunc(tion)?\b/.test(bare)) return 'MEDIUM';
  // A pattern may hold a quote, and a division look like a pattern: where the text as it is holds these at all, nothing is proven.
  return /(^|[^|])\|(?!\|)/.test(program) || (program.includes('>') && program.includes('print')) ? 'MEDIUM' : 'LOW';
}

export function judgeAwk(call: Call): Finding[] {
  const words = readWords(call.args, OPTIONS, { first: true });
  const given = words.options.some(({ option }) => option.givesOperand);
  const [program, ...others] = words.operands;
  const files = given ? words.operands : others;
  const results = [found(call, 'LOW', 'bash-reads', 'awk prints what it computes')];
  results.push(
    ...[...words.unlisted, ...words.dangerous].map((arg) => finding('HIGH', 'bash-option-unlisted', `awk: ${textOf(arg) ?? 'a word'} is not known to be harmless`, arg.span)),
  );
  results.push(
    ...words.options.filter(({ option }) => option.level !== undefined).map(({ arg }) => finding('HIGH', 'bash-option-risky', 'awk: loads or writes a program', arg.span)),
  );
  results.push(
    ...words.options
      .filter(({ value }) => value?.exact === false)
      .map(({ arg }) => finding('MEDIUM', 'bash-value-unknown', 'awk: a value that is known only when it runs', arg.span)),
  );
  const text = textOf(program);
  if (!given) {
    const level = text === undefined ? 'HIGH' : awkLevel(text);
    if (level !== 'LOW') results.push(finding(level, 'bash-awk-program', 'awk: a program that may run commands or write files', program?.span ?? call.span));
  }
  const paths = files.filter((arg) => !/^[A-Za-z_]\w*=/.test(textOf(arg) ?? '') && textOf(arg) !== '-');
  return [...results, ...paths.flatMap((arg) => pathFindings(arg, 'read', call.scope))];
}
