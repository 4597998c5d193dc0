// Programs that search. Their patterns are no paths; going through a whole tree, they meet whatever lies in it.
import type { Finding } from '../../../work/types.ts';
import { textOf } from '../arg.ts';
import type { Call, CommandRule, CommandTable } from '../call.ts';
import { found } from '../call.ts';
import { hasOption, type ReadWords } from '../option-grammar.ts';
import { namesSecretFiles } from '../path-use.ts';
import { judgeFind } from '../programs/find.ts';

/** The workspace as a whole holds git's records, and what is ignored because it is secret. */
function wholeWorkspace(words: ReadWords, call: Call, narrowed: readonly string[]): Finding[] {
  if (!hasOption(words, 'r', 'R', 'recursive', 'dereference-recursive') || hasOption(words, ...narrowed)) return [];
  const [, ...paths] = words.options.some(({ option }) => option.givesOperand) ? [undefined, ...words.operands] : words.operands;
  const everything = paths.length === 0 || paths.some((arg) => /^(\.\/?)+$/.test(textOf(arg) ?? '.'));
  const { folders, places } = call.scope;
  // A folder of the workspace by the name `.` is what it is by its own.
  if (folders?.every((folder) => folder.startsWith(`${places.workspace}/`)) === true) return [];
  return everything ? [found(call, 'MEDIUM', 'bash-reads-everything', 'goes through everything in the folder, hidden files included')] : [];
}

function narrowedToSecrets(words: ReadWords, call: Call, ...names: string[]): Finding[] {
  const patterns = words.options.filter(({ option }) => names.includes(option.name)).flatMap(({ value }) => value?.texts ?? []);
  return patterns.some((pattern) => !pattern.startsWith('!') && namesSecretFiles(pattern))
    ? [found(call, patterns.some((pattern) => pattern.startsWith('.')) ? 'HIGH' : 'MEDIUM', 'bash-path-pattern', `${call.name} is asked to search files that hold secrets`)]
    : [];
}

const GREP: CommandRule = {
  options: `E F G P i v w x c l L n H h o q s r R b u U a I Z z y T m: A: B: C: e:= f<= d:~ D:~ extended-regexp fixed-strings basic-regexp perl-regexp regexp:= file<= ignore-case no-ignore-case invert-match word-regexp line-regexp count color? colour? files-without-match files-with-matches max-count: only-matching quiet silent no-messages byte-offset with-filename no-filename label: line-number initial-tab null after-context: before-context: context: text binary-files: exclude: exclude-from< exclude-dir: include: recursive dereference-recursive line-buffered null-data binary help version`,
  operands: 'text read*',
  manners: { numbers: true },
  recursive: ['r', 'R', 'recursive', 'dereference-recursive'],
  also: (words, call) => [...wholeWorkspace(words, call, ['include']), ...narrowedToSecrets(words, call, 'include')],
};

export const SEARCH: CommandTable = {
  grep: GREP,
  egrep: GREP,
  fgrep: GREP,
  rg: {
    options: `A: B: C: c e:= E: F f<= g: H h i I j: l L~ m: M: n N o p q r: s S t: T: U u~ v V w x z! .~ after-context: before-context: context: count count-matches regexp:= encoding: fixed-strings file<= glob: iglob: with-filename no-filename ignore-case threads: files= files-with-matches files-without-match follow~ max-count: max-columns: line-number no-line-number only-matching pretty quiet replace: smart-case case-sensitive type: type-not: type-list type-add:~ multiline unrestricted~ invert-match version word-regexp line-regexp hidden~ no-ignore~ no-ignore-vcs~ no-heading heading json stats trim color: colors: column sort: sortr: max-depth: max-filesize: null vimgrep passthru debug help pre:! pre-glob:! search-zip! hostname-bin:! ignore-file<~ no-config hyperlink-format:~ P pcre2 multiline-dotall one-file-system`,
    unlisted: 'HIGH',
    operands: 'text read*',
    manners: { numbers: true },
    also: (words, call) => narrowedToSecrets(words, call, 'g', 'glob', 'iglob'),
  },
  ag: { level: 'MEDIUM', why: 'searches', options: 'i l n c v w s S Q A: B: C: G: g: hidden~ ignore: nocolor', unlisted: 'HIGH', operands: 'text read*' },
  ack: {
    level: 'MEDIUM',
    why: 'searches',
    options: 'i l n c v w Q A: B: C: g: js ts py python rb ruby go java php c cc cpp cs rust html css json yaml xml sql shell md',
    unlisted: 'HIGH',
    operands: 'text read*',
  },
  fd: {
    level: 'MEDIUM',
    why: 'looks for files',
    options: 'e: t: d: E: I H g i s a l 0 L x:! X:! extension: type: max-depth: exclude: hidden no-ignore glob exec:! exec-batch:!',
    unlisted: 'HIGH',
    operands: 'text names*',
  },
  locate: { level: 'MEDIUM', why: 'looks for files of the whole machine', options: 'i c l: n: b', operands: 'text*' },
  find: judgeFind,
};
