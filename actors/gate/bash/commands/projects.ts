// Tools of projects: packages, builds, tests, linters. They run what the workspace says, so MEDIUM; what publishes, logs in or loads other code is HIGH.
import type { Finding } from '../../../work/types.ts';
import { finding } from '../../verdict.ts';
import { argAfter, textOf } from '../arg.ts';
import { type Call, type CommandTable, found, type Judge, looseFindings } from '../call.ts';
import { isGraveTask } from '../grave-words.ts';
import { subcommands } from '../subcommands.ts';
import { isProtectedVariable } from '../variables.ts';

/** Scripts and tasks by names that say that they reach beyond the workspace. */
const GRAVE_TASK =
  /^(deploy|publish|release|destroy|nuke|prod(uction)?|push|upload|rollback|wipe|purge|drop|promote|teardown)([-_:](?!notes).*)?$|:(prod(uction)?|deploy|publish)$/;

/** One that leaves the workspace, or takes away what is kept. */
const isGrave = (word: string): boolean => GRAVE_TASK.test(word) || isGraveTask(word);

function graveTask(call: Call): Finding[] {
  const texts = call.args.map((arg) => textOf(arg) ?? '');
  // The word after an option is more likely its value than a task.
  const words = texts.filter((word, at) => !word.startsWith('-') && texts[at - 1]?.startsWith('-') !== true);
  const task = words.slice(0, 3).find((word) => isGrave(word));
  const resets = words
    .slice(0, 3)
    .join(' ')
    .match(/\bmigrate reset\b|\bdb push\b/);
  return task === undefined && resets === null
    ? []
    : [found(call, 'HIGH', 'bash-grave-target', `${call.name} ${task ?? 'reset'} leaves the workspace, or takes away what is kept`)];
}

/** Whatever is not listed runs code of the workspace. */
function tool(risky = ''): Judge {
  return subcommands({ otherwise: 'MEDIUM', alone: 'MEDIUM', risky, also: graveTask });
}

/** Runs the command that stands after a word of its own: what is run is judged as it is. */
const running =
  (table: Judge, word: RegExp): Judge =>
  (call) => {
    const at = call.args.findIndex((arg) => word.test(textOf(arg) ?? ''));
    const inner = at === -1 ? [] : call.args.slice(at + 1);
    const begins = inner.findIndex((arg) => !arg.start.startsWith('-'));
    const first = textOf(inner[begins]) ?? '';
    const judge = call.scope.judge;
    const within = /\s/.test(first) ? judge.script(first, call.scope, call.span) : judge.command(inner.slice(begins), call.scope, call.span);
    return [...table(call), ...(begins === -1 ? [] : within).filter(({ level }) => level === 'HIGH' || level === 'CRITICAL')];
  };

/** Give each of their words to a shell. */
const runsWords: Judge = (call) => {
  const texts = call.args.filter((arg) => !arg.start.startsWith('-'));
  return [
    found(call, 'MEDIUM', 'bash-runs-text', `${call.name} gives texts to a shell`),
    ...texts.flatMap((arg) => {
      const text = textOf(arg);
      if (text === undefined) return [finding('HIGH', 'bash-runs-text', 'a text that is known only when it runs', arg.span)];
      return call.scope.judge.script(text, call.scope, arg.span).filter(({ level }) => level === 'HIGH' || level === 'CRITICAL');
    }),
  ];
};

const NPM_RISKY =
  '-g --global --script-shell --node-options --userconfig --globalconfig --prefix --registry --shell --unsafe-perm --init-module --location --git --ignore-scripts=false --init.module';
const NPM_HIGH =
  'publish, unpublish, deprecate, undeprecate, owner, access, token, login, logout, adduser, add-user, config set, config delete, config edit, set, set-script, hook, org, team, profile, dist-tag, star, stars, explore, edit, trust, stage';

/** A URL, a repository or another folder, rather than the registry. */
const FOREIGN = /^(https?:|git[+:]|git@|github:|file:|ssh:|gist:|\.\.\/|\/|~)/;

const foreignPackages: Judge = (call) => {
  const installs = /^(install|i|add|ci|update|exec|x|dlx|create|init)$/.test(textOf(call.args[0]) ?? '');
  const foreign = call.args.slice(1).some((arg) => arg.texts.some((text) => FOREIGN.test(text)));
  const runs = /^(exec|x|dlx)$/.test(textOf(call.args[0]) ?? '')
    ? call.scope.judge
        .command(
          call.args.slice(1).filter((arg) => textOf(arg) !== '--'),
          call.scope,
          call.span,
        )
        .filter(({ level }) => level === 'HIGH' || level === 'CRITICAL')
    : [];
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

const npmVersions: Judge = (call) => {
  const texts = call.args.map((arg) => textOf(arg));
  if (texts.length === 1 && /^(-v|--version)$/.test(texts[0] ?? '')) return [found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)];
  return judgeScripts(call);
};

