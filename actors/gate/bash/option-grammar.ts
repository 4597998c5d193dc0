// Options of a command as one line of text, and the words of a call read by it as getopt reads them, but for abbreviations:
// a long option that is not spelt out here is not listed, and what is not listed is not harmless.
//
//   n        a flag; one letter is short (-n), more are long (--lines)      n:  takes a value, glued or the next word
//   n?       takes a value only when it is glued on                         f<  its value is a path that is read
//   o>       its value is a path that is written                            d/  its value is a path that is looked at
//   then     !  makes the call HIGH,  ~  makes it MEDIUM,  =  gives what would else be the first operand
import type { RiskLevel } from '../../work/types.ts';
import type { PathUse } from '../file/path-risk.ts';
import { type Arg, argAfter, mayBeOption, textOf } from './arg.ts';

interface Option {
  readonly name: string;
  readonly takes: 'nothing' | 'next' | 'glued';
  readonly use?: PathUse;
  readonly level?: RiskLevel;
  readonly givesOperand: boolean;
}

export type Grammar = ReadonlyMap<string, Option>;

const USES: Readonly<Record<string, PathUse>> = { '<': 'read', '>': 'write', '/': 'names' };

function optionOf(text: string): Option {
  const [, name = '', marks = ''] = /^([^:?<>/!~=]+|\?)([:?<>/!~=]*)$/.exec(text) ?? [];
  const use = USES[marks.replace(/[^<>/]/g, '')];
  const level = marks.includes('!') ? 'HIGH' : marks.includes('~') ? 'MEDIUM' : undefined;
  const takes = marks.includes('?') ? 'glued' : use !== undefined || marks.includes(':') ? 'next' : 'nothing';
  return { name, takes, givesOperand: marks.includes('='), ...(use === undefined ? {} : { use }), ...(level === undefined ? {} : { level }) };
}

const grammars = new Map<string, Grammar>();

/** Each line is read once. */
export function grammarOf(line: string): Grammar {
  const known = grammars.get(line);
  if (known !== undefined) return known;
  const grammar = new Map(
    line
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map((text) => [optionOf(text).name, optionOf(text)]),
  );
  grammars.set(line, grammar);
  return grammar;
}

export interface GivenOption {
  readonly option: Option;
  readonly arg: Arg;
  readonly value: Arg | undefined;
}

export interface ReadWords {
  readonly options: readonly GivenOption[];
  readonly operands: readonly Arg[];
  /** Words that look like options, or may turn out to be some, and are not in the grammar. */
  readonly unlisted: readonly Arg[];
  /** Abbreviates, or is glued onto, an option that the grammar marks HIGH. */
  readonly dangerous: readonly Arg[];
}

export interface Manners {
  /** `-5` is a number of lines. */
  readonly numbers?: boolean;
  /** Options end at the first operand, as for commands that run another. */
  readonly first?: boolean;
  /** Long options have one dash: `-name`. */
  readonly oneDash?: boolean;
}

/** `--include=*.ts` stays the option that it is, whatever file it may match. */
function patternValue(arg: Arg): string | undefined {
  const [text, ...others] = arg.texts;
  return arg.exact && arg.glob && others.length === 0 && /^--[a-z][a-z-]*=/.test(arg.start) ? text : undefined;
}

/** What was read so far, and what of. One shape for every command: no object here is made of another by spreading it. */
interface Reading {
  readonly args: readonly Arg[];
  readonly grammar: Grammar;
  /** The next word. */
  at: number;
  options: GivenOption[];
  operands: Arg[];
  unlisted: Arg[];
  dangerous: Arg[];
}

/** What a list is before anything is in it. */
const NONE: never[] = [];

/** Most lists hold nothing or one thing, and an empty one that is pushed to makes room for seventeen. */
function added<Item>(items: Item[], item: Item): Item[] {
  if (items.length === 0) return [item];
  items.push(item);
  return items;
}

function readRest(reading: Reading, from: number): void {
  const rest = reading.args.slice(from);
  if (reading.operands.length === 0) reading.operands = rest;
  else reading.operands.push(...rest);
  reading.at = reading.args.length;
}

