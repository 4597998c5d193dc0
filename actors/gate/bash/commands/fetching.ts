// What gets something over the network as its ordinary work, by program and first words: said as a finding of its own, since only what
// was shown to whoever grants it has the network when it runs.
import { worstOf } from '../../verdict.ts';
import { type Arg, textOf } from '../arg.ts';
import { type Call, type CommandRule, type CommandTable, found, type Judge, judgeByRule } from '../call.ts';

const ANY = /^/;
const PACKAGES = /^(install|i|ci|add|update|up|upgrade|exec|x|dlx|create|init|audit|outdated|view|info|show|search|ping|fetch|import|install-test|fund|why)$/;

const FETCHING: Readonly<Record<string, RegExp>> = {
  npm: PACKAGES,
  pnpm: PACKAGES,
  yarn: PACKAGES,
  bun: PACKAGES,
  npx: ANY,
  pip: /^(install|download|wheel|index|search)$/,
  pip3: /^(install|download|wheel|index|search)$/,
  pipx: /^(install|run|upgrade)$/,
  uv: /^(add|sync|lock|run|pip|tool|python|build)$/,
  poetry: /^(install|add|update|lock|search|show)$/,
  cargo: /^(add|build|check|test|run|fetch|update|install|search|clippy|doc|bench|tree|generate-lockfile|vendor|b|c|t|r)$/,
  go: /^(get|mod|install|build|test|run|vet|generate|list|work)$/,
  gem: /^(install|update|fetch|search)$/,
  bundle: /^(install|update|add|exec|outdated)$/,
  composer: /^(install|update|require|show|outdated)$/,
  mvn: ANY,
  gradle: ANY,
  dotnet: /^(restore|build|test|run|add|tool)$/,
  git: /^(fetch|pull|clone|submodule|ls-remote|remote)$/,
  docker: /^(pull|build|run|compose)$/,
};

function firstWord(args: readonly Arg[]): string | undefined {
  for (const arg of args) {
    const text = textOf(arg);
    if (text !== undefined && !text.startsWith('-')) return text;
  }
  return undefined;
}

function fetches({ name, args }: Call): boolean {
  const pattern = FETCHING[name];
  if (pattern === undefined) return false;
  const first = firstWord(args);
  // `yarn` alone installs.
  return first === undefined ? name === 'yarn' || pattern === ANY : pattern.test(first);
}

const saying =
  (rule: CommandRule | Judge): Judge =>
  (call) => {
    const findings = typeof rule === 'function' ? rule(call) : judgeByRule(rule, call);
    if (worstOf(findings) !== 'LOW' && fetches(call)) findings.push(found(call, 'MEDIUM', 'bash-fetches', `${call.name} may fetch from the network`));
    return findings;
  };

/** Says it of those that it is true of; raises nothing that is LOW, and nothing above MEDIUM. */
export function withFetching(commands: CommandTable): CommandTable {
  return { ...commands, ...Object.fromEntries(Object.entries(commands).flatMap(([name, rule]) => (FETCHING[name] === undefined ? [] : [[name, saying(rule)]]))) };
}