const judgeNpx: Judge = (call) => {
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

const judgePackages = subcommands({
  MEDIUM:
    'install, uninstall, list, show, freeze, check, download, wheel, search, index, inspect, hash, help, debug, cache, sync, compile, tree, pip install, pip list, add, remove, run, lock, venv, init, build, python, tool, tool run, self version',
  HIGH: 'config, publish, self update, auth',
  risky:
    '-i --index-url --extra-index-url --trusted-host --target -t --prefix --root --user --break-system-packages --find-links -f --proxy --cert --config-settings --global-option --install-option --python',
  otherwise: 'HIGH',
});

const judgePip: Judge = (call) => {
  const foreign = call.args.some((arg) => arg.texts.some((text) => /^(https?:|git\+|file:|\.\.\/|\/|~)/.test(text)));
  return [...judgePackages(call), ...(foreign ? [found(call, 'HIGH', 'bash-foreign-package', 'installs from an address of its own')] : [])];
};

/** Settings of make may name the programs that it runs. */
const judgeMake: Judge = (call) => {
  const texts = call.args.map((arg) => textOf(arg) ?? arg.start);
  const results = [found(call, 'MEDIUM', 'bash-runs-workspace', `${call.name} runs what the workspace says`), ...looseFindings(call.args, call)];
  if (
    texts.some(
      (text, at) =>
        /^(-f|--file=|--makefile=)?(-|\/dev\/(stdin|fd\/.*))$/.test(text) &&
        (text.startsWith('-f') || text.startsWith('--') || /^(-f|--file|--makefile)$/.test(texts[at - 1] ?? '')),
    )
  )
    results.push(found(call, 'HIGH', 'bash-runs-text', `${call.name} runs what it reads`));
  if (texts.some((text) => /^(--eval|-E|-I|--include-dir|--ev)/.test(text))) results.push(found(call, 'HIGH', 'bash-runs-text', `${call.name} is given a text to run`));
  if (texts.some((text) => isProtectedVariable(/^(\w+)[:+?!]*=/.exec(text)?.[1] ?? 'X_')))
    results.push(found(call, 'HIGH', 'bash-protected-variable', `${call.name} is told which programs to run`));
  if (call.args.some((arg) => !arg.exact)) results.push(found(call, 'HIGH', 'bash-value-unknown', `${call.name}: a word that is known only when it runs`));
  const grave = texts.some((text) => isGrave(text) || /^(install|uninstall|apply)([-_:].*)?$/.test(text));
  if (grave) results.push(found(call, 'HIGH', 'bash-grave-target', `${call.name} is asked for something that leaves the workspace`));
  return results;
};

const compiler: Judge = (call) => {
  const bad = call.args.filter((arg) => /^(-wrapper|-fplugin|-B|-specs|--specs|@|-Xlinker|-Wl,.*(-plugin|--dynamic-linker)|-load|-Xclang|-fuse-ld|-x$)/.test(arg.start));
  return [
    found(call, 'MEDIUM', 'bash-command', `${call.name} compiles`),
    ...bad.map((arg) => finding('HIGH', 'bash-option-risky', `${call.name}: ${textOf(arg) ?? 'an option'} loads or runs code`, arg.span)),
    ...looseFindings(call.args, call),
    ...(call.args.some((arg) => !arg.exact) ? [found(call, 'HIGH', 'bash-value-unknown', `${call.name}: a word that is known only when it runs`)] : []),
  ];
};

/** `go run example.com/x@latest` */
const runsFetched: Judge = (call) =>
  textOf(call.args[0]) === 'run' && call.args.some((arg) => /^[\w-]+(\.[\w-]+)+\/\S*@/.test(arg.start))
    ? [found(call, 'HIGH', 'bash-fetches-and-runs', `${call.name} fetches a program, and runs it`)]
    : [];

const tools = (names: string, risky = ''): CommandTable => Object.fromEntries(names.split(' ').map((name) => [name, tool(risky)]));

/** Its labels begin with two slashes, and lie in the workspace. */
const judgeBazel = tool('--script_path --run_under --shell_executable --output_base --override_repository --init-script -I -P -C');

export const PROJECTS: CommandTable = {
  npm: npmVersions,
  pnpm: npmVersions,
  yarn: npmVersions,
  cnpm: npmVersions,
  npx: judgeNpx,
  pnpx: judgeNpx,
  bunx: judgeNpx,
  uvx: judgeNpx,
  pipx: judgeNpx,
  corepack: tool(),
  pip: judgePip,
  pip3: judgePip,
  uv: running(judgePip, /^run$/),
  make: judgeMake,
  gmake: judgeMake,
  just: judgeMake,
  rake: judgeMake,
  task: judgeMake,
  ninja: judgeMake,
  gcc: compiler,
  'g++': compiler,
  cc: compiler,
  'c++': compiler,
  clang: compiler,
  'clang++': compiler,
  rustc: compiler,
  javac: compiler,
  ld: compiler,
  cargo: subcommands({
    MEDIUM:
      'build, b, check, c, test, t, run, r, bench, clippy, fmt, doc, d, tree, metadata, update, clean, add, remove, fetch, vendor, new, init, search, info, audit, nextest, outdated, install, fix, expand, locate-project, pkgid, verify-project, generate-lockfile',
    HIGH: 'publish, yank, login, logout, owner, uninstall, package',
    risky: '--config --git --registry --index -Z',
    otherwise: 'MEDIUM',
  }),
  rustup: subcommands({ MEDIUM: 'show, check, component list, target list, toolchain list, which, doc', otherwise: 'HIGH' }),
  go: subcommands({
    LOW: 'version',
    MEDIUM: 'build, test, vet, fmt, mod, list, env, run, get, install, generate, doc, clean, work, tool, fix',
    HIGH: 'env -w, env -u, telemetry, bug',
    risky: '-exec -toolexec -overlay -modfile -ldflags -gcflags -vettool -compiler -w',
    otherwise: 'HIGH',
    also: runsFetched,
  }),
  gofmt: { level: 'MEDIUM', why: 'formats', options: 'l w d s e r:', operands: 'write*' },
  ...tools(
    'pytest py.test jest vitest mocha ava tap nyc c8 karma jasmine tsc eslint prettier biome stylelint webpack vite rollup esbuild parcel swc babel next nuxt astro gatsby ng vue-cli-service react-scripts playwright cypress nx turbo lerna rush knip typedoc storybook',
    '--eval -r --require --import --loader --plugin --resolve-plugins-relative-to --rulesdir --inspect',
  ),
  ...tools(
    'mypy ruff black flake8 isort pylint bandit pyright tox nox coverage pre-commit sphinx-build mkdocs django-admin flask uvicorn gunicorn celery alembic',
    '--load-plugins --init-hook',
  ),
  ...tools(
    'cmake ctest meson buck mvn gradle gradlew mvnw ant sbt dotnet msbuild nuget xcodebuild flutter dart mix rebar3 stack cabal zig nim crystal shards bundle rspec rubocop phpunit composer artisan phpstan symfony vendor/bin/phpunit golangci-lint staticcheck hadolint shellcheck shfmt yamllint markdownlint actionlint protoc buf sqlc tree-sitter clang-format clang-tidy cppcheck hugo jekyll pandoc latexmk pdflatex',
    '--init-script -I -P -C',
  ),
  bazel: (call) => judgeBazel({ ...call, args: call.args.map((arg) => (arg.start.startsWith('//') ? argAfter(arg, 2) : arg)) }),
  mvn: subcommands({
    MEDIUM: 'clean, validate, compile, test, package, verify, install, site, dependency:tree',
    HIGH: 'deploy, release:perform, release:prepare',
    risky: '-s --settings -gs -Dexec.executable -Dmaven.ext.class.path',
    otherwise: 'MEDIUM',
  }),
  gradle: subcommands({ HIGH: 'publish, uploadArchives, publishToMavenCentral', risky: '-I --init-script -c --settings-file -g', otherwise: 'MEDIUM', also: graveTask }),
  poetry: running(subcommands({ HIGH: 'publish, config, self, source', risky: '', otherwise: 'MEDIUM' }), /^run$/),
  pipenv: running(tool(), /^run$/),
  pdm: running(subcommands({ HIGH: 'publish, config, self', otherwise: 'MEDIUM' }), /^run$/),
  rye: running(subcommands({ HIGH: 'publish, config, self', otherwise: 'MEDIUM' }), /^run$/),
  hatch: running(subcommands({ HIGH: 'publish, config, self', otherwise: 'MEDIUM' }), /^run$/),
  concurrently: runsWords,
  'npm-run-all': runsWords,
  'start-server-and-test': runsWords,
  nodemon: running(tool('-r --require --import --loader'), /^(-x|--exec)$/),
  watchexec: running(tool(), /^--$/),
  conda: running(subcommands({ MEDIUM: 'list, info, search, env list, install, create, activate, update, run', otherwise: 'HIGH' }), /^run$/),
  twine: subcommands({ MEDIUM: 'check', otherwise: 'HIGH' }),
  gem: subcommands({ MEDIUM: 'list, install, search, info, which, environment, outdated, contents', otherwise: 'HIGH' }),
  bundle: subcommands({
    MEDIUM: 'install, update, check, list, show, exec, outdated, info, lock, add',
    otherwise: 'HIGH',
    also: (call) => (textOf(call.args[0]) === 'exec' ? call.scope.judge.command(call.args.slice(1), call.scope, call.span).filter(({ level }) => level !== 'LOW') : []),
  }),
  composer: subcommands({
    MEDIUM: 'install, update, require, remove, show, validate, outdated, dump-autoload, test, run, run-script, audit, check-platform-reqs',
    otherwise: 'HIGH',
    risky: '-d --working-dir',
  }),
  dotnet: subcommands({
    MEDIUM: 'build, test, run, restore, clean, format, list, new, add, pack, watch, sln, tool list',
    HIGH: 'nuget push, nuget delete, publish, tool install',
    otherwise: 'MEDIUM',
  }),
  mix: subcommands({ HIGH: 'hex.publish, eval, run', otherwise: 'MEDIUM', also: graveTask }),
  vsce: subcommands({ MEDIUM: 'package, ls', otherwise: 'HIGH' }),
  nvm: subcommands({ MEDIUM: 'ls, list, current, use, which, install', otherwise: 'HIGH' }),
};
