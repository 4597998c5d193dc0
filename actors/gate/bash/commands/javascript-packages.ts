// Package managers of JavaScript: they fetch, and run what the workspace says. What publishes, logs in, or takes code from elsewhere is HIGH.
import type { Finding } from '../../../work/types.ts';
import { textOf } from '../arg.ts';
import { type Call, found, type Judge, looseFindings, without } from '../call.ts';
import { subcommands } from '../subcommands.ts';
import { graveTask } from './grave-targets.ts';

/** Said once, and not taken back. */
function rehearses({ args }: Call): boolean {
  const said = args.filter((arg) => /^--(no-)?dry-run/.test(arg.start));
  return said.length === 1 && textOf(said[0]) === '--dry-run';
}

const NPM_RISKY =
  '-g --global --script-shell --node-options --userconfig --globalconfig --registry --shell --unsafe-perm --init-module --location --git --ignore-scripts=false --init.module';
const NPM_HIGH =
  'publish, unpublish, deprecate, undeprecate, owner, access, token, login, logout, adduser, add-user, config set, config delete, config edit, set, set-script, hook, org, team, profile, dist-tag, star, stars, explore, edit, trust, stage';

/** A URL, a repository or another folder, rather than the registry. */
const FOREIGN = /^(https?:|git[+:]|git@|github:|file:|ssh:|gist:|\.\.\/|\/|~)/;

/** What stands before the subcommand: `-r exec x`. */
const OWN_OPTIONS = /^(-r|--recursive|-w|--workspace-root|-s|--silent)$/;

const foreignPackages: Judge = ({ args, ...rest }) => {
  const call: Call = { ...rest, args: args.slice(args.findIndex((arg) => !OWN_OPTIONS.test(textOf(arg) ?? ''))) };
  const installs = /^(install|i|add|ci|update|exec|x|dlx|create|init)$/.test(textOf(call.args[0]) ?? '');
  const foreign = call.args.slice(1).some((arg) => arg.texts.some((text) => FOREIGN.test(text)));
  const begins = /^(exec|x|dlx)$/.test(textOf(call.args[0]) ?? '') ? 1 : textOf(call.args[0]) === 'node' ? 0 : undefined;
  const runs =
    begins === undefined
      ? []
      : call.scope.judge
          .command(
            call.args.slice(begins).filter((arg) => textOf(arg) !== '--'),
            call.scope,
            call.span,
          )
          .filter(({ level }) => level === 'HIGH' || level === 'CRITICAL');
  const calls = call.args.some((arg) => /^(-c|--call)/.test(arg.start)) && installs ? [found(call, 'HIGH', 'bash-runs-text', `${call.name} runs a text`)] : [];
  return [...graveTask(call), ...(installs && foreign ? [found(call, 'HIGH', 'bash-foreign-package', 'installs from an address of its own')] : []), ...runs, ...calls];
};

const judgeScripts = subcommands({
  MEDIUM:
    'install, i, ci, add, test, t, run, run-script, start, stop, restart, build, exec, x, ls, list, ll, outdated, audit, view, info, show, why, explain, fund, doctor, ping, search, update, up, upgrade, uninstall, remove, rm, un, prune, dedupe, link, ln, unlink, pack, version, init, create, rebuild, cache, config get, config list, config ls, root, prefix, bin, help, docs, bugs, repo, query, pkg, shrinkwrap, install-test, completion, whoami, dlx, store, import, fetch, workspaces, workspace, why, node, set version, dedupe, plugin, constraints, patch, rebuild, licenses, deploy',
  HIGH: `${NPM_HIGH}, npm publish, npm login, env, server, setup, global, plugin import, config`,
  risky: NPM_RISKY,
  otherwise: 'MEDIUM',
  also: foreignPackages,
});

export const npmVersions: Judge = (call) => {
  const texts = call.args.map((arg) => textOf(arg));
  if (texts.length === 1 && /^(-v|--version)$/.test(texts[0] ?? '')) return [found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)];
  if (texts[0] === 'publish' && rehearses(call))
    return [found(call, 'MEDIUM', 'bash-rehearses', `${call.name} publish only shows what it would do`), ...looseFindings(call.args, call)];
  // What is installed for all is only looked at.
  const looks = /^(ls|list|ll|root|prefix|bin|outdated|view|info|config get|config list)$/.test(texts[0] === 'config' ? `config ${texts[1]}` : (texts[0] ?? ''));
  return judgeScripts(looks ? without(call, /^(-g|--global)$/) : call);
};

export const judgeNpx: Judge = (call) => {
  const rest = call.args.filter((arg) => !/^(-y|--yes|--no|--no-install|-q|--quiet|--)$/.test(textOf(arg) ?? ''));
  const tool = rest.findIndex((arg) => !arg.start.startsWith('-'));
  const own = tool === -1 ? rest : rest.slice(0, tool);
  const asked = call.args.some((arg) => /^(-y|--yes)$/.test(textOf(arg) ?? '')) && !rest.some((arg) => LOCAL_TOOLS.has(textOf(arg) ?? ''));
  const risky = own.some((arg) => /^(-c|--call|-p|--package|--node-options|--shell|--userconfig|--registry)/.test(arg.start));
  const foreign = rest.slice(0, tool + 1).some((arg) => FOREIGN.test(arg.start.replace(/^--?[a-z]+=/, '')));
  const results: Finding[] = [found(call, asked || risky || foreign ? 'HIGH' : 'MEDIUM', 'bash-runs-package', `${call.name} fetches a package, when it is not there, and runs it`)];
  if (rest.length === 0) return results;
  return [...results, ...call.scope.judge.command(rest, call.scope, call.span).filter(({ level }) => level !== 'LOW')];
};

/** Ones that a project usually has installed. */
const LOCAL_TOOLS = new Set(
  'tsc eslint prettier jest vitest mocha biome playwright cypress webpack vite rollup esbuild next nuxt tsx ts-node nx turbo lerna knip ava c8 nyc husky lint-staged stylelint typedoc'.split(
    ' ',
  ),
);
