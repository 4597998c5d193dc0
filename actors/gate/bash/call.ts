// One command of a script, as the tables of commands see it; and what such a table holds.
import type { Finding, RiskLevel } from '../../work/types.ts';
import type { PathUse } from '../file/path-risk.ts';
import type { FindingName } from '../finding-names.ts';
import { finding } from '../verdict.ts';
import type { Arg, Span } from './arg.ts';
import { textOf } from './arg.ts';
import type { Manners, ReadWords } from './option-grammar.ts';
import { hasOption, readWords } from './option-grammar.ts';
import { addPath, pathFindings } from './path-use.ts';
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

export const found = (call: Call, level: RiskLevel, rule: FindingName, why: string): Finding => finding(level, rule, why, call.span);

/** The call without the words of its own that are these. */
export const without = (call: Call, words: RegExp): Call => ({ ...call, args: call.args.filter((arg) => !words.test(textOf(arg) ?? '')) });

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

const about = (arg: Arg): string => textOf(arg) ?? 'a word that may be an option';

function addUnlisted(results: Finding[], { dangerous, unlisted }: ReadWords, level: RiskLevel, call: Call): void {
  for (const arg of dangerous) results.push(finding('HIGH', 'bash-option-abbreviated', `${call.name}: ${about(arg)} stands for an option that runs or writes`, arg.span));
  // A pattern may match a name that looks like an option: of a plain reader none does harm.
  for (const arg of unlisted)
    if (!arg.glob || level === 'HIGH')
      results.push(finding(arg.glob ? 'MEDIUM' : level, 'bash-option-unlisted', `${call.name}: ${about(arg)} is not known to be harmless`, arg.span));
  for (const arg of unlisted) if (textOf(arg)?.startsWith('-') === true) addLoose(results, arg, call);
}

function addOptions(results: Finding[], words: ReadWords, rule: CommandRule, call: Call): void {
  if (words.dangerous.length > 0 || words.unlisted.length > 0) addUnlisted(results, words, rule.unlisted ?? 'MEDIUM', call);
  for (const { option, arg, value } of words.options) {
    if (option.level !== undefined) results.push(finding(option.level, 'bash-option-risky', `${call.name}: ${about(arg)} changes what the command does`, arg.span));
    if (value === undefined) continue;
    if (option.use === undefined) {
      if (!value.exact) results.push(finding('MEDIUM', 'bash-value-unknown', `${call.name}: a value that is known only when it runs`, value.span));
    } else if (textOf(value) !== '-') addPath(results, value, option.use, call.scope);
  }
}

/** An option gave what the first operand would be. */
const withoutFirstText = (operands: string): string => operands.replace(/^text(?!\*) ?/, '') || 'none';

function addOperand(results: Finding[], arg: Arg, use: OperandUse, whole: boolean, call: Call): void {
  if (use === 'none') results.push(finding('MEDIUM', 'bash-operand-unlisted', `${call.name}: ${textOf(arg) ?? 'a word'} is more than is known to be harmless`, arg.span));
  else if (use !== 'text') {
    if (textOf(arg) !== '-') addPath(results, arg, use, call.scope, whole);
  } else if (!arg.exact) results.push(finding('MEDIUM', 'bash-value-unknown', `${call.name}: a word that is known only when it runs`, arg.span));
}

function givesOperand(words: ReadWords): boolean {
  for (const { option } of words.options) if (option.givesOperand) return true;
  return false;
}

const goesThroughTrees = (words: ReadWords, options: CommandRule['recursive']): boolean => options !== undefined && (options.length === 0 || hasOption(words, ...options));

function addOperands(results: Finding[], words: ReadWords, rule: CommandRule, call: Call): void {
  const { operands } = words;
  const listed = rule.operands ?? 'none';
  const pattern = usesOf(givesOperand(words) ? withoutFirstText(listed) : listed);
  const whole = goesThroughTrees(words, rule.recursive);
  for (let at = 0; at < operands.length; at += 1) addOperand(results, operands[at] as Arg, useOf(pattern, at, operands.length), whole, call);
  const paths = operands.length - (pattern.uses[0] === 'text' ? 1 : 0);
  const implied = paths > 0 ? undefined : (rule.implied ?? (whole ? 'read' : undefined));
  if (implied !== undefined) addPath(results, { span: call.span, texts: ['.'], exact: true, glob: false, start: '.' }, implied, call.scope, whole);
}

export function addByRule(results: Finding[], rule: CommandRule, call: Call): void {
  const words = readWords(call.args, rule.options ?? '', rule.manners);
  const { level = 'LOW', why = 'only reads' } = rule;
  results.push(found(call, level, level === 'LOW' ? 'bash-reads' : 'bash-command', `${call.name} ${why}`));
  addOptions(results, words, rule, call);
  addOperands(results, words, rule, call);
  if (rule.also !== undefined) results.push(...rule.also(words, call));
}

export function judgeByRule(rule: CommandRule, call: Call): Finding[] {
  const results: Finding[] = [];
  addByRule(results, rule, call);
  return results;
}

/** `--file=x`, `file=x` and `-f./x` may mean x. */
function valueIn(text: string): string {
  if (!text.startsWith('-') && !text.includes('=')) return text;
  return /^-{1,2}[A-Za-z][\w-]*=(.*)$/s.exec(text)?.[1] ?? /^[\w.-]+=(.*)$/s.exec(text)?.[1] ?? /^-[A-Za-z]([~/.].*)$/s.exec(text)?.[1] ?? text;
}

const URL_LIKE = /^[a-z][a-z0-9+.-]*:\/\//i;
const LEADS_OUT = /^[~/]|(^|\/)\.\.(\/|$)/;

/** Of what may be no path, only what would be grave if it were one. */
function addIfHigh(results: Finding[], path: Arg, scope: Scope): void {
  for (const each of pathFindings(path, 'read', scope)) if (each.level === 'HIGH') results.push(each);
}

/** What tests, packages and folders of sources are called: `go test ./internal/token`, `jest credentials`. */
const NAMES_TOPIC = /^(\.\/)?(\w[\w-]*\/)*(secrets?|credentials?|passwords?|passwd|token)\/?(\.\.\.)?$/;

export function addLoose(results: Finding[], arg: Arg, { scope }: Call): void {
  const known = scope.folders === undefined ? { ...scope, folders: [scope.places.workspace] } : scope;
  for (const text of arg.texts) {
    // All that may be looked at was: whoever asked is told so once.
    if (scope.budget.places < 0) return;
    const value = valueIn(text);
    if (value === '' || value.startsWith('-') || value.length > 1_024 || URL_LIKE.test(value)) continue;
    const path: Arg = { span: arg.span, texts: [value.startsWith('@') ? value.slice(1) : value], exact: true, glob: arg.glob, start: value };
    if (LEADS_OUT.test(value)) addPath(results, path, 'write', known);
    else if (!NAMES_TOPIC.test(value)) addIfHigh(results, path, known);
  }
}

/** Words that lead out of the workspace or to secrets, of a command whose words are not known one by one. */
export function looseFindings(args: readonly Arg[], call: Call): Finding[] {
  const results: Finding[] = [];
  for (const arg of args) addLoose(results, arg, call);
  return results;
}
