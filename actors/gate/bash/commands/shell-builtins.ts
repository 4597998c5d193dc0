// Builtins of bash: harmless ones, those that change what later words mean, and those that run a text.
import type { Finding } from '../../../work/types.ts';
import { finding } from '../../verdict.ts';
import { mayBeOption, textOf } from '../arg.ts';
import { type Call, type CommandTable, found, type Judge } from '../call.ts';
import { hasOption, readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';
import { isHarmlessVariable, isPlainVariable, isProtectedVariable, isSecretVariable } from '../variables.ts';

const high =
  (why: string): Judge =>
  (call) => [found(call, 'HIGH', 'bash-builtin', `${call.name} ${why}`)];

function namesFindings(call: Call, names: readonly string[]): Finding[] {
  return names.flatMap((name) => {
    const bare = /^[A-Za-z_]\w*/.exec(name)?.[0] ?? '';
    if (/[[$`\]]/.test(name.split('=')[0] ?? '')) return [found(call, 'HIGH', 'bash-arithmetic-evaluates', `${call.name} evaluates the subscript in '${name.slice(0, 40)}'`)];
    return isProtectedVariable(bare) ? [found(call, 'HIGH', 'bash-protected-variable', `setting ${bare} changes which programs run, or what they load`)] : [];
  });
}

/** Sets the variables that its words name. */
const setsNames =
  (risky: RegExp): Judge =>
  (call) => {
    const texts = call.args.map((arg) => textOf(arg));
    const unknown = texts.some((text) => text === undefined);
    const results = [
      found(call, 'MEDIUM', 'bash-assignment', `${call.name} sets variables`),
      ...namesFindings(
        call,
        texts.filter((text) => text !== undefined),
      ),
    ];
    if (unknown) results.push(found(call, 'HIGH', 'bash-name-unknown', `${call.name} sets a variable that is known only when it runs`));
    if (texts.some((text) => risky.test(text ?? ''))) results.push(found(call, 'HIGH', 'bash-builtin', `${call.name} with an option that evaluates or redirects variables`));
    return results;
  };

const judgeEval: Judge = (call) => {
  const results = [found(call, 'HIGH', 'bash-builtin', 'eval runs a text')];
  const texts = call.args.map((arg) => (arg.texts.length === 1 ? arg.texts[0] : undefined));
  return texts.every((text) => text !== undefined) && texts.length > 0 ? [...results, ...call.scope.judge.script(texts.join(' '), call.scope, call.span)] : results;
};

const judgeExec: Judge = (call) => {
  if (call.args.length === 0) return [found(call, 'MEDIUM', 'bash-builtin', 'exec changes where the rest of the script reads and writes')];
  const words = readWords(call.args, 'a: c l', { first: true });
  return [found(call, 'HIGH', 'bash-builtin', 'exec replaces the shell'), ...call.scope.judge.command(words.operands, call.scope, call.span)];
};

const judgeTrap: Judge = (call) => {
  const text = textOf(call.args[0]);
  return [
    found(call, 'HIGH', 'bash-builtin', 'trap runs a text later'),
    ...(text === undefined || text === '' || text.startsWith('-') ? [] : call.scope.judge.script(text, call.scope, call.span)),
  ];
};

const judgeTest: Judge = (call) => {
  const operators = call.args.map((arg) => textOf(arg));
  const results = [found(call, 'LOW', 'bash-test', `${call.name} only compares`)];
  for (const [at, operator] of operators.entries()) {
    const operand = call.args[at + 1];
    if (operator === '-v' || operator === '-R') {
      if (operand !== undefined && !/^[A-Za-z_]\w*$/.test(textOf(operand) ?? ''))
        results.push(finding('HIGH', 'bash-arithmetic-evaluates', 'test -v evaluates a subscript', operand.span));
    } else if (operator !== undefined && /[[`]|\$\(/.test(operator) && operator.length > 1 && call.args.some((arg) => /^-(eq|ne|lt|le|gt|ge)$/.test(textOf(arg) ?? '')))
      results.push(finding('HIGH', 'bash-arithmetic-evaluates', 'compares as numbers what holds a subscript', call.args[at]?.span));
    else if (operator !== undefined && /^-[a-hkprstuwxGLNOS]$/.test(operator) && operand?.exact === true) results.push(...pathFindings(operand, 'names', call.scope));
  }
  return results;
};

/** A pattern prints the names that it matches. */
const printedPatterns = (call: Call): Finding[] => call.args.filter((arg) => arg.glob).flatMap((arg) => pathFindings(arg, 'names', call.scope));

const judgePrintf: Judge = (call) => {
  const [first] = call.args;
  if (first === undefined) return [found(call, 'LOW', 'bash-prints', 'printf prints')];
  const text = textOf(first);
  if (text?.startsWith('-v') === true) return [found(call, 'HIGH', 'bash-builtin', 'printf -v sets a variable')];
  if (text === undefined && mayBeOption(first)) return [found(call, 'HIGH', 'bash-builtin', 'printf with a word that may be -v')];
  return [found(call, 'LOW', 'bash-prints', 'printf prints'), ...printedPatterns(call)];
};

const judgeRead: Judge = (call) => {
  const words = readWords(call.args, 'r s e E a:! d: i: n: N: p: t: u:');
  const names = words.operands.map((arg) => textOf(arg));
  const results = [
    found(call, 'MEDIUM', 'bash-assignment', `${call.name} sets variables from its input`),
    ...namesFindings(
      call,
      names.filter((name) => name !== undefined),
    ),
  ];
  const risky = words.unlisted.length > 0 || words.options.some(({ option }) => option.level !== undefined) || names.some((name) => name === undefined);
  return risky ? [...results, found(call, 'HIGH', 'bash-builtin', `${call.name} sets what is known only when it runs`)] : results;
};

const judgeCd: Judge = (call) => {
  const words = readWords(call.args, 'L P e');
  const results = [found(call, 'LOW', 'bash-folder', `${call.name} changes the folder`)];
  if (words.operands.length !== 1 || words.unlisted.length > 0) results.push(found(call, 'MEDIUM', 'bash-folder', 'goes to a folder that is not named'));
  return [...results, ...words.operands.flatMap((arg) => pathFindings(arg, 'names', call.scope))];
};

const judgeSet: Judge = (call) => {
  const texts = call.args.map((arg) => textOf(arg) ?? '?');
  const strict =
    texts.length > 0 &&
    texts.every((text, at) => /^[-+][eux]*o?$/.test(text) || (/o$/.test(texts[at - 1] ?? '') && /^(pipefail|errexit|nounset|xtrace|noglob|verbose)$/.test(text)));
  return [found(call, strict ? 'MEDIUM' : 'HIGH', 'bash-builtin', strict ? 'sets how strict the shell is' : 'set shows or changes the state of the shell')];
};

const judgeExport: Judge = (call) =>
  call.args.length === 0 || textOf(call.args[0]) === '-p'
    ? [found(call, 'MEDIUM', 'bash-shows-environment', `${call.name} shows the environment`)]
    : setsNames(/^-[a-zA-Z]*[nif]/)(call);

const judgePrintenv: Judge = (call) => {
  const names = call.args.map((arg) => textOf(arg) ?? '');
  if (names.length === 0) return [found(call, 'MEDIUM', 'bash-shows-environment', 'printenv shows the whole environment')];
  if (names.some(isSecretVariable)) return [found(call, 'HIGH', 'bash-secret-variable', 'shows a variable that may hold a secret')];
  return [found(call, names.every((name) => isPlainVariable(name) || isHarmlessVariable(name)) ? 'LOW' : 'MEDIUM', 'bash-prints', 'shows a variable')];
};

const judgeKill: Judge = (call) => {
  const words = call.args.map((arg) => textOf(arg));
  if (
    words.length > 0 &&
    words.every((word, at) => word === '-l' || word === '-L' || (at > 0 && /^\w+$/.test(word ?? ''))) &&
    words[0]?.startsWith('-') === true &&
    /^-[lL]$/.test(words[0])
  )
    return [found(call, 'LOW', 'bash-prints', 'lists signals')];
  const all = words.some((word) => word === '-1' && words.indexOf(word) > 0);
  return [found(call, all ? 'CRITICAL' : 'HIGH', 'bash-system', `${call.name} ends processes`)];
};

/** Masks that leave everybody the right to write. */
const EVERYBODY_WRITES = /^([0-7]{0,3}[0145]|([ug]*[ao][augo]*)?[+=][rx]*w[rwx]*)$/;

const runsText = high('runs a text or a file in this shell');
const changesMeaning = high('changes what later commands mean');

/** With these words it only lists. */
const orLists =
  (lists: RegExp): Judge =>
  (call) =>
    lists.test(call.args.map((arg) => textOf(arg) ?? '?').join(' ')) ? [found(call, 'MEDIUM', 'bash-builtin', `${call.name} lists what there is`)] : changesMeaning(call);

export const SHELL_BUILTINS: CommandTable = {
  echo: (call) => [found(call, 'LOW', 'bash-prints', 'echo prints'), ...printedPatterns(call)],
  printf: judgePrintf,
  test: judgeTest,
  '[': judgeTest,
  cd: judgeCd,
  pushd: (call) => [...judgeCd(call), found(call, 'MEDIUM', 'bash-folder', 'keeps a list of folders')],
  popd: (call) => [found(call, 'MEDIUM', 'bash-folder', 'goes back to a folder')],
  dirs: (call) => [found(call, 'MEDIUM', 'bash-folder', 'shows a list of folders')],
  eval: judgeEval,
  source: (call) => [...runsText(call), ...call.args.slice(0, 1).flatMap((arg) => pathFindings(arg, 'run', call.scope))],
  '.': (call) => [...runsText(call), ...call.args.slice(0, 1).flatMap((arg) => pathFindings(arg, 'run', call.scope))],
  exec: judgeExec,
  trap: judgeTrap,
  alias: orLists(/^(-p)?$/),
  unalias: changesMeaning,
  enable: changesMeaning,
  hash: (call) => (call.args.length === 0 ? [found(call, 'MEDIUM', 'bash-builtin', 'hash lists where commands were found')] : changesMeaning(call)),
  bind: changesMeaning,
  complete: orLists(/^(-p)?$/),
  compgen: orLists(/^-[abckdefgjsuv]$/),
  compopt: changesMeaning,
  shopt: changesMeaning,
  set: judgeSet,
  export: judgeExport,
  declare: setsNames(/^[-+][a-zA-Z]*[inf]/),
  typeset: setsNames(/^[-+][a-zA-Z]*[inf]/),
  local: setsNames(/^[-+][a-zA-Z]*[in]/),
  readonly: setsNames(/^[-+][a-zA-Z]*[f]/),
  unset: setsNames(/^-[a-zA-Z]*[fn]/),
  let: high('evaluates its words as arithmetic'),
  getopts: setsNames(/^-/),
  read: judgeRead,
  mapfile: high('sets what is known only when it runs'),
  readarray: high('sets what is known only when it runs'),
  shift: (call) => [found(call, 'MEDIUM', 'bash-builtin', 'shifts the words of the script')],
  return: (call) => [found(call, call.args.every((arg) => /^\d*$/.test(textOf(arg) ?? '')) ? 'LOW' : 'MEDIUM', 'bash-builtin', 'ends')],
  exit: (call) => [found(call, call.args.every((arg) => /^\d*$/.test(textOf(arg) ?? '')) ? 'LOW' : 'MEDIUM', 'bash-builtin', 'ends')],
  break: (call) => [found(call, call.args.length === 0 ? 'LOW' : 'MEDIUM', 'bash-builtin', 'ends a loop')],
  continue: (call) => [found(call, call.args.length === 0 ? 'LOW' : 'MEDIUM', 'bash-builtin', 'goes on with a loop')],
  wait: (call) => [
    found(
      call,
      call.args.every((arg) => /^(\d+|-n|-f)$/.test(textOf(arg) ?? '') || /^\$!$/.test(arg.start)) ? 'MEDIUM' : 'HIGH',
      'bash-builtin',
      'waits for what runs in the background',
    ),
  ],
  jobs: (call) => [found(call, hasOption(readWords(call.args, 'x!'), 'x') ? 'HIGH' : 'MEDIUM', 'bash-builtin', 'lists what runs in the background')],
  umask: (call) => [found(call, call.args.some((arg) => EVERYBODY_WRITES.test(textOf(arg) ?? '')) ? 'HIGH' : 'MEDIUM', 'bash-builtin', 'sets the rights of new files')],
  ulimit: (call) => [found(call, 'MEDIUM', 'bash-builtin', 'sets limits')],
  history: (call) => [
    found(call, call.args.length === 0 || /^\d+$/.test(textOf(call.args[0]) ?? '') ? 'MEDIUM' : 'HIGH', 'bash-builtin', 'history shows or changes what was typed'),
  ],
  fc: high('runs again what was typed'),
  times: (call) => [found(call, 'LOW', 'bash-prints', 'shows times')],
  printenv: judgePrintenv,
  kill: judgeKill,
  pkill: judgeKill,
  killall: judgeKill,
  disown: changesMeaning,
  fg: changesMeaning,
  bg: changesMeaning,
  suspend: changesMeaning,
  caller: changesMeaning,
  help: (call) => [found(call, 'LOW', 'bash-prints', 'shows help')],
};
