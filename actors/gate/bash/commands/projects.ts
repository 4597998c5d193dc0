// Tools of projects: packages, builds, tests, linters. They run what the workspace says, so MEDIUM; what publishes, logs in or loads other code is HIGH.
import { finding } from '../../verdict.ts';
import { argAfter, textOf } from '../arg.ts';
import { type CommandTable, found, type Judge, looseFindings, without } from '../call.ts';
import { subcommands } from '../subcommands.ts';
import { isProtectedVariable } from '../variables.ts';
import { graveTask, isGrave } from './grave-targets.ts';
import { judgeNpx, npmVersions } from './javascript-packages.ts';

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

const judgePackages = subcommands({
  MEDIUM:
    'install, uninstall, list, show, freeze, check, download, wheel, search, index, inspect, hash, help, debug, cache, sync, compile, tree, pip install, pip list, add, remove, run, lock, venv, init, build, python, tool, tool run, self version, config list, config get, config debug, pip show, pip freeze, pip tree, pip check, pip compile',
  HIGH: 'config, publish, self update, auth',
  risky:
    '-i --index-url --extra-index-url --trusted-host --target -t --prefix --root --user --break-system-packages --find-links -f --proxy --cert --config-settings --global-option --install-option --python',
  otherwise: 'HIGH',
});

const judgePip: Judge = (given) => {
  // Of these, `-f` shows files.
  const call = /^(show|list|freeze)$/.test(textOf(given.args[0]) ?? '') ? without(given, /^(-f|--files|--user)$/) : given;
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
  const shows = /make$/.test(call.name) && texts.some((text) => /^(-n|--dry-run|--just-print|--recon)$/.test(text));
  const grave = !shows && texts.some((text) => isGrave(text) || /^(install|uninstall|apply)([-_:].*)?$/.test(text));
  if (grave) results.push(found(call, 'HIGH', 'bash-grave-target', `${call.name} is asked for something that leaves the workspace`));
  return results;
};

const compiler: Judge = (call) => {
  const bad = call.args.filter((arg) =>
    /^(-wrapper|-fplugin|-B|-specs|--specs|@|-Xlinker|-Wl,.*(-plugin|--dynamic-linker)|-load|-Xclang|-fuse-ld|-x$|(-C|--codegen=?)?linker=)/.test(arg.start),
  );
  return [
    found(call, 'MEDIUM', 'bash-command', `${call.name} compiles`),
    ...bad.map((arg) => finding('HIGH', 'bash-option-risky', `${call.name}: ${textOf(arg) ?? 'an option'} loads or runs code`, arg.span)),
    ...looseFindings(call.args, call),
    ...(call.args.some((arg) => !arg.exact) ? [found(call, 'HIGH', 'bash-value-unknown', `${call.name}: a word that is known only when it runs`)] : []),
  ];
};

/** Commands of cmake's own, for every platform. */
const judgeOwnCommand: Judge = (call) => {
  if (textOf(call.args[0]) !== '-E') return [];
  const [, first, ...rest] = call.args;
  const name = textOf(first) ?? '';
  if (
    /^(capabilities|cat|compare_files|copy|copy_directory|copy_if_different|echo|echo_append|environment|make_directory|(md5|sha\d+)sum|sleep|touch|touch_nocreate|true|false)$/.test(
      name,
    )
  )
    return [];
  const runs = /^(env|time|chdir)$/.test(name) ? call.scope.judge.command(rest.slice(name === 'chdir' ? 1 : 0), call.scope, call.span) : [];
  return [found(call, 'HIGH', 'bash-runs-text', `cmake -E ${name} removes files, or runs a command`), ...runs];
};

/** Publishes when its settings say so. */
const publishesBuild: Judge = (call) =>
  call.args.some((arg) => /^[-/]{1,2}(p|t|property|target):.*(publish|containerregistry|event|exec)/i.test(arg.start))
    ? [found(call, 'HIGH', 'bash-option-risky', `${call.name} is given settings that publish or run programs`)]
    : [];

/** `go run example.com/x@latest` */
const runsFetched: Judge = (call) =>
  textOf(call.args[0]) === 'run' && call.args.some((arg) => /^[\w-]+(\.[\w-]+)+\/\S*@/.test(arg.start))
    ? [found(call, 'HIGH', 'bash-fetches-and-runs', `${call.name} fetches a program, and runs it`)]
    : [];

/** Settings of the linker that leave names out, or set texts of the program. */
const PLAIN_LINKING = /^(-s|-w|-X ?'?[\w./-]+=[\w.:+/-]*'?)( (-s|-w|-X ?'?[\w./-]+=[\w.:+/-]*'?))*$/;

const withoutPlainLinking =
  (judge: Judge): Judge =>
  (call) => {
    const plain = (at: number): boolean => textOf(call.args[at]) === '-ldflags' && PLAIN_LINKING.test(textOf(call.args[at + 1]) ?? '');
    const glued = (at: number): boolean => PLAIN_LINKING.test(/^-ldflags=(.*)$/s.exec(textOf(call.args[at]) ?? '')?.[1] ?? '');
    return judge({ ...call, args: call.args.filter((_, at) => !plain(at) && !plain(at - 1) && !glued(at)) });
  };

const tools = (names: string, risky = ''): CommandTable => Object.fromEntries(names.split(' ').map((name) => [name, tool(risky)]));

/** Its labels begin with two slashes, and lie in the workspace. */
const judgeBazel = tool('--script_path --run_under --shell_executable --output_base --override_repository --init-script -I -P -C');

