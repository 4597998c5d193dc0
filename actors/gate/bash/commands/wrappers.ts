// Commands that run another: each by its own options, because the inner command begins after its operands. What runs is judged as it is, and never milder.
import type { Finding, RiskLevel } from '../../../work/types.ts';
import { resolvePath } from '../../file/resolve-path.ts';
import { finding } from '../../verdict.ts';
import { type Arg, textOf, unknownArg } from '../arg.ts';
import { type Call, type CommandTable, found, type Judge } from '../call.ts';
import { givenValue, hasOption, readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';
import { isHarmlessVariable, isProtectedVariable } from '../variables.ts';

interface Wrapper {
  readonly options: string;
  /** Operands of its own before the command. */
  readonly operands?: number;
  readonly floor?: RiskLevel;
  readonly why?: string;
  readonly numbers?: boolean;
}

/** Runs `inner`; without one, the wrapper does something of its own, which is MEDIUM. */
function wraps({ options, operands = 0, floor = 'LOW', why = 'runs a command', numbers = false }: Wrapper): Judge {
  return (call) => {
    const words = readWords(call.args, options, { first: true, numbers });
    const results = [found(call, floor, 'bash-wrapper', `${call.name} ${why}`)];
    for (const arg of [...words.unlisted, ...words.dangerous])
      results.push(finding('HIGH', 'bash-option-unlisted', `${call.name}: ${textOf(arg) ?? 'a word'} is not known to be harmless`, arg.span));
    for (const { option, arg, value } of words.options) {
      if (option.level !== undefined) results.push(finding(option.level, 'bash-option-risky', `${call.name}: ${textOf(arg) ?? 'an option'} changes what it does`, arg.span));
      if (value !== undefined && option.use !== undefined) results.push(...pathFindings(value, option.use, call.scope));
    }
    const own = words.operands.slice(0, operands);
    if (own.some((arg) => !arg.exact)) results.push(found(call, 'HIGH', 'bash-name-unknown', `${call.name}: where the command begins is known only when it runs`));
    const inner = words.operands.slice(operands);
    return inner.length === 0
      ? [...results, found(call, 'MEDIUM', 'bash-wrapper', `${call.name} is given no command`)]
      : [...results, ...call.scope.judge.command(inner, call.scope, call.span)];
  };
}

function variableFindings(arg: Arg, call: Call): Finding[] {
  const name = /^([A-Za-z_]\w*)=/.exec(arg.start)?.[1];
  if (name === undefined || isProtectedVariable(name))
    return [finding('HIGH', 'bash-protected-variable', `${call.name} sets ${name ?? 'a variable'}, which changes which programs run, or what they load`, arg.span)];
  return isHarmlessVariable(name) && arg.exact ? [] : [finding('MEDIUM', 'bash-assignment', `sets ${name}`, arg.span)];
}

const judgeEnv: Judge = (call) => {
  const words = readWords(call.args, 'i u: 0 v C/ S:! ignore-environment unset: null debug chdir/ split-string:! default-signal?! block-signal?! help version', { first: true });
  const results = [found(call, 'LOW', 'bash-wrapper', 'env runs a command')];
  for (const arg of [...words.unlisted, ...words.dangerous])
    results.push(finding('HIGH', 'bash-option-unlisted', `env: ${textOf(arg) ?? 'a word'} is not known to be harmless`, arg.span));
  const split = givenValue(words, 'S', 'split-string');
  if (split !== undefined)
    results.push(
      found(call, 'HIGH', 'bash-runs-text', 'env -S runs a text'),
      ...(textOf(split) === undefined ? [] : call.scope.judge.script([textOf(split), ...words.operands.map(textOf)].join(' '), call.scope, call.span)),
    );
  if (hasOption(words, 'u', 'unset')) results.push(found(call, 'MEDIUM', 'bash-assignment', 'takes a variable away'));
  const folder = givenValue(words, 'C', 'chdir');
  if (folder !== undefined) results.push(found(call, 'MEDIUM', 'bash-folder', 'runs it in another folder'), ...pathFindings(folder, 'names', call.scope));
  const command = words.operands.findIndex((arg) => !/^[^=]+=/.test(arg.start) && textOf(arg) !== '-');
  const settings = command === -1 ? words.operands : words.operands.slice(0, command);
  results.push(...settings.filter((arg) => textOf(arg) !== '-').flatMap((arg) => variableFindings(arg, call)));
  if (command === -1) return split === undefined ? [...results, found(call, 'MEDIUM', 'bash-shows-environment', 'env shows the environment')] : results;
  const scope =
    folder === undefined
      ? call.scope
      : { ...call.scope, folders: folder.exact ? call.scope.folders?.flatMap((from) => folder.texts.map((to) => resolvePath(from, to))) : undefined };
  return [...results, ...call.scope.judge.command(words.operands.slice(command), scope, call.span)];
};

const judgeCommand: Judge = (call) => {
  const first = textOf(call.args[0]) ?? '';
  if (/^-[vV]$/.test(first)) return [found(call, call.args.every((arg) => arg.exact) ? 'LOW' : 'MEDIUM', 'bash-reads', 'tells what a name means')];
  return wraps({ options: 'p' })(call);
};

const judgeXargs: Judge = (call) => {
  const words = readWords(
    call.args,
    '0 r t p~ x a<~ d: E: e? I: i? L: l? n: P: s: null no-run-if-empty verbose interactive~ exit arg-file<~ delimiter: eof? replace? max-lines? max-args: max-procs: max-chars: process-slot-var:! help version',
    { first: true },
  );
  const results = [found(call, 'MEDIUM', 'bash-wrapper', 'xargs runs a command with words that it reads')];
  for (const arg of [...words.unlisted, ...words.dangerous])
    results.push(finding('HIGH', 'bash-option-unlisted', `xargs: ${textOf(arg) ?? 'a word'} is not known to be harmless`, arg.span));
  const file = givenValue(words, 'a', 'arg-file');
  if (file !== undefined) results.push(...pathFindings(file, 'read', call.scope));
  const mark = textOf(givenValue(words, 'I', 'replace')) ?? (hasOption(words, 'I', 'i', 'replace') ? '{}' : undefined);
  if (words.operands.length === 0) return [...results, found(call, 'MEDIUM', 'bash-wrapper', 'xargs prints its words')];
  const holds = (arg: Arg): boolean => mark !== undefined && arg.texts.some((text) => text.includes(mark));
  const inner = words.operands.map((arg) => (holds(arg) ? unknownArg(arg.span, arg.start.split(mark ?? '')[0]) : arg));
  return [...results, ...call.scope.judge.command(mark === undefined ? [...inner, unknownArg(call.span)] : inner, call.scope, call.span)];
};

/** A shell, or what hands its words to one. */
function shellText(call: Call, texts: readonly Arg[], floor: RiskLevel): Finding[] {
  const results = [found(call, floor, 'bash-runs-text', `${call.name} gives a text to a shell`)];
  if (texts.some((arg) => !arg.exact)) results.push(found(call, 'HIGH', 'bash-runs-text', 'a text that is known only when it runs'));
  const known = texts.filter((arg) => arg.texts.length > 0).map((arg) => arg.texts[0] ?? '');
  return known.length === 0 ? results : [...results, ...call.scope.judge.script(known.join(' '), call.scope, call.span)];
}

const judgeShell: Judge = (call) => {
  const words = readWords(call.args, 'c e u x n v f l i! s! o:~ O:! norc noprofile posix verbose rcfile:! init-file:! login version help', { first: true });
  const results = [...words.unlisted, ...words.dangerous].map((arg) =>
    finding('HIGH', 'bash-option-unlisted', `${call.name}: ${textOf(arg) ?? 'a word'} is not known to be harmless`, arg.span),
  );
  for (const { option, arg } of words.options)
    if (option.level !== undefined) results.push(finding(option.level, 'bash-option-risky', `${call.name}: ${textOf(arg) ?? 'an option'} changes what it reads`, arg.span));
  const [first, ...others] = words.operands;
  if (hasOption(words, 'version')) return [...results, found(call, 'LOW', 'bash-reads', 'tells its version')];
  if (hasOption(words, 'c')) {
    if (first === undefined) return [...results, found(call, 'HIGH', 'bash-runs-text', `${call.name} -c without a text`)];
    const dynamic = others.some((arg) => !arg.exact) ? [found(call, 'HIGH', 'bash-runs-text', 'words of the text are known only when it runs')] : [];
    const isBash = call.name === 'bash' ? [] : [found(call, 'MEDIUM', 'bash-other-shell', `${call.name} may read the text otherwise than bash`)];
    return [...results, ...dynamic, ...isBash, ...shellText(call, [first], 'MEDIUM')];
  }
  if (first === undefined || textOf(first) === '-') return [...results, found(call, 'HIGH', 'bash-runs-text', `${call.name} runs what it reads`)];
  return [...results, found(call, 'MEDIUM', 'bash-runs-file', `${call.name} runs a file`), ...pathFindings(first, 'run', call.scope)];
};

const judgeWatch: Judge = (call) => {
  const words = readWords(call.args, 'b c d? e g n: p t w x differences? interval: precise no-title exec errexit chgexit beep color', { first: true });
  return [...shellText(call, words.operands, 'MEDIUM'), ...words.unlisted.map((arg) => finding('HIGH', 'bash-option-unlisted', 'watch: an option that is not known', arg.span))];
};

const judgeFlock: Judge = (call) => {
  const words = readWords(call.args, 's x e n u w: o E: F v c! shared exclusive nonblock unlock timeout: close verbose command!', { first: true });
  const [lock, ...inner] = words.operands;
  const results = [
    found(call, 'MEDIUM', 'bash-wrapper', 'flock runs a command'),
    ...(lock === undefined ? [] : pathFindings(lock, 'write', call.scope)),
    ...words.unlisted.map((arg) => finding('HIGH', 'bash-option-unlisted', 'flock: an option that is not known', arg.span)),
  ];
  if (textOf(inner[0]) === '-c' || textOf(inner[0]) === '--command') return [...results, ...shellText(call, inner.slice(1), 'MEDIUM')];
  return inner.length === 0 ? results : [...results, ...call.scope.judge.command(inner, call.scope, call.span)];
};

const judgeBusybox: Judge = (call) => {
  const name = textOf(call.args[0]);
  if (name === undefined || name.startsWith('-')) return [found(call, call.args.length === 0 ? 'MEDIUM' : 'HIGH', 'bash-wrapper', 'busybox runs a program of its own')];
  return [found(call, 'MEDIUM', 'bash-wrapper', 'busybox runs a program of its own'), ...call.scope.judge.command(call.args, call.scope, call.span)];
};

const rootly = (options: string): Judge => wraps({ options, floor: 'HIGH', why: 'runs a command with the rights of another user' });
const highly = (options: string, operands = 0): Judge => wraps({ options, operands, floor: 'HIGH', why: 'runs a command in other surroundings' });

const judgeSu: Judge = (call) => {
  const at = call.args.findIndex((arg) => /^(-c|--command)$/.test(textOf(arg) ?? ''));
  const text = at === -1 ? undefined : call.args[at + 1];
  return [found(call, 'HIGH', 'bash-wrapper', 'su runs a command with the rights of another user'), ...(text === undefined ? [] : shellText(call, [text], 'HIGH'))];
};

/** A format may hold `#(a command)`, or have another text read as one; a semicolon begins another command. */
const judgeTmux: Judge = (call) =>
  /^(ls|lsw|lsp|list-[a-z]+|has|has-session|show-options|show-window-options|info|capture-pane|capturep|display-message|display|-V)$/.test(textOf(call.args[0]) ?? '') &&
  !call.args.some((arg) => !arg.exact || arg.texts.some((text) => /#\(|[ET]:|;/.test(text)))
    ? [found(call, 'MEDIUM', 'bash-system', 'looks at terminals')]
    : highly('')(call);

const judgeParallel: Judge = (call) => {
  const words = call.args.filter((arg) => !arg.start.startsWith('-') && !/^:::/.test(arg.start));
  return [found(call, 'HIGH', 'bash-wrapper', 'parallel gives texts to a shell'), ...(words.length === 0 ? [] : call.scope.judge.command(words, call.scope, call.span))];
};

export const WRAPPERS: CommandTable = {
  env: judgeEnv,
  command: judgeCommand,
  builtin: wraps({ options: '' }),
  nice: wraps({ options: 'n: adjustment: help version', numbers: true }),
  nohup: wraps({ options: 'help version', floor: 'MEDIUM' }),
  setsid: wraps({ options: 'c f w ctty fork wait', floor: 'MEDIUM' }),
  timeout: wraps({ options: 'k: s: v f foreground preserve-status kill-after: signal: verbose help version', operands: 1 }),
  stdbuf: wraps({ options: 'i: o: e: input: output: error: help version' }),
  ionice: wraps({ options: 'c: n: t p:! class: classdata: ignore' }),
  chrt: wraps({ options: 'b f i o r', operands: 1, floor: 'MEDIUM' }),
  taskset: wraps({ options: 'c a', operands: 1, floor: 'MEDIUM' }),
  time: wraps({ options: 'p v a o>! f: portability verbose output>! format: append' }),
  unbuffer: wraps({ options: 'p', floor: 'MEDIUM' }),
  caffeinate: wraps({ options: 'd i m s u t:', floor: 'MEDIUM' }),
  'dbus-run-session': wraps({ options: '', floor: 'HIGH' }),
  xargs: judgeXargs,
  bash: judgeShell,
  sh: judgeShell,
  dash: judgeShell,
  zsh: judgeShell,
  ksh: judgeShell,
  mksh: judgeShell,
  ash: judgeShell,
  rbash: judgeShell,
  fish: (call) => [found(call, 'HIGH', 'bash-other-shell', 'fish is another shell'), ...judgeShell(call)],
  csh: (call) => [found(call, 'HIGH', 'bash-other-shell', 'csh is another shell'), ...judgeShell(call)],
  tcsh: (call) => [found(call, 'HIGH', 'bash-other-shell', 'tcsh is another shell'), ...judgeShell(call)],
  pwsh: (call) => [found(call, 'HIGH', 'bash-other-shell', 'pwsh is another shell')],
  busybox: judgeBusybox,
  toybox: judgeBusybox,
  watch: judgeWatch,
  flock: judgeFlock,
  sudo: rootly('A b E H i K k l n P S s v u: g: h: p: C: r: t: U: preserve-env? user: group: non-interactive login shell'),
  doas: rootly('n s u: C:'),
  su: judgeSu,
  runuser: judgeSu,
  pkexec: rootly('u: user:'),
  gosu: highly('', 1),
  chroot: highly('userspec: groups: skip-chdir', 1),
  unshare: highly('m u i n p U C f r R: mount uts ipc net pid user fork map-root-user'),
  nsenter: highly('t: m u i n p U a target: mount uts ipc net pid user all'),
  setarch: highly('R', 1),
  linux64: highly('R'),
  linux32: highly('R'),
  setpriv: highly('reuid: regid: clear-groups'),
  capsh: highly(''),
  'systemd-run': highly('user t P G p: unit: scope pty wait'),
  'start-stop-daemon': highly('S K x: a:'),
  strace: highly('f e: o: p: s: c'),
  ltrace: highly('f e: o: p: s: c'),
  gdb: highly('batch ex:'),
  valgrind: wraps({ options: 'leak-check: tool: error-exitcode: track-origins: num-callers: show-leak-kinds: trace-children: v q verbose quiet', floor: 'MEDIUM' }),
  script: highly('c: q a e f'),
  screen: (call) =>
    call.args.length === 1 && /^-(ls|list|v)$/.test(textOf(call.args[0]) ?? '') ? [found(call, 'MEDIUM', 'bash-system', 'lists terminals')] : highly('d m S:')(call),
  tmux: judgeTmux,
  expect: highly('c: f:'),
  parallel: judgeParallel,
  entr: highly('c d n p r s z'),
  cpulimit: highly('l: f'),
  fakeroot: highly(''),
  proot: highly('r: b: w:'),
  firejail: highly(''),
  bwrap: highly(''),
  'run-parts': highly(''),
  logsave: highly('a', 1),
  at: (call) => [found(call, 'HIGH', 'bash-system', 'runs commands later')],
  batch: (call) => [found(call, 'HIGH', 'bash-system', 'runs commands later')],
};
