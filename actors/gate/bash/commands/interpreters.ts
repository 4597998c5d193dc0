// Interpreters and editors. Code given as a text, or read from a pipe, is HIGH; a file of the workspace that is run is MEDIUM.
import type { Finding } from '../../../work/types.ts';
import { finding, isAtLeast } from '../../verdict.ts';
import { type Arg, literalArg, textOf } from '../arg.ts';
import { type Call, type CommandTable, found, type Judge, looseFindings } from '../call.ts';
import { isGraveTask } from '../grave-words.ts';
import { hasOption } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';
import { judgeAwk } from '../programs/awk.ts';
import { judgeJq } from '../programs/jq.ts';
import { judgeSed } from '../programs/sed.ts';
import { isSecretVariable } from '../variables.ts';
import { judgeNpx } from './javascript-packages.ts';

interface Interpreter {
  /** Options that give code, load code, or leave the script for what is typed. */
  readonly code: RegExp;
  /** Options with a value that is the next word. */
  readonly takes?: RegExp;
  /** Only tell something. */
  readonly tells: RegExp;
  /** Options without which the first operand is not the script. */
  readonly modules?: Readonly<Record<string, 'MEDIUM' | 'HIGH'>>;
}

function moduleFindings(call: Call, name: string, modules: Interpreter['modules']): Finding[] {
  const level = modules?.[name] ?? modules?.[name.split('.')[0] ?? ''] ?? (/^\w+(\.\w+)*$/.test(name) ? 'MEDIUM' : 'HIGH');
  const after = call.args.findIndex((arg) => /^-m/.test(textOf(arg) ?? ''));
  const results = [found(call, level, 'bash-runs-module', `${call.name} runs the module ${name}`), ...looseFindings(call.args, call), ...scriptWords(call, after)];
  if (name !== 'pip') return results;
  const at = call.args.findIndex((arg) => /^(-m)?pip$/.test(textOf(arg) ?? ''));
  const installs = call.scope.judge.command([literalArg(name, call.span), ...call.args.slice(at + 1)], call.scope, call.span);
  return [...results, ...installs.filter((each) => isAtLeast(each.level, 'HIGH'))];
}

function interpreter({ code, takes, tells, modules }: Interpreter): Judge {
  return (call) => {
    const texts = call.args.map((arg) => textOf(arg));
    if (texts.length === 1 && tells.test(texts[0] ?? '')) return [found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)];
    const results: Finding[] = [found(call, 'MEDIUM', 'bash-interpreter', `${call.name} runs a program`)];
    for (let at = 0; at < call.args.length; at += 1) {
      const arg = call.args[at];
      const text = texts[at];
      if (arg === undefined) break;
      if (text === undefined && !/^[^-]/.test(arg.start)) return [...results, finding('HIGH', 'bash-value-unknown', `${call.name}: a word that may be an option`, arg.span)];
      if (text === undefined || !text.startsWith('-') || text === '-')
        return text === '-'
          ? [...results, found(call, 'HIGH', 'bash-runs-text', `${call.name} runs what it reads`)]
          : [...results, ...pathFindings(arg, 'run', call.scope), ...scriptWords(call, at)];
      if (code.test(text)) return [...results, finding('HIGH', 'bash-runs-text', `${call.name} ${text.slice(0, 40)} runs a text, or loads more code`, arg.span)];
      if (modules !== undefined && /^-m./.test(text)) return [...results, ...moduleFindings(call, text.slice(2), modules)];
      if (modules !== undefined && text === '-m') return [...results, ...moduleFindings(call, texts[at + 1] ?? '', modules)];
      if (takes?.test(text) === true) at += 1;
      if (/^--test/.test(text) && call.name === 'node') return [...results, ...looseFindings(call.args, call)];
    }
    return [...results, found(call, 'HIGH', 'bash-runs-text', `${call.name} runs what it reads`)];
  };
}

const LEAVES = /^(upload|publish|deploy|release)$/;

/** What the program is given is its own business, but for paths that lead out. */
function scriptWords(call: Call, at: number): Finding[] {
  const words = call.args.slice(at + 1, at + 3).map((arg) => textOf(arg) ?? '');
  const grave = words.some((word) => isGraveTask(word) || LEAVES.test(word));
  return [...looseFindings(call.args.slice(at + 1), call), ...(grave ? [found(call, 'HIGH', 'bash-grave-target', 'leaves the workspace, or takes away what is kept')] : [])];
}

/** Modules that run texts, wait for typed ones, open the network, or send; any other is a program of the workspace, or of what is installed. */
const PYTHON_MODULES: Interpreter['modules'] = Object.fromEntries(
  'pdb bdb code codeop timeit cProfile profile trace runpy asyncio pty idlelib IPython ipython bpython ptpython jupyter notebook jupyterlab jupyter_core http SimpleHTTPServer socketserver xmlrpc wsgiref webbrowser antigravity smtpd smtplib aiosmtpd ftplib telnetlib poplib imaplib nntplib pyftpdlib twine ansible awscli aws fabric invoke pexpect zipapp lib2to3 distutils'
    .split(' ')
    .map((name) => [name, 'HIGH']),
);

