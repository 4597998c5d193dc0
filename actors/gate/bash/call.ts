// One command of a script, as the tables of commands see it; and what such a table holds.
import type { Finding, RiskLevel } from '../../work/types.ts';
import type { PathUse } from '../file/path-risk.ts';
import { finding } from '../verdict.ts';
import type { Arg, Span } from './arg.ts';
import { textOf } from './arg.ts';
import type { Manners, ReadWords } from './option-grammar.ts';
import { hasOption, readWords } from './option-grammar.ts';
import { pathFindings } from './path-use.ts';
import type { Scope } from './scope.ts';

export interface Call {
  readonly name: string;
  readonly args: readonly Arg[];
  readonly span: Span;
  readonly scope: Scope;
}

export type Judge = (call: Call) => Finding[];

/** A command by its options and what its operands are. What is not listed raises it. */
export interface CommandRule {
  /** At least; LOW when not said. */
  readonly level?: RiskLevel;
  readonly why?: string;
  /** See option-grammar.ts. */
  readonly options?: string;
  /** What an option that is not listed comes to: HIGH where the command has options that run programs or write files. */
  readonly unlisted?: RiskLevel;
  /** `text read*`: the first is no path, the others are read. The one with a star repeats; `none`: there may be none. */
  readonly operands?: string;
  /** Options that give what the first operand would be. */
  readonly manners?: Manners;
  /** Options that make it go through whole trees. */
  readonly recursive?: readonly string[];
  /** What happens to the folder that it is in, when no operand is given. */
  readonly implied?: PathUse;
  readonly also?: (words: ReadWords, call: Call) => Finding[];
}

export type CommandTable = Readonly<Record<string, CommandRule | Judge>>;

export const found = (call: Call, level: RiskLevel, rule: string, why: string): Finding => finding(level, rule, why, call.span);

type OperandUse = PathUse | 'text' | 'none';

interface OperandUses {
  readonly uses: readonly OperandUse[];
  /** Which one repeats; -1 when none does. */
  readonly star: number;
}

const operandUses = new Map<string, OperandUses>();

/** Each pattern is read once; there are as many as the tables hold. */
function usesOf(pattern: string): OperandUses {
  const known = operandUses.get(pattern);
  if (known !== undefined) return known;
  const words = pattern.split(' ');
  const read = { uses: words.map((word) => word.replace('*', '') as OperandUse), star: words.findIndex((word) => word.endsWith('*')) };
  operandUses.set(pattern, read);
  return read;
}

function useOf({ uses, star }: OperandUses, at: number, count: number): OperandUse {
  if (star === -1) return uses[at] ?? 'none';
  const after = uses.length - star - 1;
  const index = at < star ? at : at >= count - after && count > star ? uses.length - (count - at) : star;
  return uses[index] ?? 'none';
}

function optionFindings(words: ReadWords, rule: CommandRule, call: Call): Finding[] {
  if (words.options.length === 0 && words.unlisted.length === 0 && words.dangerous.length === 0) return [];
  const unlisted = rule.unlisted ?? 'MEDIUM';
  const about = (arg: Arg): string => textOf(arg) ?? 'a word that may be an option';
  return [
    ...words.dangerous.map((arg) => finding('HIGH', 'bash-option-abbreviated', `${call.name}: ${about(arg)} stands for an option that runs or writes`, arg.span)),
    // A pattern may match a name that looks like an option: of a plain reader none does harm.
    ...words.unlisted
      .filter((arg) => !arg.glob || unlisted === 'HIGH')
      .map((arg) => finding(arg.glob ? 'MEDIUM' : unlisted, 'bash-option-unlisted', `${call.name}: ${about(arg)} is not known to be harmless`, arg.span)),
    ...looseFindings(
      words.unlisted.filter((arg) => textOf(arg)?.startsWith('-') === true),
      call,
    ),
    ...words.options.flatMap(({ option, arg, value }) => [
      ...(option.level === undefined ? [] : [finding(option.level, 'bash-option-risky', `${call.name}: ${about(arg)} changes what the command does`, arg.span)]),
      ...(value === undefined || option.use === undefined || textOf(value) === '-' ? [] : pathFindings(value, option.use, call.scope)),
      ...(value !== undefined && option.use === undefined && !value.exact
        ? [finding('MEDIUM', 'bash-value-unknown', `${call.name}: a value that is known only when it runs`, value.span)]
        : []),
    ]),
  ];
}