function nextValue(reading: Reading): Arg | undefined {
  reading.at += 1;
  return reading.args[reading.at - 1];
}

function shortensHigh(grammar: Grammar, name: string): boolean {
  if (name === '') return false;
  for (const option of grammar.values()) if (option.level === 'HIGH' && option.name.length > 1 && option.name.startsWith(name)) return true;
  return false;
}

function addOption(reading: Reading, option: Option, arg: Arg, value: Arg | undefined): void {
  reading.options = added(reading.options, { option, arg, value });
}

function addUnlisted(reading: Reading, arg: Arg): void {
  reading.unlisted = added(reading.unlisted, arg);
}

function readUnlisted(reading: Reading, arg: Arg, name: string): void {
  if (shortensHigh(reading.grammar, name)) reading.dangerous = added(reading.dangerous, arg);
  else addUnlisted(reading, arg);
}

function readLong(reading: Reading, arg: Arg, text: string): void {
  const dashes = text.startsWith('--') ? 2 : 1;
  const equals = text.indexOf('=');
  const name = text.slice(dashes, equals === -1 ? undefined : equals);
  const option = reading.grammar.get(name);
  if (option === undefined || (dashes === 2 && name.length === 1) || (equals !== -1 && option.takes === 'nothing')) return readUnlisted(reading, arg, name);
  addOption(reading, option, arg, equals !== -1 ? argAfter(arg, equals + 1) : option.takes === 'next' ? nextValue(reading) : undefined);
}

function readCluster(reading: Reading, arg: Arg, text: string): void {
  for (let at = 1; at < text.length; at += 1) {
    const option = reading.grammar.get(text[at] ?? '');
    if (option === undefined) return addUnlisted(reading, arg);
    if (option.takes !== 'nothing') {
      const glued = at + 1 < text.length;
      return addOption(reading, option, arg, glued ? argAfter(arg, at + 1) : option.takes === 'next' ? nextValue(reading) : undefined);
    }
    addOption(reading, option, arg, undefined);
  }
}

function addOperand(reading: Reading, arg: Arg): void {
  reading.operands = added(reading.operands, arg);
}

/** One word, and the value after it where it takes one. */
function readWord(reading: Reading, arg: Arg, { numbers, first, oneDash }: Manners): void {
  const text = textOf(arg) ?? patternValue(arg);
  if (text === '--') return readRest(reading, reading.at);
  const option = text === undefined ? mayBeOption(arg) : text.startsWith('-') && text !== '-';
  if (!option) {
    if (first === true) return readRest(reading, reading.at - 1);
    addOperand(reading, arg);
  } else if (text === undefined) {
    addUnlisted(reading, arg);
    // May be an operand as well, and is judged as both; but what begins with a dash stands before a wrapper's command, not for it.
    if (first !== true || !arg.start.startsWith('-')) addOperand(reading, arg);
  } else if (numbers === true && /^-\d+$/.test(text)) return;
  else if (text.startsWith('--') || oneDash === true) readLong(reading, arg, text);
  else readCluster(reading, arg, text);
}

const NO_MANNERS: Manners = {};
const DASH = 0x2d;

/** No option among them: then all are operands. */
function areOperands(args: readonly Arg[]): boolean {
  for (const { exact, glob, texts } of args) if (!exact || glob || texts.length !== 1 || texts[0]?.charCodeAt(0) === DASH) return false;
  return true;
}

export function readWords(args: readonly Arg[], line: string, manners: Manners = NO_MANNERS): ReadWords {
  if (areOperands(args)) return { options: NONE, operands: args, unlisted: NONE, dangerous: NONE };
  const reading: Reading = { args, grammar: grammarOf(line), at: 0, options: NONE, operands: NONE, unlisted: NONE, dangerous: NONE };
  for (let arg = args[0]; arg !== undefined; arg = args[reading.at]) {
    reading.at += 1;
    readWord(reading, arg, manners);
  }
  return reading;
}

export function hasOption(words: ReadWords, ...names: string[]): boolean {
  for (const { option } of words.options) if (names.includes(option.name)) return true;
  return false;
}

export function givenValue(words: ReadWords, ...names: string[]): Arg | undefined {
  return words.options.find(({ option }) => names.includes(option.name))?.value;
}