const python = interpreter({ code: /^-(?!m)[a-zA-Z]*[ci]/, takes: /^-[WX]$/, tells: /^(-V|--version|-VV)$/, modules: PYTHON_MODULES });
/** `-c` glued onto its text as well; plain flags pass. */
const judgePython: Judge = (call) => {
  const flags = call.args.map((arg) => textOf(arg) ?? '');
  const first = flags.findIndex((text) => !/^-([bBdEIOPqsSuv]+|W.+|X.+)$/.test(text));
  return python({ ...call, args: first === -1 ? [] : call.args.slice(first) });
};

const node = interpreter({
  code: /^(-e|-p|-pe|-i|-r|--eval|--print|--interactive|--require|--import|--loader|--experimental-loader|--env-file|--inspect(?!(-brk)?(=(127\.0\.0\.1:|localhost:)?\d+)?$).*|--build-sea|--snapshot-blob|--build-snapshot|--title|--icu-data-dir|--openssl-.*|--diagnostic-dir|--report-.*|--cpu-prof.*|--heap-prof.*|--redirect-warnings|--trace-event-file-pattern|--conditions|-C|--run|--watch-path|--test-reporter|--test-global-setup|--permission|--allow-.*|--experimental-default-config-file|--experimental-config-file)(=.*|$)/,
  takes: /^(--max-old-space-size|--stack-size|--test-name-pattern|--test-concurrency|--test-timeout)$/,
  tells: /^(-v|--version|-h|--help)$/,
});

const perl = interpreter({ code: /^-([a-zA-Z0-9]*[eEiIMmnpsSxd]|I)/, tells: /^(-v|--version)$/ });
const ruby = interpreter({ code: /^-(?!I(lib|test|spec|src)(:(lib|test|spec|src))*$)([a-zA-Z0-9]*[eIirnpsSxCX]|-enable|-require)/, tells: /^(-v|--version)$/ });
const phpProgram = interpreter({ code: /^-([rRBEFaSdczt]|-run|-server|-define)/, tells: /^(-v|--version|-m|--modules|--ini)$/ });
/** `-d memory_limit=1G` and its like at the beginning. */
function withoutLimits(call: Call): Call {
  const [first, second, ...rest] = call.args;
  const limits =
    textOf(first) === '-d' &&
    /^(memory_limit|max_execution_time|display_errors|error_reporting|xdebug\.mode|opcache\.enable_cli|zend\.assertions)=[\w-]+$/.test(textOf(second) ?? '');
  return limits ? withoutLimits({ ...call, args: rest }) : call;
}

/** A server for this machine alone: what it shows is the project, or one folder. */
function servedFolder({ args }: Call): readonly Arg[] | undefined {
  const [option, address, at, folder] = args.map((arg) => textOf(arg) ?? '');
  if (option !== '-S' || !/^(localhost|127\.0\.0\.1):\d+$/.test(address ?? '')) return undefined;
  return args.length === 2 ? [] : args.length === 4 && at === '-t' && folder !== '' ? args.slice(3) : undefined;
}

function judgePhp(call: Call): Finding[] {
  const served = servedFolder(call);
  return served === undefined
    ? phpProgram(withoutLimits(call))
    : [found(call, 'MEDIUM', 'bash-interpreter', 'php serves a folder to this machine'), ...served.flatMap((arg) => pathFindings(arg, 'names', call.scope))];
}

const php: Judge = (call) =>
  call.args.length === 1 && /^(-i|--info)$/.test(textOf(call.args[0]) ?? '')
    ? [found(call, 'MEDIUM', 'bash-shows-environment', 'php shows its settings and the environment')]
    : judgePhp(call);
const lua = interpreter({ code: /^-[eil]/, tells: /^-v$/ });
const julia = interpreter({ code: /^-(?!-(project|color|startup-file=no|threads)(=[\w.]+)?$)/, tells: /^(--version|-v)$/ });
const others = interpreter({ code: /^-/, tells: /^(--version|-version|-v|-V)$/ });

const judgeJava: Judge = (call) => {
  const texts = call.args.map((arg) => textOf(arg) ?? '');
  if (texts.length === 1 && /^--?version$/.test(texts[0] ?? '')) return [found(call, 'LOW', 'bash-reads', 'java tells its version')];
  const loads = texts.some((text) => /^(-javaagent|-agentlib|-agentpath|-Xrun|-XX:OnError|-XX:OnOutOfMemoryError|@)/.test(text));
  return [found(call, loads ? 'HIGH' : 'MEDIUM', 'bash-interpreter', 'java runs a program'), ...looseFindings(call.args, call)];
};

const editor: Judge = (call) => [
  textOf(call.args[0]) === '--version' && call.args.length === 1
    ? found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)
    : found(call, 'HIGH', 'bash-editor', `${call.name} is an editor, which can run commands`),
];

