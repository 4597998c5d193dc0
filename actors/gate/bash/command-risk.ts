// One command, from its words: which program that is, and what its table says of it. A name that is not a plain text is HIGH.
import { posix } from 'node:path';
import type { Finding, RiskLevel } from '../../work/types.ts';
import { isAscii } from '../characters.ts';
import { resolvePath } from '../file/resolve-path.ts';
import { finding } from '../verdict.ts';
import { type Arg, literalArg, type Span, textOf } from './arg.ts';
import { addByRule, type Call, type CommandRule, type Judge, looseFindings } from './call.ts';
import { COMMANDS, TELL_VERSIONS } from './commands/index.ts';
import { isGraveTask } from './grave-words.ts';
import { addPath } from './path-use.ts';
import type { Scope } from './scope.ts';

const MOST_WORDS = 400;
const SYSTEM_PROGRAMS = /^\/(usr\/(local\/)?)?s?bin\/([^/]+)$/;

const PRINTERS: ReadonlySet<string | undefined> = new Set(['echo', 'printf', 'test', '[', 'true', 'false', ':']);

/** Its words are printed or compared, and nothing else is done with them. */
export function onlyPrints(name: string | undefined): boolean {
  return PRINTERS.has(name);
}

export function knownCommand(name: string): CommandRule | Judge | undefined {
  return COMMANDS.get(name);
}

function judgeKnown(entry: CommandRule | Judge, call: Call, found: Finding[]): void {
  const alone = call.args.length === 1 ? textOf(call.args[0]) : undefined;
  if (alone !== '--version' && alone !== '--help') judgeByEntry(entry, call, found);
  else if (alone === '--version' && TELL_VERSIONS.has(call.name)) found.push(finding('LOW', 'bash-reads', `${call.name} tells its version`, call.span));
  else judgeTelling(entry, call, found);
}

/** Asked only how it is used, or which version it is: what its table does not know of is no more than MEDIUM. */
function judgeTelling(entry: CommandRule | Judge, call: Call, found: Finding[]): void {
  const judged: Finding[] = [];
  judgeByEntry(entry, call, judged);
  if (judged.some(({ level }) => isGrave(level))) found.push(finding('MEDIUM', 'bash-reads', `${call.name} tells about itself`, call.span));
  else found.push(...judged);
}

function judgeByEntry(entry: CommandRule | Judge, call: Call, found: Finding[]): void {
  if (typeof entry === 'function') found.push(...entry(call));
  else addByRule(found, entry, call);
}

const isGrave = (level: RiskLevel): boolean => level === 'HIGH' || level === 'CRITICAL';