/** An option gave what the first operand would be. */
const withoutFirstText = (operands: string): string => operands.replace(/^text(?!\*) ?/, '') || 'none';

function operandFindings(words: ReadWords, rule: CommandRule, call: Call): Finding[] {
  const given = words.options.some(({ option }) => option.givesOperand);
  const operands = rule.operands ?? 'none';
  const uses = given ? withoutFirstText(operands) : operands;
  const whole = rule.recursive !== undefined && (rule.recursive.length === 0 || hasOption(words, ...rule.recursive));
  const pattern = usesOf(uses);
  const results: Finding[] = [];
  for (const [at, arg] of words.operands.entries()) {
    const use = useOf(pattern, at, words.operands.length);
    if (use === 'none') results.push(finding('MEDIUM', 'bash-operand-unlisted', `${call.name}: ${textOf(arg) ?? 'a word'} is more than is known to be harmless`, arg.span));
    else if (use !== 'text') {
      if (textOf(arg) !== '-') results.push(...pathFindings(arg, use, call.scope, whole));
    } else if (!arg.exact) results.push(finding('MEDIUM', 'bash-value-unknown', `${call.name}: a word that is known only when it runs`, arg.span));
  }
  const paths = words.operands.length - (uses.startsWith('text') ? 1 : 0);
  const implied = paths > 0 ? undefined : (rule.implied ?? (whole ? 'read' : undefined));
  return implied === undefined ? results : [...results, ...pathFindings({ span: call.span, texts: ['.'], exact: true, glob: false, start: '.' }, implied, call.scope, whole)];
}

export function judgeByRule(rule: CommandRule, call: Call): Finding[] {
  const words = readWords(call.args, rule.options ?? '', rule.manners);
  const floor = found(call, rule.level ?? 'LOW', `bash-${rule.level === undefined || rule.level === 'LOW' ? 'reads' : 'command'}`, `${call.name} ${rule.why ?? 'only reads'}`);
  return [floor, ...optionFindings(words, rule, call), ...operandFindings(words, rule, call), ...(rule.also?.(words, call) ?? [])];
}

/** `--file=x`, `file=x` and `-f./x` may mean x. */
function valueIn(text: string): string {
  if (!text.startsWith('-') && !text.includes('=')) return text;
  return /^-{1,2}[A-Za-z][\w-]*=(.*)$/s.exec(text)?.[1] ?? /^[\w.-]+=(.*)$/s.exec(text)?.[1] ?? /^-[A-Za-z]([~/.].*)$/s.exec(text)?.[1] ?? text;
}

const URL_LIKE = /^[a-z][a-z0-9+.-]*:\/\//i;
const LEADS_OUT = /^[~/]|(^|\/)\.\.(\/|$)/;

/** Words that lead out of the workspace or to secrets, of a command whose words are not known one by one. */
export function looseFindings(args: readonly Arg[], call: Call): Finding[] {
  const results: Finding[] = [];
  const scope = call.scope.folders === undefined ? { ...call.scope, folders: [call.scope.places.workspace] } : call.scope;
  for (const arg of args) {
    for (const text of arg.texts) {
      // All that may be looked at was: whoever asked is told so once.
      if (scope.budget.places < 0) return results;
      const value = valueIn(text);
      if (value === '' || value.startsWith('-') || value.length > 1_024 || URL_LIKE.test(value)) continue;
      const leads = LEADS_OUT.test(value);
      const path: Arg = { span: arg.span, texts: [value.startsWith('@') ? value.slice(1) : value], exact: true, glob: arg.glob, start: value };
      for (const each of pathFindings(path, leads ? 'write' : 'read', scope)) if (leads || each.level === 'HIGH') results.push(each);
    }
  }
  return results;
}