const judgeDeno: Judge = (call) => {
  const first = textOf(call.args[0]) ?? '';
  if (/^(test|check|lint|fmt|doc|info|--version)$/.test(first))
    return [found(call, first === '--version' ? 'LOW' : 'MEDIUM', 'bash-interpreter', `deno ${first}`), ...looseFindings(call.args, call)];
  const level = /^(run|task|bench|compile)$/.test(first) && !call.args.some((arg) => /^(-A|--allow|https?:|-$)/.test(arg.start)) ? 'MEDIUM' : 'HIGH';
  return [found(call, level, 'bash-interpreter', `deno ${first}`), ...looseFindings(call.args, call)];
};

/** An expression of yq may load other files, and show variables. */
function expressionFindings(arg: Arg, call: Call): Finding[] {
  const text = textOf(arg) ?? '';
  const loaded = [...text.matchAll(/\bload(?:_\w+)?\("([^"]*)"\)/g)].flatMap(([, path = '']) => pathFindings(literalArg(path, arg.span), 'read', call.scope));
  const shown = [...text.matchAll(/\b(?:str)?env\(\s*(\w+)/g)].some(([, name = '']) => isSecretVariable(name));
  return [...loaded, ...(shown ? [finding('HIGH', 'bash-secret-variable', 'shows a variable that may hold a secret', arg.span)] : [])];
}

export const INTERPRETERS: CommandTable = {
  awk: judgeAwk,
  gawk: judgeAwk,
  mawk: judgeAwk,
  nawk: judgeAwk,
  sed: judgeSed,
  gsed: judgeSed,
  jq: judgeJq,
  'ld.so': (call) => [found(call, 'HIGH', 'bash-interpreter', 'loads a program from a file')],
  yq: {
    level: 'MEDIUM',
    why: 'reads YAML',
    options: 'r c e P M n s o: p: I: output-format: input-format: i~ inplace~ indent: prettyPrint unwrapScalar? version help',
    unlisted: 'HIGH',
    operands: 'text read*',
    also: (words, call) => [
      ...(hasOption(words, 'i', 'inplace') ? words.operands.slice(1).flatMap((arg) => pathFindings(arg, 'write', call.scope)) : []),
      ...words.operands.slice(0, 1).flatMap((arg) => expressionFindings(arg, call)),
    ],
  },
  xmllint: { level: 'MEDIUM', why: 'reads XML', options: 'noout format xpath: schema< html nonet', unlisted: 'HIGH', operands: 'read*', manners: { oneDash: false } },
  python: judgePython,
  python2: judgePython,
  python3: judgePython,
  pypy: judgePython,
  pypy3: judgePython,
  ...Object.fromEntries(['3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14'].map((version) => [`python${version}`, judgePython])),
  node,
  nodejs: node,
  'ts-node': node,
  tsx: node,
  bun: (call) => {
    const first = textOf(call.args[0]) ?? '';
    if (first === 'x') return judgeNpx({ ...call, args: call.args.slice(1) });
    const known = /^(test|run|install|i|add|remove|build|pm|outdated|update)$/.test(first) && !call.args.some((arg) => textOf(arg) === '-');
    const level = known ? 'MEDIUM' : first === '--version' ? 'LOW' : 'HIGH';
    return [found(call, level, 'bash-interpreter', `bun ${first}`), ...looseFindings(call.args, call)];
  },
  deno: judgeDeno,
  perl,
  ruby,
  php,
  lua,
  luajit: lua,
  Rscript: others,
  R: others,
  julia,
  ghci: editor,
  runghc: others,
  tclsh: others,
  wish: others,
  guile: others,
  racket: others,
  ocaml: others,
  elixir: others,
  erl: editor,
  iex: editor,
  escript: others,
  scala: others,
  groovy: others,
  kotlin: others,
  swift: (call) => [
    found(call, /^(build|test|package|run)$/.test(textOf(call.args[0]) ?? '') ? 'MEDIUM' : 'HIGH', 'bash-interpreter', 'swift runs a program'),
    ...looseFindings(call.args, call),
  ],
  java: judgeJava,
  irb: editor,
  pry: editor,
  ipython: editor,
  osascript: editor,
  bc: { level: 'MEDIUM', why: 'computes', options: 'l q s w i h v mathlib quiet standard warn interactive', operands: 'read*' },
  dc: { level: 'HIGH', why: 'can run commands', operands: 'read*' },
  m4: { level: 'HIGH', why: 'can run commands', operands: 'read*' },
  vi: editor,
  vim: editor,
  nvim: editor,
  view: editor,
  ex: editor,
  ed: editor,
  red: editor,
  emacs: editor,
  nano: editor,
  pico: editor,
  micro: editor,
  code: (call) =>
    call.args.length === 1 && /^--(list-extensions|status)$/.test(textOf(call.args[0]) ?? '') ? [found(call, 'MEDIUM', 'bash-reads', 'code tells about itself')] : editor(call),
  vimdiff: editor,
  rvim: editor,
};
