// git starts programs: pagers, editors, hooks, helpers, and whatever its settings name. The executor clears those settings; here, each subcommand
// is read by its own options, in the folder where the repository begins, and what is not listed is HIGH.
import type { Finding, RiskLevel } from '../../../work/types.ts';
import { componentsWithin } from '../../file/resolve-path.ts';
import { holdsSecrets } from '../../file/sensitive-places.ts';
import { finding } from '../../verdict.ts';
import { type Arg, literalArg, textOf } from '../arg.ts';
import { type Call, type CommandRule, type CommandTable, found, judgeByRule } from '../call.ts';
import { hasOption, type ReadWords, readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';

const SHOWN = `p u s q z w b U: n: patch no-patch unified: oneline raw patch-with-raw patch-with-stat stat? compact-summary numstat shortstat dirstat? summary name-only name-status color? no-color color-moved? word-diff? word-diff-regex: color-words? no-renames find-renames? M? C? B? D R S: G: pickaxe-all pickaxe-regex diff-filter: diff-algorithm: minimal patience histogram anchored: ignore-space-at-eol ignore-cr-at-eol ignore-space-change ignore-all-space ignore-blank-lines inter-hunk-context: function-context W exit-code quiet full-index binary abbrev? no-abbrev relative? text a src-prefix: dst-prefix: no-prefix line-prefix: output-indicator-new: output-indicator-old: output-indicator-context: ita-invisible-in-index no-ext-diff no-textconv ignore-submodules? submodule? check ws-error-highlight: output:! ext-diff! textconv! no-index! O:! skip-to: rotate-to:`;
const LOGGED = `${SHOWN} follow decorate? no-decorate decorate-refs: source mailmap use-mailmap all branches? tags? remotes? glob: exclude: reflog g max-count: skip: since: after: until: before: since-as-filter: author: committer: grep: grep-reflog: all-match invert-grep i regexp-ignore-case basic-regexp E extended-regexp F fixed-strings P perl-regexp merges no-merges min-parents: max-parents: first-parent not boundary cherry-pick cherry-mark cherry left-only right-only left-right merge simplify-merges simplify-by-decoration full-history dense sparse ancestry-path? date-order author-date-order topo-order reverse no-walk? do-walk pretty? format: abbrev-commit no-abbrev-commit encoding: notes? no-notes show-signature~ walk-reflogs relative-date date: parents children log-size graph no-graph show-linear-break? c cc m diff-merges: L: t r count objects timestamp header dd no-commit-header end-of-options expand-tabs? no-expand-tabs clear-decorations root`;

/** Subcommands that only look. Operands are revisions and paths, which are looked at by name. */
const READING: Readonly<Record<string, string>> = {
  log: LOGGED,
  show: LOGGED,
  diff: `${SHOWN} cached staged merge-base base ours theirs 0 1 2 3 c cc m`,
  whatchanged: LOGGED,
  'rev-list': `${LOGGED} objects-edge unpacked bisect bisect-vars disk-usage? use-bitmap-index quiet`,
  'rev-parse': `q short? verify abbrev-ref? symbolic symbolic-full-name all branches? tags? remotes? git-dir absolute-git-dir git-common-dir show-toplevel show-prefix show-cdup show-superproject-working-tree is-inside-git-dir is-inside-work-tree is-bare-repository is-shallow-repository revs-only no-revs flags no-flags default: sq not quiet show-object-format? show-ref-format local-env-vars end-of-options path-format: git-path: disambiguate: since: until: after: before: glob: exclude:`,
  shortlog: `n s e c w? numbered summary email committer group: format: since: until: after: before: author: grep: no-merges merges all branches? tags? max-count: first-parent date: end-of-options`,
  status:
    's b v u? z short branch show-stash porcelain? long verbose untracked-files? ignore-submodules? ignored? column? no-column ahead-behind no-ahead-behind renames no-renames find-renames?',
  'ls-files':
    'c d m o i s u k t v f z x: X<~ cached deleted modified others ignored stage unmerged killed directory no-empty-directory eol exclude: exclude-from<~ exclude-standard error-unmatch full-name recurse-submodules~ abbrev? format: deduplicate with-tree: debug',
  'ls-tree': 'd r t l z name-only name-status object-only full-name full-tree long abbrev? format:',
  'cat-file': 'e p t s batch-check? batch-all-objects unordered buffer filters! textconv! batch?~ batch-command?~ path:~ follow-symlinks~ allow-unknown-type',
  grep: `a i I w v h H E G P F n l L z o c p W e:= f<=! A: B: C: m: and or not text ignore-case word-regexp invert-match no-messages full-name extended-regexp basic-regexp perl-regexp fixed-strings line-number column files-with-matches name-only files-without-match null only-matching count color? no-color break heading show-function function-context context: after-context: before-context: max-count: max-depth: threads: all-match quiet q cached untracked no-exclude-standard~ exclude-standard recurse-submodules~ no-index! textconv! no-textconv end-of-options open-files-in-pager?! O?! ext-grep! r no-recursive recursive`,
  blame: `l t s e w c p f n b L: M? C? S:! porcelain line-porcelain incremental root show-stats show-name show-number show-email date: abbrev: reverse first-parent encoding: color-lines color-by-age ignore-rev: ignore-revs-file<~ contents<~ score-debug`,
  annotate: 'l t s e w c p L: M? C?',
  describe: 'all tags contains abbrev: candidates: exact-match debug long match: exclude: always first-parent dirty? broken?',
  'merge-base': 'a all octopus independent is-ancestor fork-point',
  'name-rev': 'tags refs: exclude: all name-only no-undefined always',
  'for-each-ref': 'count: sort: format: points-at: merged? no-merged? contains? no-contains? color? ignore-case shell perl python tcl exclude: omit-empty',
  'show-ref': 'head heads branches tags d dereference s hash? verify abbrev? q quiet exists',
  'show-branch': 'r a all remotes current topo-order date-order sparse more: list merge-base independent no-name sha1-name topics color? no-color',
  'count-objects': 'v H verbose human-readable',
  'diff-tree': `${SHOWN} r t root m c cc no-commit-id always pretty? format: v stdin~`,
  'diff-index': `${SHOWN} cached m`,
  'diff-files': `${SHOWN} 0 1 2 3`,
  'check-ignore': 'q v n z quiet verbose non-matching no-index stdin~',
  'check-attr': 'a z all cached source:',
  'check-ref-format': 'branch normalize allow-onelevel refspec-pattern',
  cherry: 'v abbrev:',
  'range-diff': `${SHOWN} creation-factor: no-dual-color left-only right-only`,
  'verify-pack': 'v s verbose stat-only',
  version: 'build-options',
};

/** May look, or change: LOW with these words only. */
const LOOKING_WORDS: Readonly<Record<string, { readonly options: string; readonly operands: RegExp; readonly otherwise: RiskLevel }>> = {
  branch: {
    options:
      'a r v vv l list all remotes verbose show-current sort: format: contains? no-contains? merged? no-merged? points-at? color? no-color column? no-column abbrev? no-abbrev i ignore-case',
    operands: /^$/,
    otherwise: 'MEDIUM',
  },
  tag: { options: 'l n? list sort: format: contains? no-contains? merged? no-merged? points-at? column? no-column color? i ignore-case', operands: /^$/, otherwise: 'MEDIUM' },
  remote: { options: 'v verbose', operands: /^$|^get-url [\w.-]+$/, otherwise: 'MEDIUM' },
  stash: { options: 'p stat name-only name-status oneline', operands: /^(list|show( stash@\{\d+\}| \d+)?)$/, otherwise: 'MEDIUM' },
  worktree: { options: 'v z porcelain verbose', operands: /^list$/, otherwise: 'MEDIUM' },
  reflog: { options: 'n: max-count: date: oneline all', operands: /^$|^show( [\w./@{}-]+)?$|^list$|^(?!(expire|delete|drop|exists|write)\b)[\w./@{}-]+$/, otherwise: 'MEDIUM' },
  'symbolic-ref': { options: 'q short quiet', operands: /^[\w./-]+$/, otherwise: 'HIGH' },
  notes: { options: '', operands: /^$|^(list|show)( [\w./-]+)?$/, otherwise: 'MEDIUM' },
  submodule: { options: 'cached quiet q recursive', operands: /^$|^status$/, otherwise: 'MEDIUM' },
  bisect: { options: '', operands: /^(log|view)$/, otherwise: 'MEDIUM' },
  config: {
    options: 'get get-all local global system',
    operands: /^(get )?(?!\S*(pass|token|secret|auth|(?<!signing)key|header|proxy|cookie))([a-z]+\.[a-z]+|remote\.[\w-]+\.url|branch\.[\w/-]+\.(remote|merge))$/i,
    otherwise: 'HIGH',
  },
};

/** Options and first words that make a changing subcommand worse than it looks. */
const CHANGING: Readonly<Record<string, { readonly level: RiskLevel; readonly worse?: RegExp }>> = {
  add: { level: 'MEDIUM', worse: /^(--chmod|-e|--edit|--pathspec-from-file)/ },
  commit: { level: 'MEDIUM', worse: /^(-[aepqsvnoi]*[FtcCS]|-F|--file|-t|--template|-c|--reedit-message|-e|--edit|-S|--gpg-sign|--pathspec-from-file)/ },
  switch: { level: 'MEDIUM', worse: /^(-f|--force|--discard-changes|-C|--force-create)$/ },
  checkout: { level: 'MEDIUM', worse: /^(-f|--force|-B|\.|:\/|--|--ours|--theirs|--pathspec-from-file.*|\*)$/ },
  restore: { level: 'HIGH', worse: /^$/ },
  stash: { level: 'MEDIUM', worse: /^(drop|clear|--pathspec-from-file.*)$/ },
  merge: { level: 'MEDIUM', worse: /^(-s|--strategy|-F|--file|-S|--gpg-sign)/ },
  rebase: { level: 'MEDIUM', worse: /^(-x|--exec|-i|--interactive|-s|--strategy|--edit-todo|--root)/ },
  'cherry-pick': { level: 'MEDIUM', worse: /^(-s|--strategy|-S|--gpg-sign|-e|--edit)/ },
  revert: { level: 'MEDIUM', worse: /^(--strategy|-S|--gpg-sign|-e|--edit)/ },
  reset: { level: 'MEDIUM', worse: /^(--hard|--merge|--keep|--pathspec-from-file.*|--h.*|--me.*|--k.*)$/ },
  branch: { level: 'MEDIUM', worse: /^(-[a-zA-Z]*[DfMC]|--force|--edit-description|--delete)/ },
  tag: { level: 'MEDIUM', worse: /^(-[a-zA-Z]*[dfFsu]|--delete|--force|--file|--sign|--local-user|-e|--edit)/ },
  remote: { level: 'MEDIUM', worse: /^(set-url|remove|rm|rename|prune|set-head)$|^ext::/ },
  worktree: { level: 'MEDIUM', worse: /^(remove|prune|-f|--force|move|repair)$/ },
  notes: { level: 'MEDIUM', worse: /^(remove|prune|-f|--force|edit|-F|--file)/ },
  submodule: { level: 'MEDIUM', worse: /^(foreach|deinit|set-url|--force|-f)$|^ext::/ },
  bisect: { level: 'MEDIUM', worse: /^(run|reset|replay|visualize)$/ },
  reflog: { level: 'HIGH' },
  mv: { level: 'MEDIUM', worse: /^(-f|--force)$/ },
  rm: { level: 'MEDIUM', worse: /^(-[a-zA-Z]*[rf]|--force|--pathspec-from-file|\.$|\*)/ },
  init: { level: 'MEDIUM', worse: /^(--template|--separate-git-dir|--shared)/ },
  clone: {
    level: 'MEDIUM',
    worse: /^(-u|--upload-pack|-c|--config|--template|--separate-git-dir|--reference|--recurse-submodules|--bare|--mirror|-l|--local|ext::|file:|-[a-zA-Z]*u)/,
  },
  fetch: { level: 'MEDIUM', worse: /^(--upload-pack|--upload-p|-f|--force|ext::|file:|-o|--server-option|--recurse-submodules)/ },
  pull: { level: 'MEDIUM', worse: /^(--upload-pack|-f|--force|-s|--strategy|ext::|file:|--recurse-submodules)/ },
  'ls-remote': { level: 'MEDIUM', worse: /^(--upload-pack|--exec|ext::|file:|-o|--server-option)/ },
  apply: { level: 'MEDIUM', worse: /^(--unsafe-paths|--directory|-R)/ },
  am: { level: 'MEDIUM', worse: /^(--directory|-S|--gpg-sign|-i|--interactive)/ },
  archive: { level: 'MEDIUM', worse: /^(-o|--output|--remote|--exec|--add-file|--add-virtual-file)/ },
  'format-patch': { level: 'MEDIUM', worse: /^(-o|--output|--to|--cc|--signature-file|--attach)/ },
  gc: { level: 'MEDIUM', worse: /^(--prune|--aggressive|--force)/ },
  fsck: { level: 'MEDIUM', worse: /^--lost-found/ },
  'sparse-checkout': { level: 'MEDIUM' },
  maintenance: { level: 'MEDIUM', worse: /^(start|register)$/ },
  help: { level: 'MEDIUM', worse: /^(-w|--web|-i|--info)$/ },
  var: { level: 'MEDIUM' },
  'pack-refs': { level: 'MEDIUM' },
  repack: { level: 'MEDIUM', worse: /^(-d|-[a-zA-Z]*[dA])/ },
  'hash-object': { level: 'MEDIUM' },
  'verify-commit': { level: 'MEDIUM' },
  'verify-tag': { level: 'MEDIUM' },
  'merge-tree': { level: 'MEDIUM' },
  'write-tree': { level: 'MEDIUM' },
  'commit-tree': { level: 'MEDIUM' },
  lfs: { level: 'MEDIUM', worse: /^(push|prune|migrate|install|uninstall)$/ },
};

const GLOBAL =
  'c:! C/~ p! P no-pager literal-pathspecs glob-pathspecs noglob-pathspecs icase-pathspecs no-optional-locks no-replace-objects bare! git-dir:! work-tree:! exec-path?! namespace:! config-env:! super-prefix:! paginate! html-path man-path info-path list-cmds? attr-source:! version build-options help v no-lazy-fetch no-advice';

/** Tell of files, and show nothing that is in them. */
const NAMES_ONLY: ReadonlySet<string> = new Set(['git status', 'git ls-files', 'git ls-tree', 'git check-ignore', 'git check-attr']);

/** A revision may name a file in it: `HEAD:.env`. */
function revisionFindings(arg: Arg, call: Call, shows = true): Finding[] {
  if (!arg.exact) return [finding('MEDIUM', 'bash-value-unknown', 'git: a revision or path that is known only when it runs', arg.span)];
  return arg.texts.flatMap((text) => {
    const path = /^[^:]*:(.*)$/s.exec(text.replace(/^:[0-3]:/, 'index:'))?.[1] ?? text;
    const components = path.replace(/^\/|^:\([^)]*\)/, '').split('/');
    if (shows && holdsSecrets(components)) return [finding('HIGH', 'bash-path-secret', `git shows ${path}, which holds secrets`, arg.span)];
    if (/[*?[]/.test(path) && /(^|\/)\.[^./]/.test(path)) return [finding('MEDIUM', 'bash-path-pattern', `the pattern ${path} matches hidden files`, arg.span)];
    return pathFindings({ ...arg, texts: [path.replace(/[*?[].*$/s, '')], glob: false }, 'names', call.scope);
  });
}

function elsewhere({ scope }: Call): boolean {
  return scope.folders === undefined || scope.folders.some((folder) => componentsWithin(scope.places.workspace, folder)?.length !== 0);
}

function readingFindings(call: Call, options: string): Finding[] {
  const rule: CommandRule = { options, unlisted: 'HIGH', operands: 'text*', manners: { numbers: true } };
  const results = judgeByRule(rule, call);
  const words = readWords(call.args, options, { numbers: true });
  // `git status -v` shows what was staged.
  const shows = !NAMES_ONLY.has(call.name) || (call.name === 'git status' && hasOption(words, 'v', 'verbose'));
  return [...results, ...secretPatches(words, call), ...words.operands.flatMap((arg, at) => (isPattern(words, call, at) ? [] : revisionFindings(arg, call, shows)))];
}

/** The pattern of `git grep` is no path. */
const isPattern = (words: ReadWords, call: Call, at: number): boolean => call.name === 'git grep' && at === 0 && !words.options.some(({ option }) => option.givesOperand);

/** Lines of a file by number, and its history: `-L 1,5:path`. */
function secretPatches(words: ReadWords, call: Call): Finding[] {
  const files = words.options.filter(({ option }) => option.name === 'L').map(({ value }) => value);
  return files.flatMap((arg) => (arg === undefined ? [] : revisionFindings({ ...arg, texts: arg.texts.map((text) => text.replace(/^.*:/s, '')) }, call)));
}

function changingFindings(call: Call, name: string, { level, worse }: { readonly level: RiskLevel; readonly worse?: RegExp }): Finding[] {
  const results = [found(call, level, 'bash-git-changes', `git ${name} changes the repository`)];
  for (const arg of call.args) {
    const text = textOf(arg);
    if (text === undefined) results.push(finding('HIGH', 'bash-value-unknown', `git ${name}: a word that is known only when it runs`, arg.span));
    else if (worse?.test(text) === true || shortens(text, worse))
      results.push(finding('HIGH', 'bash-git-risky', `git ${name} ${text} loses work, runs a program, or writes elsewhere`, arg.span));
    else if (!text.startsWith('-') && /^[~/]|(^|\/)\.\.(\/|$)/.test(text)) results.push(...pathFindings(arg, 'write', call.scope));
  }
  return results;
}

/** git takes an unambiguous beginning of a long option for the option. */
function shortens(text: string, worse: RegExp | undefined): boolean {
  const name = text.split('=')[0] ?? '';
  if (worse === undefined || !/^--[a-z]{2}/.test(name)) return false;
  return (worse.source.match(/--[a-z-]+/g) ?? []).some((option) => option.startsWith(name));
}

/** Takes back what was added, and leaves the files as they are. */
function onlyUnstages({ args }: Call): boolean {
  const words = readWords(args, 'S staged q quiet');
  return hasOption(words, 'S', 'staged') && words.unlisted.length === 0 && words.dangerous.length === 0;
}

function showsSettings({ args }: Call): boolean {
  const { options, operands, unlisted, dangerous } = readWords(
    args,
    'l z list get get-all get-regexp get-urlmatch global local system worktree show-origin show-scope name-only null includes no-includes type: default:',
  );
  if (unlisted.length > 0 || dangerous.length > 0 || args.some(({ exact }) => !exact)) return false;
  const verb = textOf(operands[0]) ?? '';
  return options.some(({ option }) => /^(l|list|get.*)$/.test(option.name)) || verb === 'list' || verb === 'get';
}

/** Nothing but what only shows beside it. */
function rehearses({ args }: Call, name: string): boolean {
  const line = REHEARSALS.get(name);
  if (line === undefined) return false;
  const words = readWords(args, line);
  return hasOption(words, 'n', 'dry-run') && words.unlisted.length === 0 && words.dangerous.length === 0 && args.every(({ exact }) => exact);
}

const REHEARSALS: ReadonlyMap<string, string> = new Map([
  ['push', 'n dry-run f force u set-upstream all tags v verbose q quiet porcelain d delete prune follow-tags force-with-lease?'],
  ['clean', 'n dry-run d f force x X q quiet e: exclude:'],
]);

function judgeSubcommand(call: Call, name: string): Finding[] {
  const reading = READING[name];
  const named: Call = { ...call, name: `git ${name}` };
  if (Object.hasOwn(READING, name) && reading !== undefined) return readingFindings(named, reading);
  const looking = Object.hasOwn(LOOKING_WORDS, name) ? LOOKING_WORDS[name] : undefined;
  if (looking !== undefined) {
    const words = readWords(call.args, looking.options, { numbers: name === 'reflog' || name === 'stash' });
    const operands = words.operands.map((arg) => textOf(arg) ?? '\n').join(' ');
    if (words.unlisted.length === 0 && words.dangerous.length === 0 && looking.operands.test(operands)) return [found(call, 'LOW', 'bash-reads', `git ${name} only looks`)];
    const onlyLists = hasOption(words, 'l', 'list', 'contains', 'merged', 'no-merged') && /^(branch|tag)$/.test(name) && words.unlisted.length === 0;
    if (onlyLists) return [found(call, 'LOW', 'bash-reads', `git ${name} only looks`)];
  }
  const changing = Object.hasOwn(CHANGING, name) ? CHANGING[name] : undefined;
  if (changing !== undefined) return changingFindings(call, name, name === 'restore' && onlyUnstages(call) ? { level: 'MEDIUM' } : changing);
  if (name === 'config') return [found(call, showsSettings(call) ? 'MEDIUM' : 'HIGH', 'bash-git-config', 'git config shows or changes settings, and settings name programs')];
  if (rehearses(call, name)) return [found(call, 'MEDIUM', 'bash-rehearses', `git ${name} only shows what it would do`)];
  const grave = name === 'push' && call.args.some((arg) => /^(-f|--force|--mirror|--delete|-d|--prune|\+|:)/.test(arg.start));
  return [found(call, 'HIGH', 'bash-git-risky', grave ? 'git push rewrites or removes what others have' : `git ${name} leaves the machine, loses work, or runs a program`)];
}

function judgeGit(call: Call): Finding[] {
  const words = readWords(call.args, GLOBAL, { first: true });
  const results = [...words.unlisted, ...words.dangerous].map((arg) =>
    finding('HIGH', 'bash-option-unlisted', `git: ${textOf(arg) ?? 'a word that may be an option'} is not known to be harmless`, arg.span),
  );
  for (const { option, arg, value } of words.options) {
    if (option.level !== undefined)
      results.push(finding(option.level, 'bash-option-risky', `git ${option.name} names another repository, or settings that run programs`, arg.span));
    if (option.name === 'C' && value !== undefined) results.push(...pathFindings(value, 'names', call.scope));
  }
  const [first, ...rest] = words.operands;
  if (first === undefined) return [...results, found(call, hasOption(words, 'version', 'v') ? 'LOW' : 'MEDIUM', 'bash-reads', 'git tells about itself')];
  const name = textOf(first);
  if (name === undefined) return [...results, finding('HIGH', 'bash-name-unknown', 'which subcommand of git this is, is known only when it runs', first.span)];
  if (rest.length === 1 && textOf(rest[0]) === '--help') return [...results, found(call, 'MEDIUM', 'bash-reads', 'git tells about itself')];
  if (elsewhere(call)) results.push(found(call, 'MEDIUM', 'bash-git-elsewhere', 'git in a folder that may hold a repository, and settings, of its own'));
  return [...results, ...judgeSubcommand({ ...call, args: rest }, name)];
}

export const GIT: CommandTable = {
  git: judgeGit,
  hub: (call) => [found(call, 'HIGH', 'bash-network', 'hub acts on a shared repository'), ...judgeGit(call)],
  gitk: () => [finding('HIGH', 'bash-git-risky', 'opens a window')],
  'git-upload-pack': (call) => judgeGit({ ...call, args: [literalArg('upload-pack', call.span), ...call.args] }),
};
