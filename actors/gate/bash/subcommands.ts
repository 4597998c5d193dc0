// Commands that are many commands: a table of their subcommands by level, one or two words each.
import type { Finding, RiskLevel } from '../../work/types.ts';
import { finding, worse } from '../verdict.ts';
import { mayBeOption, textOf } from './arg.ts';
import { addLoose, type Call, found, type Judge } from './call.ts';

export interface SubcommandTable {
  /** Comma-separated: `ps, images, compose ls`. */
  readonly LOW?: string;
  readonly MEDIUM?: string;
  readonly HIGH?: string;
  readonly CRITICAL?: string;
  /** Options that make it HIGH wherever they stand: they run, load, log in, or act on the whole machine. */
  readonly risky?: string;
  /** Long options are taken only as they are spelt: then the beginning of a risky one is another, or none. */
  readonly spelt?: boolean;
  /** Of a subcommand that is not listed. */
  readonly otherwise?: RiskLevel;
  /** Without any subcommand. */
  readonly alone?: RiskLevel;
  readonly also?: Judge;
}

const LEVELS = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

function phrasesOf(table: SubcommandTable): ReadonlyMap<string, RiskLevel> {
  return new Map(LEVELS.flatMap((level) => (table[level] ?? '').split(',').map((phrase): [string, RiskLevel] => [phrase.trim(), level])).filter(([phrase]) => phrase !== ''));
}

/** The phrase that begins at a word, the longest first. */
function phraseAt(words: readonly string[], at: number, phrases: ReadonlyMap<string, RiskLevel>): string | undefined {
  const one = words[at] ?? '';
  const two = at + 1 < words.length ? `${one} ${words[at + 1]}` : one;
  const three = at + 2 < words.length ? `${two} ${words[at + 2]}` : two;
  return phrases.has(three) ? three : phrases.has(two) ? two : phrases.has(one) ? one : undefined;
}

interface Risky {
  readonly options: readonly string[];
  readonly spelt: boolean;
}

/** `name` is the option itself, or begins it, or is glued onto it. */
function means(name: string, text: string, option: string, spelt: boolean): boolean {
  if (name === option) return true;
  if (option.startsWith('--')) return !spelt && name.length > 3 && name.startsWith('--') && option.startsWith(name);
  return option.length === 2 && text.startsWith(option) && text.length > 2 && !text.startsWith('--');
}

function isRisky(text: string, { options, spelt }: Risky): boolean {
  if (!text.startsWith('-')) return options.includes(text);
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  for (const option of options) if (means(name, text, option, spelt)) return true;
  return false;
}

/** A word before the subcommand that belongs to an option may hide which one is meant: then each that could be it counts. */
function levelOf(
  words: readonly string[],
  phrases: ReadonlyMap<string, RiskLevel>,
  table: SubcommandTable,
): { readonly level: RiskLevel; readonly name: string; readonly certain: boolean } {
  let level: RiskLevel | undefined;
  let name = '';
  let certain = true;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word.startsWith('-') || word.startsWith('+')) {
      certain = certain && level !== undefined;
      continue;
    }
    const phrase = phraseAt(words, at, phrases);
    if (phrase !== undefined) {
      level = level === undefined ? (phrases.get(phrase) ?? 'HIGH') : worse(level, phrases.get(phrase) ?? 'HIGH');
      name ||= phrase;
    }
    if (phrase !== undefined && certain) break;
    if (phrase === undefined && certain) return { level: table.otherwise ?? 'MEDIUM', name: word, certain };
  }
  return { level: level ?? (words.some((word) => !word.startsWith('-')) ? (table.otherwise ?? 'MEDIUM') : (table.alone ?? 'MEDIUM')), name, certain };
}

const PLAIN_OPTION = /^--?[A-Za-z][\w-]*(=[\w .,:{}/\\t%()"'-]*)?$/;

function lowFindings(call: Call, name: string, risky: Risky): Finding[] {
  const rest = call.args.slice(name.split(' ').length);
  const plain = rest.every((arg) => {
    const text = textOf(arg);
    return text !== undefined && !isRisky(text, risky) && (PLAIN_OPTION.test(text) || /^[\w.:{}\\ ,=%()"'-]+$/.test(text));
  });
  return plain ? [] : [found(call, 'MEDIUM', 'bash-option-unlisted', `${call.name} ${name} with words that are not known to be harmless`)];
}

/** `help x`, or `x y --help`, but for words that run what follows them. A script of the name of a subcommand would be run with it. */
function asksForHelp(words: readonly string[], phrases: ReadonlyMap<string, RiskLevel>, otherwise: RiskLevel | undefined): boolean {
  if (words.length > 3 || words.some((word, at) => !/^[a-z][a-z-]*$/.test(word) && !(at > 0 && word === '--help'))) return false;
  if (words[0] === 'help') return !phrases.has('help');
  const asked = words.slice(0, -1);
  if (words[words.length - 1] !== '--help' || (asked.length > 1 && /^(run|exec|compose|create|start|x|dlx)$/.test(asked[0] ?? ''))) return false;
  const level = phrases.get(asked.join(' ')) ?? phrases.get(asked[0] ?? '') ?? otherwise;
  return level === 'HIGH' || level === 'CRITICAL';
}

/** For the person who decides. */
const MEANING: Readonly<Record<RiskLevel, string>> = {
  LOW: 'only tells',
  MEDIUM: 'changes the project, or runs its code',
  HIGH: 'reaches beyond the project, or cannot be taken back',
  CRITICAL: 'may end what others rely on',
};

export function subcommands(table: SubcommandTable): Judge {
  const phrases = phrasesOf(table);
  const risky: Risky = { options: (table.risky ?? '').split(/\s+/).filter(Boolean), spelt: table.spelt === true };
  return (call) => {
    const words = call.args.map((arg) => textOf(arg) ?? arg.start);
    if (words.length === 1 && /^(--version|version)$/.test(words[0] ?? '')) return [found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)];
    if (asksForHelp(words, phrases, table.otherwise)) return [found(call, 'MEDIUM', 'bash-reads', `${call.name} tells how it is used`)];
    const { level, name, certain } = levelOf(words, phrases, table);
    const results = [found(call, level, 'bash-subcommand', `${`${call.name} ${name}`.trim()} ${MEANING[level]}`)];
    if (level === 'LOW') results.push(...(certain ? lowFindings(call, name, risky) : [found(call, 'MEDIUM', 'bash-option-unlisted', `${call.name} with options before ${name}`)]));
    addRisky(results, call, risky);
    addUnknown(results, call);
    for (const arg of call.args) addLoose(results, arg, call);
    if (table.also !== undefined) results.push(...table.also(call));
    return results;
  };
}

function addRisky(results: Finding[], call: Call, risky: Risky): void {
  for (const arg of call.args)
    for (const text of arg.texts)
      if (isRisky(text, risky)) results.push(finding('HIGH', 'bash-option-risky', `${call.name}: ${text.slice(0, 80)} changes what the command does`, arg.span));
}

function addUnknown(results: Finding[], call: Call): void {
  for (const arg of call.args)
    if (!arg.exact)
      results.push(finding(mayBeOption(arg) && !arg.glob ? 'HIGH' : 'MEDIUM', 'bash-value-unknown', `${call.name}: a word that is known only when it runs`, arg.span));
}
