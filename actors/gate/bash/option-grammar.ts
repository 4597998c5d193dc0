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
  readonly value?: Arg;
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

class Reader {
  readonly options: GivenOption[] = [];
  readonly operands: Arg[] = [];
  readonly unlisted: Arg[] = [];
  readonly dangerous: Arg[] = [];
  private readonly args: readonly Arg[];
  private readonly grammar: Grammar;
  private at = 0;

  constructor(args: readonly Arg[], grammar: Grammar) {
    this.args = args;
    this.grammar = grammar;
  }

  read({ numbers, first, oneDash }: Manners): void {
    while (this.at < this.args.length) {
      const arg = this.args[this.at];
      if (arg === undefined) return;
      this.at += 1;
      const text = textOf(arg) ?? patternValue(arg);
      if (text === '--') return this.rest(this.at);
      const option = text === undefined ? mayBeOption(arg) : text.startsWith('-') && text !== '-';
      if (!option) {
        if (first === true) return this.rest(this.at - 1);
        this.operands.push(arg);
      } else if (text === undefined) {
        this.unlisted.push(arg);
        // May be an operand as well, and is judged as both; but what begins with a dash stands before a wrapper's command, not for it.
        if (first !== true || !arg.start.startsWith('-')) this.operands.push(arg);
      } else if (numbers === true && /^-\d+$/.test(text)) continue;
      else if (text.startsWith('--') || oneDash === true) this.long(arg, text);
      else this.cluster(arg, text);
    }
  }

  private rest(from: number): void {
    this.operands.push(...this.args.slice(from));
    this.at = this.args.length;
  }

  private nextValue(): { value?: Arg } {
    const value = this.args[this.at];
    this.at += 1;
    return value === undefined ? {} : { value };
  }

  private long(arg: Arg, text: string): void {
    const dashes = text.startsWith('--') ? 2 : 1;
    const equals = text.indexOf('=');
    const name = text.slice(dashes, equals === -1 ? undefined : equals);
    const option = this.grammar.get(name);
    if (option === undefined || (dashes === 2 && name.length === 1) || (equals !== -1 && option.takes === 'nothing')) return this.notListed(arg, name);
    if (equals !== -1) this.options.push({ option, arg, value: argAfter(arg, equals + 1) });
    else this.options.push({ option, arg, ...(option.takes === 'next' ? this.nextValue() : {}) });
  }

  private notListed(arg: Arg, name: string): void {
    const shortened = [...this.grammar.values()].some((option) => option.level === 'HIGH' && option.name.length > 1 && name.length > 0 && option.name.startsWith(name));
    (shortened ? this.dangerous : this.unlisted).push(arg);
  }

  private cluster(arg: Arg, text: string): void {
    for (let at = 1; at < text.length; at += 1) {
      const option = this.grammar.get(text[at] ?? '');
      if (option === undefined) {
        this.unlisted.push(arg);
        return;
      }
      const glued = at + 1 < text.length;
      if (option.takes === 'nothing') this.options.push({ option, arg });
      else {
        const value = glued ? { value: argAfter(arg, at + 1) } : option.takes === 'next' ? this.nextValue() : {};
        this.options.push({ option, arg, ...value });
        return;
      }
    }
  }
}

export function readWords(args: readonly Arg[], line: string, manners: Manners = {}): ReadWords {
  const reader = new Reader(args, grammarOf(line));
  reader.read(manners);
  return reader;
}

export function hasOption(words: ReadWords, ...names: string[]): boolean {
  return words.options.some(({ option }) => names.includes(option.name));
}

export function givenValue(words: ReadWords, ...names: string[]): Arg | undefined {
  return words.options.find(({ option }) => names.includes(option.name))?.value;
}
