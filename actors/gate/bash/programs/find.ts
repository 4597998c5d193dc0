// find: its expression is a small language of its own. Tests and printing are harmless; actions delete, write, and run commands.
import type { Finding } from '../../../work/types.ts';
import { finding } from '../../verdict.ts';
import { type Arg, literalArg, textOf, unknownArg } from '../arg.ts';
import { type Call, found } from '../call.ts';
import { pathFindings } from '../path-use.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const ALONE = words(
  '-print -print0 -ls -prune -quit -depth -d -mount -xdev -empty -readable -writable -executable -nouser -nogroup -true -false -daystart -noleaf -follow -ignore_readdir_race -not -a -and -o -or ! ( ) , -warn -nowarn',
);
const WITH_VALUE = words(
  '-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -size -maxdepth -mindepth -mtime -atime -ctime -mmin -amin -cmin -perm -user -group -uid -gid -links -inum -fstype -lname -ilname -used -printf -context -newermt -newerat -newerct',
);
const WITH_FILE = words('-newer -anewer -cnewer -samefile');
const WRITES = words('-fprint -fprint0 -fls -fprintf');
const RUNS = words('-exec -execdir -ok -okdir');

/** What a name of a file can do to a text that a shell runs, the text does not show. */
export const SHELL = /^(.*\/)?(ba|z|da|k|mk|a|rba|c|tc|fi)?sh$/;

const isExpression = (text: string): boolean => text.startsWith('-') || text === '!' || text === '(' || text === ')' || text === ',';

function pathsOf(args: readonly Arg[]): { readonly paths: readonly Arg[]; readonly rest: readonly Arg[] } {
  let at = 0;
  while (/^-([HLP]|O\d|D\w+)$/.test(textOf(args[at]) ?? '')) at += 1;
  const end = args.findIndex((arg, index) => index >= at && isExpression(textOf(arg) ?? arg.start));
  return { paths: args.slice(at, end === -1 ? undefined : end), rest: end === -1 ? [] : args.slice(end) };
}

/** What stands for each match: begins as the first path does, so it is no option unless that path may be one; ends, perhaps, in a name that is asked for. */
function innerCommand(args: readonly Arg[], paths: readonly Arg[], names: readonly string[]): Arg[] {
  const start = paths.length === 0 ? './' : `${(paths[0]?.start ?? '').replace(/\/$/, '')}/`;
  const tops = paths.length === 0 ? ['.'] : paths.flatMap(({ texts }) => texts);
  const match = (arg: Arg): Arg => ({ ...arg, texts: tops.flatMap((top) => (names.length === 0 ? ['match'] : names).map((name) => `${top.replace(/\/$/, '')}/${name}`)) });
  return args.map((arg) => (arg.texts.some((text) => text.includes('{}')) ? match(unknownArg(arg.span, textOf(arg) === '{}' ? start : arg.start.split('{}')[0])) : arg));
}

function askedNames(rest: readonly Arg[]): string[] {
  return rest.flatMap((arg, at) => (/^-i?name$/.test(textOf(rest[at - 1]) ?? '') ? arg.texts : [])).slice(0, 8);
}

function removesFrom(paths: readonly Arg[], call: Call): Finding[] {
  const from = paths.length === 0 ? [literalArg('.', call.span)] : paths;
  return from.flatMap((path) => pathFindings(path, 'delete', call.scope)).filter(({ level }) => level === 'CRITICAL');
}

function actionFindings(rest: readonly Arg[], at: number, paths: readonly Arg[], call: Call): { readonly results: Finding[]; readonly next: number } {
  const arg = rest[at];
  const text = textOf(arg);
  if (arg === undefined || text === undefined)
    return { results: [finding('HIGH', 'bash-option-unlisted', 'find: a word of the expression that is known only when it runs', arg?.span)], next: at + 1 };
  if (ALONE.has(text)) return { results: [], next: at + 1 };
  if (WITH_VALUE.has(text)) {
    const unknown = rest[at + 1]?.exact === false ? [finding('MEDIUM', 'bash-value-unknown', `find ${text}: a value that is known only when it runs`, arg.span)] : [];
    return { results: unknown, next: at + 2 };
  }
  if (WITH_FILE.has(text)) return { results: rest[at + 1] === undefined ? [] : pathFindings(rest[at + 1] as Arg, 'names', call.scope), next: at + 2 };
  if (text === '-delete') return { results: [finding('HIGH', 'bash-find-deletes', 'find -delete removes every match', arg.span), ...removesFrom(paths, call)], next: at + 1 };
  if (WRITES.has(text)) return { results: [finding('HIGH', 'bash-option-risky', `find ${text} writes a file`, arg.span)], next: at + 2 };
  if (!RUNS.has(text)) return { results: [finding('HIGH', 'bash-option-unlisted', `find: ${text} is not known to be harmless`, arg.span)], next: at + 1 };
  const end = rest.findIndex((each, index) => index > at && (textOf(each) === ';' || (textOf(each) === '+' && textOf(rest[index - 1]) === '{}')));
  const inner = innerCommand(rest.slice(at + 1, end === -1 ? undefined : end), paths, askedNames(rest));
  const results = [finding('MEDIUM', 'bash-find-runs', 'find runs a command for each match', arg.span), ...call.scope.judge.command(inner, call.scope, call.span)];
  if (inner.some((each) => SHELL.test(textOf(each) ?? ''))) results.push(finding('HIGH', 'bash-runs-text', 'find gives names of files to a shell', arg.span));
  if (results.some(({ level }) => level === 'HIGH') && /^(rm|shred|unlink|chmod|chown|truncate|mv|dd)$/.test(textOf(inner[0]) ?? '')) results.push(...removesFrom(paths, call));
  return { results, next: end === -1 ? rest.length : end + 1 };
}

export function judgeFind(call: Call): Finding[] {
  const { paths, rest } = pathsOf(call.args);
  const results = [found(call, 'LOW', 'bash-reads', 'find looks at names')];
  for (const path of paths.length === 0 ? [literalArg('.', call.span)] : paths) {
    results.push(...pathFindings(path, 'names', call.scope));
    if (!path.exact) results.push(finding('HIGH', 'bash-option-unlisted', 'find: a word that may be an action', path.span));
  }
  for (let at = 0; at < rest.length; ) {
    const { results: more, next } = actionFindings(rest, at, paths, call);
    results.push(...more);
    at = next;
  }
  return results;
}