const judgeLabels: Judge = (call) => judgeBazel({ ...call, args: call.args.map((arg) => (arg.start.startsWith('//') ? argAfter(arg, 2) : arg)) });

const judgeMaven = subcommands({
  MEDIUM: 'clean, validate, compile, test, package, verify, install, site, dependency:tree',
  HIGH: 'deploy, release:perform, release:prepare',
  risky: '-s --settings -gs -Dexec.executable -Dmaven.ext.class.path',
  otherwise: 'MEDIUM',
  also: graveTask,
});
const judgeGradle = subcommands({
  HIGH: 'publish, uploadArchives, publishToMavenCentral',
  risky: '-I --init-script -c --settings-file -g',
  otherwise: 'MEDIUM',
  also: graveTask,
});

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
  rustdoc: tool('--test-runtool --test-builder'),
  javac: compiler,
  ld: compiler,
  cargo: subcommands({
    MEDIUM:
      'build, b, check, c, test, t, run, r, bench, clippy, fmt, doc, d, tree, metadata, update, clean, add, remove, fetch, vendor, new, init, search, info, audit, nextest, outdated, install, fix, expand, locate-project, pkgid, verify-project, generate-lockfile',
    HIGH: 'publish, yank, login, logout, owner, uninstall, package',
    risky: '--config --git --registry --index -Z',
    otherwise: 'MEDIUM',
    also: (call) => (call.args.some((arg) => /^(-C)?linker=|^-Clinker/.test(arg.start)) ? [found(call, 'HIGH', 'bash-option-risky', 'cargo is told which programs to run')] : []),
  }),
  rustup: subcommands({ MEDIUM: 'show, check, component list, target list, toolchain list, which, doc', otherwise: 'HIGH' }),
  go: withoutPlainLinking(
    subcommands({
      LOW: 'version',
      MEDIUM: 'build, test, vet, fmt, mod, list, env, run, get, install, generate, doc, clean, work, tool, fix',
      HIGH: 'env -w, env -u, telemetry, bug',
      risky: '-exec -toolexec -overlay -modfile -ldflags -gcflags -vettool -compiler -w',
      otherwise: 'HIGH',
      also: runsFetched,
    }),
  ),
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
    'ctest meson ant sbt dotnet msbuild nuget xcodebuild flutter dart mix rebar3 stack cabal zig nim crystal shards bundle rspec rubocop phpunit composer artisan phpstan symfony vendor/bin/phpunit golangci-lint staticcheck hadolint shellcheck shfmt yamllint markdownlint actionlint protoc buf sqlc tree-sitter clang-format clang-tidy cppcheck hugo jekyll javap jps',
    '--init-script',
  ),
  ...tools('pandoc latexmk pdflatex xelatex lualatex', '--filter --lua-filter -F -L -e -r --pdf-engine -shell-escape --shell-escape'),
  cmake: subcommands({ otherwise: 'MEDIUM', alone: 'MEDIUM', risky: '-P -C', also: (call) => [...graveTask(call), ...judgeOwnCommand(call)] }),
  ...Object.fromEntries(['bazel', 'bazelisk', 'buck', 'buck2', 'pants'].map((name) => [name, judgeLabels])),
  jupyter: subcommands({ MEDIUM: 'nbconvert, kernelspec list', otherwise: 'HIGH' }),
  mvn: judgeMaven,
  mvnw: judgeMaven,
  gradle: judgeGradle,
  gradlew: judgeGradle,
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
  gem: subcommands({
    MEDIUM: 'list, install, search, info, which, env, environment, outdated, contents, query, dependency, specification',
    otherwise: 'HIGH',
    risky: '--source -s --clear-sources',
  }),
  bundle: subcommands({
    MEDIUM: 'install, update, check, list, show, exec, outdated, info, lock, add',
    otherwise: 'HIGH',
    also: (call) => (textOf(call.args[0]) === 'exec' ? call.scope.judge.command(call.args.slice(1), call.scope, call.span).filter(({ level }) => level !== 'LOW') : []),
  }),
  composer: subcommands({
    MEDIUM:
      'install, update, require, remove, show, validate, outdated, dump-autoload, test, run, run-script, audit, check-platform-reqs, why, why-not, depends, prohibits, licenses, diagnose, about, status, search, info, fund, suggests, dumpautoload',
    otherwise: 'HIGH',
    risky: '-d --working-dir',
  }),
  dotnet: subcommands({
    MEDIUM: 'build, test, run, restore, clean, format, list, new, add, pack, watch, sln, tool list, publish',
    HIGH: 'nuget push, nuget delete, tool install, ef database drop',
    otherwise: 'MEDIUM',
    also: publishesBuild,
  }),
  mix: subcommands({ HIGH: 'hex.publish, eval, run', otherwise: 'MEDIUM', also: graveTask }),
  vsce: subcommands({ MEDIUM: 'package, ls', otherwise: 'HIGH' }),
  ...Object.fromEntries(
    ['pyenv', 'rbenv', 'nodenv', 'jenv', 'goenv', 'asdf', 'mise', 'fnm', 'volta'].map((name) => [
      name,
      subcommands({ MEDIUM: 'which, where, whence, version, versions, list, ls, ls-remote, current, root, install, use, local, plugin list, doctor', otherwise: 'HIGH' }),
    ]),
  ),
  nvm: subcommands({ MEDIUM: 'ls, list, current, use, which, install', otherwise: 'HIGH' }),
};
