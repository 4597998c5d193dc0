// Programs that read and print. Each is LOW by its listed options alone; where a program also has options that write or run, what is not listed is HIGH.

import type { Finding } from '../../../work/types.ts';
import { textOf } from '../arg.ts';
import { type Call, type CommandTable, found } from '../call.ts';
import type { ReadWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';

const HELP = 'help version';

export const READERS: CommandTable = {
  cat: { options: `A b e E n s t T u v show-all number-nonblank show-ends number squeeze-blank show-tabs show-nonprinting ${HELP}`, operands: 'read*' },
  tac: { options: `b r s: before regex separator: ${HELP}`, operands: 'read*' },
  head: { options: `n: c: q v z lines: bytes: quiet silent verbose zero-terminated ${HELP}`, operands: 'read*', manners: { numbers: true } },
  tail: {
    options: `n: c: q v z f~ F~ s:~ lines: bytes: quiet silent verbose zero-terminated follow?~ retry~ pid:~ sleep-interval:~ ${HELP}`,
    operands: 'read*',
    manners: { numbers: true },
  },
  wc: { options: `c m l L w bytes chars lines max-line-length words total: files0-from<~ ${HELP}`, operands: 'read*' },
  nl: {
    options: `b: d: f: h: i: l: n: p s: v: w: body-numbering: line-increment: number-format: number-separator: starting-line-number: number-width: ${HELP}`,
    operands: 'read*',
  },
  rev: { options: HELP, operands: 'read*' },
  cut: { options: `b: c: d: f: n s z bytes: characters: delimiter: fields: complement only-delimited output-delimiter: zero-terminated ${HELP}`, operands: 'read*' },
  paste: { options: `d: s z delimiters: serial zero-terminated ${HELP}`, operands: 'read*' },
  join: { options: `a: e: i j: o: t: v: 1: 2: z ignore-case check-order nocheck-order header ${HELP}`, operands: 'read*' },
  comm: { options: `1 2 3 z check-order nocheck-order output-delimiter: total zero-terminated ${HELP}`, operands: 'read*' },
  cmp: { options: `b i: l n: s print-bytes ignore-initial: verbose bytes: quiet silent ${HELP}`, operands: 'read read text text' },
  diff: {
    options: `q s c C: u U: e n y W: p t T l~ r N a b B w i E Z d H brief report-identical-files context? unified? side-by-side width: recursive new-file text ignore-space-change ignore-blank-lines ignore-all-space ignore-case minimal speed-large-files color? suppress-common-lines strip-trailing-cr label: exclude: x: ${HELP}`,
    operands: 'read*',
    recursive: ['r', 'recursive'],
  },
  fold: { options: `b s w: bytes spaces width: ${HELP}`, operands: 'read*', manners: { numbers: true } },
  fmt: { options: `c p: s t u w: g: crown-margin prefix: split-only tagged-paragraph uniform-spacing width: goal: ${HELP}`, operands: 'read*' },
  expand: { options: `i t: initial tabs: ${HELP}`, operands: 'read*' },
  unexpand: { options: `a t: all first-only tabs: ${HELP}`, operands: 'read*' },
  column: { options: `t s: c: o: x n e N: J R: table separator: columns: output-separator: fillrows json table-name: table-columns: table-right: ${HELP}`, operands: 'read*' },
  od: { options: `A: a b c d f i j: l N: o s t: v w? x address-radix: skip-bytes: read-bytes: format: output-duplicates width? strings? ${HELP}`, operands: 'read*' },
  xxd: { options: `a b c: E e g: i l: o: p ps plain s: u d r~ v`, unlisted: 'HIGH', operands: 'read write', also: secondOperand },
  hexdump: { options: 'b c C d o x v n: s: e: f<', operands: 'read*' },
  hd: { options: 'b c C d o x v n: s:', operands: 'read*' },
  strings: { options: `a d f n: t: e: all data bytes: radix: encoding: print-file-name ${HELP}`, operands: 'read*', manners: { numbers: true }, also: wordsFromFiles },
  base64: { options: `d i w: decode ignore-garbage wrap: ${HELP}`, operands: 'read' },
  base32: { options: `d i w: decode ignore-garbage wrap: ${HELP}`, operands: 'read' },
  ...Object.fromEntries(
    ['md5sum', 'sha1sum', 'sha224sum', 'sha256sum', 'sha384sum', 'sha512sum', 'b2sum', 'cksum', 'sum', 'shasum'].map((name) => [
      name,
      { options: `b c t z a: l: s r w binary check text tag zero ignore-missing quiet status strict warn algorithm: length: ${HELP}`, operands: 'read*' },
    ]),
  ),
  tr: { options: `c C d s t complement delete squeeze-repeats truncate-set1 ${HELP}`, operands: 'text text' },
  sort: {
    options: `b d f g i M h n R r V c C k: m s S: t: u z o>! T>! ignore-leading-blanks dictionary-order ignore-case general-numeric-sort ignore-nonprinting month-sort human-numeric-sort numeric-sort random-sort reverse sort: version-sort batch-size: check? key: merge output>! buffer-size: stable field-separator: temporary-directory>! parallel: unique zero-terminated debug random-source<~ files0-from<~ compress-program:! ${HELP}`,
    unlisted: 'HIGH',
    operands: 'read*',
  },
  uniq: {
    options: `c d D i u z f: s: w: count repeated all-repeated? group? ignore-case skip-fields: skip-chars: unique check-chars: zero-terminated ${HELP}`,
    operands: 'read write',
    also: secondOperand,
  },
  zcat: { options: 'f h q v', operands: 'read*' },
  shuf: { options: `e i: n: r z o>! echo input-range: head-count: repeat zero-terminated output>! random-source<~ ${HELP}`, operands: 'read*' },
  tsort: { options: HELP, operands: 'read' },
  ls: {
    options: `a A b B c C d D f F g G h H i I: k l m n N o p q Q r R s S t T: u U v w: x X Z 1 all almost-all author escape block-size: ignore-backups color? colour? directory dired classify? file-type format: full-time group-directories-first no-group human-readable si dereference-command-line hide: hyperlink? indicator-style: inode ignore: kibibytes literal hide-control-chars show-control-chars quote-name quoting-style: reverse recursive size sort: time: time-style: tabsize: width: context zero L dereference ${HELP}`,
    operands: 'names*',
    implied: 'names',
  },
  tree: {
    options:
      'a d f i l~ L: P: I: p s h u g D F r t U v c n C A S J X Q N q dirsfirst noreport gitignore prune filelimit: sort: si du inodes device charset: matchdirs ignore-case o>! fromfile<~ version help',
    unlisted: 'HIGH',
    operands: 'names*',
    implied: 'names',
  },
  stat: { options: `c: f L t dereference file-system format: printf: terse ${HELP}`, operands: 'names*' },
  file: {
    options: `b i I k L h N p r s~ z~ Z e: F: P: v 0 brief mime mime-type mime-encoding dereference no-dereference no-pad raw separator: f<~ m<! C! files-from<~ magic-file<! compile! ${HELP}`,
    unlisted: 'HIGH',
    operands: 'read*',
  },
  du: {
    options: `0 a b c d: D h H k L~ l m P S s t: x X< all apparent-size block-size: bytes total max-depth: human-readable si separate-dirs summarize one-file-system exclude: exclude-from< time? threshold: files0-from<~ ${HELP}`,
    operands: 'names*',
    implied: 'names',
  },
  df: { options: `a B: h H i k l P T t: x: all block-size: human-readable si inodes local portability print-type type: exclude-type: total output? ${HELP}`, operands: 'names*' },
  basename: { options: `a s: z multiple suffix: zero ${HELP}`, operands: 'text*' },
  dirname: { options: `z zero ${HELP}`, operands: 'text*' },
  realpath: {
    options: `e m L P q s z canonicalize-existing canonicalize-missing logical physical quiet relative-to/ relative-base/ strip no-symlinks zero ${HELP}`,
    operands: 'names*',
  },
  readlink: { options: `f e m n q s v z canonicalize canonicalize-existing canonicalize-missing no-newline quiet silent verbose zero ${HELP}`, operands: 'names*' },
  pwd: { options: `L P logical physical ${HELP}` },
  whoami: { options: HELP },
  id: { options: `a g G n r u z group groups name real user zero ${HELP}`, operands: 'text' },
  groups: { options: HELP, operands: 'text' },
  uname: { options: `a s n r v m p i o all kernel-name nodename kernel-release kernel-version machine processor hardware-platform operating-system ${HELP}` },
  arch: { options: HELP },
  nproc: { options: `all ignore: ${HELP}` },
  tty: { options: `s quiet silent ${HELP}` },
  hostname: {
    options: `s f d i I short fqdn long domain ip-address all-ip-addresses ${HELP}`,
    unlisted: 'HIGH',
    also: (words, call) => (words.operands.length > 0 ? [found(call, 'HIGH', 'bash-system', 'sets the name of the machine')] : []),
  },
  uptime: { options: `p s pretty since ${HELP}` },
  free: { options: `b k m g h t w l s:~ c: bytes kibi mebi gibi human total wide lohi ${HELP}` },
  who: {
    options: 'a b d H l m p q r s t T u w',
    operands: 'text text',
    also: (words, call) => words.operands.filter((arg) => arg.start.includes('/')).flatMap((arg) => pathFindings(arg, 'read', call.scope)),
  },
  users: { options: HELP },
  date: {
    options: `d: u R I? r/ f<~ s:! date: utc universal rfc-email rfc-3339: iso-8601? reference/ debug set:! file<~ ${HELP}`,
    unlisted: 'HIGH',
    operands: 'text*',
    also: (words, call) => words.operands.filter((arg) => !(textOf(arg) ?? '').startsWith('+')).map(() => found(call, 'HIGH', 'bash-system', 'sets the clock of the machine')),
  },
  cal: { options: '1 3 y m j n: A: B:', operands: 'text*' },
  ps: {
    options:
      'a A d e f F l j u x w c H L T M o: O: p: C: u: U: G: g: t: q: s: N y Z forest sort: format: pid: ppid: user: group: no-headers headers cols: columns: rows: width: help? version',
    operands: 'text*',
    also: showsEnvironments,
  },
  pgrep: { options: 'a d: f l n o c i x v u: U: g: G: P: s: t: list-full list-name count newest oldest exact full ignore-case inverse', operands: 'text' },
  pidof: { options: 's c q x o: S:', operands: 'text*' },
  lscpu: { options: `a b c e? J p? x all online offline extended? json parse? ${HELP}` },
  lsblk: { options: 'a b d e: f J l m n o: O p P r S t T version help' },
  getconf: { options: 'a', operands: 'text text' },
  locale: { options: `a m k c all-locales charmaps keyword-name category-name ${HELP}`, operands: 'text*' },
  sleep: {
    options: HELP,
    operands: 'text*',
    also: (words, call) => (words.operands.some((arg) => /inf|\d{5}|d$/i.test(textOf(arg) ?? '')) ? [found(call, 'MEDIUM', 'bash-loop', 'sleeps for hours')] : []),
  },
  seq: { options: `f: s: w format: separator: equal-width ${HELP}`, operands: 'text*', manners: { numbers: true } },
  expr: { options: HELP, operands: 'text*' },
  numfmt: {
    options: `d: z from: from-unit: to: to-unit: format: grouping header? invalid: padding: round: suffix: field: delimiter: zero-terminated ${HELP}`,
    operands: 'text*',
    manners: { numbers: true },
  },
  factor: { options: `h exponents ${HELP}`, operands: 'text*' },
  true: { operands: 'text*', options: HELP },
  false: { operands: 'text*', options: HELP },
  ':': { operands: 'text*' },
  which: { options: 'a s all', operands: 'text*' },
  whereis: { options: 'b m s u l', operands: 'text*' },
  type: { options: 'a f P p t', operands: 'text*' },
  yes: { level: 'MEDIUM', why: 'never ends', operands: 'text*' },
  less: {
    level: 'MEDIUM',
    why: 'can run commands while it shows',
    options: 'E F i I M m N n R r S s X',
    unlisted: 'HIGH',
    operands: 'read*',
    also: (words, call) => plusOperands(words.operands.map(textOf), call),
  },
  more: {
    level: 'MEDIUM',
    why: 'can run commands while it shows',
    options: 'd f l p c s u n:',
    unlisted: 'HIGH',
    operands: 'read*',
    also: (words, call) => plusOperands(words.operands.map(textOf), call),
  },
  bat: {
    level: 'MEDIUM',
    why: 'shows by way of a pager',
    options: 'p n A l: r: H: plain number show-all language: line-range: highlight-line: paging: style: color: theme: decorations: pager:!',
    unlisted: 'HIGH',
    operands: 'read*',
  },
  man: {
    level: 'MEDIUM',
    why: 'shows by way of a pager',
    options: 'k f a w s: apropos whatis where path pager:! P:! H?! html?! preprocessor:! p:! C<! config-file<! M>! manpath>!',
    unlisted: 'HIGH',
    operands: 'text*',
    also: (words, call) => words.operands.filter((arg) => /[/]/.test(textOf(arg) ?? '/')).map(() => found(call, 'HIGH', 'bash-runs-file', 'formats a file with macros that run')),
  },
  tldr: { level: 'MEDIUM', why: 'looks into manuals', operands: 'text*' },
  ...Object.fromEntries(
    ['nm', 'objdump', 'readelf', 'size', 'ldd', 'otool'].map((name) => [name, { level: 'MEDIUM' as const, why: 'looks into a program', operands: 'read*', also: wordsFromFiles }]),
  ),
  whatis: { level: 'MEDIUM', why: 'looks into manuals', options: 'd r w l s: regex wildcard long sections:', operands: 'text*' },
  apropos: { level: 'MEDIUM', why: 'looks into manuals', options: 'd e r w a l s: exact regex wildcard and long sections:', operands: 'text*' },
  info: { level: 'MEDIUM', why: 'shows by way of a pager', operands: 'text*', unlisted: 'HIGH' },
  vmstat: { level: 'MEDIUM', why: 'looks at the machine', options: 'a d m n s S: t w', operands: 'text text' },
  lsof: { level: 'MEDIUM', why: 'looks at open files of the machine', options: 'i? P n p: u: t a c: d: l', operands: 'names*' },
  ss: { level: 'MEDIUM', why: 'looks at connections of the machine', options: 'a n t u l p x s e i o m r 4 6 H', unlisted: 'HIGH', operands: 'text*' },
  netstat: { level: 'MEDIUM', why: 'looks at connections of the machine', options: 'a n t u l p x s e i o r c', operands: 'text*' },
  top: { level: 'MEDIUM', why: 'looks at processes of the machine', options: 'b n: d: p: u: H c i o: w: l:', unlisted: 'HIGH', operands: 'none' },
};

/** Without a dash, `e` shows what each process was given as its environment. */
function showsEnvironments(words: ReadWords, call: Call): Finding[] {
  return words.operands.some((arg) => /^[A-Za-z]+$/.test(textOf(arg) ?? '') && textOf(arg)?.includes('e'))
    ? [found(call, 'HIGH', 'bash-shows-environment', 'ps shows the environments of processes, where secrets are')]
    : [];
}

/** `@file` stands for the words in that file. */
function wordsFromFiles(words: ReadWords, call: Call): Finding[] {
  return words.operands.some((arg) => arg.start.startsWith('@')) ? [found(call, 'HIGH', 'bash-option-risky', `${call.name} takes its words from a file`)] : [];
}

/** A reader that writes when it is given one name more. */
function secondOperand(words: ReadWords, call: Call): Finding[] {
  return words.operands.length > 1 ? [found(call, 'HIGH', 'bash-option-risky', `${call.name} writes its second operand`)] : [];
}

function plusOperands(texts: readonly (string | undefined)[], call: Call) {
  return texts
    .filter((text) => text?.startsWith('+') === true && !/^\+(G|F|\d+g?|\/[\w .-]+)$/.test(text))
    .map(() => found(call, 'HIGH', 'bash-runs-text', `${call.name} is given a command to begin with`));
}