/** Builtins whose names are more likely a folder or a sign. */
const NO_NAMES = /^[[:.]$/;

/** What an unknown command is given may be a command again: then it is at least as bad as that. */
function innerFindings(call: Call): Finding[] {
  return call.args.slice(0, 20).flatMap((arg, at) => {
    const text = textOf(arg);
    if (text !== undefined && /\s/.test(text))
      return call.scope.judge.script(text, call.scope, call.span).filter(({ level, rule }) => isGrave(level) && rule !== 'bash-parse-error');
    if (text === undefined || knownCommand(text) === undefined || NO_NAMES.test(text)) return [];
    return call.scope.judge.command(call.args.slice(at), call.scope, call.span).filter(({ level }) => isGrave(level));
  });
}

/** Words of commands that are not known here, which mean the same nearly everywhere. */
const GRAVE_WORD =
  /^(--?)?(delete|destroy|drop|purge|wipe|remove|rm|kill|terminate|erase|flush|flushall|reset|prune|truncate|uninstall|rollback|publish|deploy|push|upload|release|shutdown|stop|disable|revoke|apply)([-:_].*)?$|^-format$/i;
const CODE = /[;|`]|\$\(|\b(system|exec|eval|popen|spawn)\s*\(|&&/;
const RUNS_TEXT = /^(-c|-e|--eval|--exec|--execute|--command|-exec|--call|--run|--shell|--init-?file|--rcfile|--pre|--pager)$/;

export function unknownCommand(call: Call, why = 'is not known here'): Finding[] {
  const texts = call.args.map((arg) => textOf(arg) ?? '');
  const runs = texts.some((text) => RUNS_TEXT.test(text.split('=')[0] ?? '')) ? [finding('HIGH', 'bash-runs-text', `${call.name} is given a text to run`, call.span)] : [];
  const grave = texts.some((text) => GRAVE_WORD.test(text) || isGraveTask(text))
    ? [finding('HIGH', 'bash-grave-word', `${call.name} is asked for something that may not be taken back`, call.span)]
    : [];
  const code = texts.some((text) => CODE.test(text)) ? [finding('HIGH', 'bash-runs-text', `${call.name} is given a text that reads like code`, call.span)] : [];
  const dynamic = call.args.some((arg) => !arg.exact) ? [finding('MEDIUM', 'bash-value-unknown', `${call.name}: a word that is known only when it runs`, call.span)] : [];
  return [
    finding('MEDIUM', 'bash-command-unknown', `${call.name} ${why}`, call.span),
    ...runs,
    ...grave,
    ...code,
    ...dynamic,
    ...looseFindings(call.args, call),
    ...innerFindings(call),
  ];
}

/** A program by its path. One of the system's is what its name says; any other is a file that is run. */
function byPath(call: Call, text: string, nameArg: Arg, found: Finding[]): void {
  const folder = call.scope.folders?.[0] ?? call.scope.places.workspace;
  const absolute = resolvePath(folder, text);
  const name = posix.basename(absolute);
  const system = SYSTEM_PROGRAMS.test(absolute) && text.startsWith('/');
  const entry = knownCommand(name);
  const asNamed: Finding[] = [];
  if (entry !== undefined) judgeKnown(entry, { ...call, name }, asNamed);
  else asNamed.push(...(system ? unknownCommand(call) : unknownCommand(call, 'is a file that is run')));
  if (!system) {
    found.push(finding('MEDIUM', 'bash-runs-file', `runs the file ${text}`, nameArg.span));
    addPath(found, nameArg, 'run', call.scope);
  }
  found.push(...asNamed);
}

function byName(call: Call, text: string, found: Finding[]): void {
  const { scope, span } = call;
  const entry = knownCommand(text);
  const own = scope.functions.has(text);
  if (own) found.push(finding('MEDIUM', 'bash-function-called', `calls the function ${text}`, span));
  if (entry !== undefined) return judgeKnown(entry, call, found);
  if (own) return;
  if (!isAscii(text)) {
    found.push(finding('HIGH', 'bash-name-look-alike', `'${text}' holds letters that look like others`, span));
    return;
  }
  found.push(...unknownCommand(call));
  const folded = text.toLowerCase();
  const similar = folded !== text ? knownCommand(folded) : undefined;
  if (similar !== undefined) judgeKnown(similar, { ...call, name: folded }, found);
}

function judgeUncertain(name: Arg, rest: readonly Arg[], scope: Scope, span: Span, found: Finding[]): void {
  found.push(finding('HIGH', 'bash-name-unknown', 'which command this is, is known only when it runs', name.span));
  for (const each of name.texts.filter((text) => text !== '').slice(0, 8))
    found.push(...commandFindings([...each.split(/\s+/).map((word) => literalArg(word, name.span)), ...rest], scope, span));
}

/** Adds one finding at least. */
export function judgeWords(name: Arg, rest: readonly Arg[], scope: Scope, span: Span, found: Finding[]): void {
  scope.budget.left -= 1;
  if (scope.budget.left < 0 || rest.length >= MOST_WORDS) {
    found.push(finding('HIGH', 'bash-too-long', 'more words, or commands within commands, than are judged', span));
    return;
  }
  const text = textOf(name);
  if (text === undefined) return judgeUncertain(name, rest, scope, span, found);
  if (text === '' || /[\s]/.test(text)) {
    found.push(finding('HIGH', 'bash-name-unknown', 'the name of the command is no name', name.span));
    return;
  }
  scope.commands?.push([text, ...rest.map((arg) => textOf(arg) ?? '')]);
  const call: Call = { name: text, args: rest, span, scope };
  if (text.includes('/')) byPath(call, text, name, found);
  else byName(call, text, found);
}

/** `args` begins with the name. At least one finding. */
export function commandFindings(args: readonly Arg[], scope: Scope, span: Span): Finding[] {
  const name = args[0];
  if (name === undefined) return [finding('HIGH', 'nothing-understood', 'no command is named', span)];
  const found: Finding[] = [];
  judgeWords(name, args.slice(1), scope, span, found);
  return found;
}
