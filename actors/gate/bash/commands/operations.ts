// Containers, clusters, clouds, databases, and the machine itself.
import type { Finding } from '../../../work/types.ts';
import { sqlFindings } from '../../sql/assess-query.ts';
import { finding } from '../../verdict.ts';
import { type Arg, textOf } from '../arg.ts';
import { type CommandTable, found, type Judge, looseFindings } from '../call.ts';
import { pathFindings } from '../path-use.ts';
import type { Judgement } from '../scope.ts';
import { subcommands } from '../subcommands.ts';
import { composeFirst, wipesNamespace } from './clusters.ts';

const high =
  (why: string): Judge =>
  (call) => [found(call, 'HIGH', 'bash-system', `${call.name} ${why}`)];

/** Where a command may begin among options, an image and its own words: at the first word that is no option, and at each that names one. */
function likelyStarts(words: readonly Arg[], judge: Judgement): number[] {
  const first = words.findIndex((arg) => !arg.start.startsWith('-'));
  return words.slice(0, 32).flatMap((arg, at) => (at === first || judge.knows(textOf(arg) ?? '') ? [at] : []));
}

/** What is run in there is judged as if it ran here: it cannot be milder. */
const runsInside =
  (subcommand: RegExp): Judge =>
  (call) => {
    const words = call.args.map((arg) => textOf(arg) ?? '');
    const at = words.findIndex((word) => subcommand.test(word));
    if (at === -1) return [];
    const rest = call.args.slice(at + 1);
    const separator = rest.findIndex((arg) => textOf(arg) === '--');
    const starts = separator === -1 ? likelyStarts(rest, call.scope.judge) : [separator + 1];
    return starts
      .flatMap((start) => call.scope.judge.command(rest.slice(start), call.scope, call.span))
      .filter(({ level, rule }) => level === 'CRITICAL' && rule !== 'bash-name-unknown');
  };

const DOCKER_MEDIUM =
  'ps, images, image ls, image list, container ls, container list, version, info, logs, inspect, top, stats, port, diff, history, search, pull, build, buildx build, buildx ls, image build, image inspect, image pull, container logs, container inspect, network ls, network inspect, volume ls, volume inspect, context ls, system df, system info, events, wait, tag, create, compose ps, compose logs, compose ls, compose config, compose build, compose pull, compose up, compose start, compose stop, compose restart, compose images, compose top, compose version, compose down, compose port, start, compose events';
const DOCKER_HIGH =
  'run, exec, rm, rmi, kill, stop, restart, push, login, logout, cp, commit, import, load, save, export, update, attach, rename, pause, system prune, image prune, container prune, volume prune, network prune, builder prune, volume rm, volume create, network rm, network create, image rm, container rm, container run, container exec, compose run, compose exec, compose rm, compose kill, compose push, compose cp, swarm, service, stack, secret, config, node, plugin, plugin install, context use, context create, trust, buildx prune, buildx rm, scan, prune';

const docker = composeFirst(
  subcommands({
    LOW: 'ps, images, image ls, container ls, version, compose ls, compose ps, network ls, volume ls, system df, info',
    MEDIUM: DOCKER_MEDIUM.split(', ')
      .filter((phrase) => !/^(ps|images|image ls|container ls|version|compose ls|compose ps|network ls|volume ls|system df|info)$/.test(phrase))
      .join(', '),
    HIGH: DOCKER_HIGH,
    risky:
      '-H --host --context --config --privileged --pid --ipc --uts --userns --cap-add --device --security-opt --volumes-from --network=host --net=host --pid=host -v --volumes --mount --rmi --output --secret --ssh --allow --build-context',
    otherwise: 'HIGH',
    also: runsInside(/^(run|exec)$/),
  }),
);

const SECRETS: Judge = (call) =>
  call.args
    .filter((arg) =>
      /^(secrets?|secrets?[/.,].*|.*[/,]secrets?|get-secret-value|get-password-data|get-login-password|(print|get)-access-token|print-identity-token|get-session-token|with-decryption|--with-decryption|--raw|access|list-keys|show-connection-string)$/.test(
        arg.start,
      ),
    )
    .map((arg) => finding('HIGH', 'bash-shows-secret', `${call.name} shows a secret`, arg.span));

const cloud: Judge = (call) => {
  if (call.args.length === 1 && textOf(call.args[0]) === '--version') return [found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)];
  const words = call.args.map((arg) => textOf(arg) ?? '').filter((word) => !word.startsWith('-'));
  const verbs = words.slice(0, 5);
  const looks = verbs.some((word) => /^(describe|list|get|show|ls|version|help|info|status|search|wait|diff|preview|validate|logs)(-.*)?$/.test(word));
  const acts = words.some(
    (word, at) =>
      (word !== 'configure' || words[at + 1] !== 'list') &&
      /^(((secret|token).*)|(delete|remove|rm|rb|mb|cp|mv|sync|put|create|update|terminate|stop|start|reboot|modify|attach|detach|deploy|set|add|invoke|run|apply|destroy|purge|reset|import|export|restore|disable|enable|ssh|exec|login|configure|promote|rollback|scale|publish|send|assume|execute|register|deregister|revoke|authorize|up|release|auth)(-.*)?)$/.test(
        word,
      ),
  );
  return [
    found(call, looks && !acts ? 'MEDIUM' : 'HIGH', 'bash-cloud', `${call.name} ${looks && !acts ? 'looks at' : 'acts on'} shared machines`),
    ...SECRETS(call),
    // Names of AWS that only look like paths.
    ...looseFindings(
      call.args.filter((arg) => !arg.start.startsWith('/aws/')),
      call,
    ),
  ];
};

interface Client {
  /** Options whose value is SQL. */
  readonly sql?: RegExp;
  readonly dialect: 'postgres' | 'sqlite';
  /** Statements of its own that only tell. */
  readonly shows?: RegExp;
}

function client({ sql, dialect, shows }: Client): Judge {
  return (call) => {
    const results: Finding[] = [found(call, 'MEDIUM', 'bash-database', `${call.name} talks to a database`)];
    const texts = sqlTexts(call.args, sql);
    const lists = call.args.length > 0 && call.args.every((arg) => /^(-l|--list|-V|--version)$/.test(textOf(arg) ?? ''));
    if (lists) return results;
    if (texts.length === 0) return [...results, found(call, 'HIGH', 'bash-runs-text', `${call.name} runs what it reads`)];
    for (const arg of texts) {
      const text = textOf(arg);
      if (text === undefined) results.push(finding('HIGH', 'bash-value-unknown', 'SQL that is known only when it runs', arg.span));
      else if (shows?.test(text) === true) continue;
      else if (/^\s*[\\.!]/.test(text) || text.includes('\\!') || text.includes('\\g')) results.push(...metaCommand(text, arg));
      else results.push(...sqlFindings(text, dialect, call.scope.grammars).map((each) => ({ ...each, span: arg.span })));
    }
    return results;
  };
}

function metaCommand(text: string, arg: Arg): Finding[] {
  const looks = /^\s*(\\(d[a-zA-Z+]*|l\+?|conninfo)|\.(tables|schema|databases|indexes|indices|dbinfo))(\s+[\w.]+)?\s*$/.test(text);
  return looks ? [] : [finding('HIGH', 'bash-runs-text', 'a command of the client, which may run programs or write files', arg.span)];
}

function sqlTexts(args: readonly Arg[], option: RegExp | undefined): Arg[] {
  if (option === undefined) return [];
  return args.flatMap((arg, at) => {
    const text = textOf(arg) ?? arg.start;
    const glued = /^--?[a-zA-Z]+=(.*)$/s.exec(text)?.[1];
    if (!option.test(text)) return [];
    if (glued !== undefined) return [{ ...arg, texts: [glued], start: glued }];
    if (/^-[a-z]./.test(text) && !text.startsWith('--')) return [{ ...arg, texts: [text.slice(2)], start: text.slice(2) }];
    return args[at + 1] === undefined ? [] : [args[at + 1] as Arg];
  });
}

const psql: Judge = (call) => {
  const risky = call.args.some((arg) => /^(-f|--file|-o|--output|-L|--log-file|-v|--set|--variable|-P)/.test(arg.start));
  return [...client({ sql: /^(-[a-zA-Z]*c|--command)/, dialect: 'postgres' })(call), ...(risky ? [found(call, 'HIGH', 'bash-runs-file', 'psql runs or writes a file')] : [])];
};
const SHOWS = /^\s*(show\s+(full\s+)?(tables|databases|schemas|columns|fields|index|indexes|processlist|status|variables|create\s+table)|describe|desc)\b[\w\s.`'%]*;?\s*$/i;
const mysql = client({ sql: /^(-e|--execute)/, dialect: 'sqlite', shows: SHOWS });

const judgeSqlite: Judge = (call) => {
  const operands = call.args.filter((arg) => !arg.start.startsWith('-'));
  const flags = call.args.filter((arg) => arg.start.startsWith('-'));
  const harmless = flags.every((arg) =>
    /^--?(readonly|header|noheader|csv|json|column|line|list|box|table|markdown|html|quote|batch|bail|separator|nullvalue|safe)$/.test(textOf(arg) ?? ''),
  );
  const [database, ...texts] = operands;
  const results: Finding[] = [found(call, 'MEDIUM', 'bash-database', 'sqlite3 opens a database')];
  if (!harmless) results.push(found(call, 'HIGH', 'bash-option-unlisted', 'sqlite3: an option that is not known to be harmless'));
  if (database !== undefined) results.push(...pathFindings(database, 'write', call.scope));
  if (texts.length === 0) return [...results, found(call, 'HIGH', 'bash-runs-text', 'sqlite3 runs what it reads')];
  return [
    ...results,
    ...client({ sql: /^-e$/, dialect: 'sqlite' })({ ...call, args: texts.flatMap((arg) => [{ ...arg, texts: ['-e'], start: '-e', exact: true, glob: false }, arg]) }),
  ];
};

const judgeRedis: Judge = (call) => {
  const words = call.args.map((arg) => textOf(arg) ?? '');
  const reads = words.some((word) =>
    /^(ping|get|mget|exists|keys|scan|type|ttl|pttl|llen|lrange|hget|hgetall|hlen|hkeys|scard|smembers|zrange|zcard|dbsize|info|strlen|time|--version)$/i.test(word),
  );
  const writes = words.some((word) =>
    /^(set|del|unlink|flushall|flushdb|config|eval|evalsha|script|debug|shutdown|slaveof|replicaof|module|save|bgsave|rename|migrate|restore|expire|lpush|rpush|hset|sadd|zadd|incr|decr|acl|client|cluster|--eval|--pipe|--rdb)$/i.test(
      word,
    ),
  );
  return [found(call, reads && !writes ? 'MEDIUM' : 'HIGH', 'bash-database', `${call.name} talks to a database`)];
};

const packages = (LOOKS: string): Judge => subcommands({ MEDIUM: LOOKS, otherwise: 'HIGH', alone: 'HIGH' });

const judgeSystemctl: Judge = subcommands({
  MEDIUM: 'status, is-active, is-enabled, is-failed, list-units, list-unit-files, list-timers, show, cat, list-dependencies',
  otherwise: 'HIGH',
  alone: 'MEDIUM',
  risky: '-H --host -M --machine',
});

const judgeCrontab: Judge = (call) => [
  found(call, textOf(call.args[0]) === '-l' && call.args.length === 1 ? 'MEDIUM' : 'HIGH', 'bash-system', 'crontab shows or changes what runs by itself'),
  ...(call.args.some((arg) => textOf(arg) === '-r') ? [found(call, 'HIGH', 'bash-system', 'crontab -r removes all of it')] : []),
];

const highs = (names: string, why: string): CommandTable => Object.fromEntries(names.split(' ').map((name) => [name, high(why)]));

export const OPERATIONS: CommandTable = {
  docker,
  podman: docker,
  nerdctl: docker,
  'docker-compose': subcommands({
    LOW: 'ps, ls, version',
    MEDIUM: 'logs, config, build, pull, up, start, stop, restart, images, top, port, down',
    otherwise: 'HIGH',
    risky: '-v --volumes --rmi -H --host --context',
  }),
  kubectl: subcommands({
    MEDIUM:
      'get, describe, logs, top, version, explain, api-resources, api-versions, cluster-info, config view, config current-context, config get-contexts, diff, rollout status, rollout history, auth can-i, events, wait, kustomize',
    HIGH: 'delete, apply, create, replace, patch, edit, exec, run, cp, drain, cordon, uncordon, scale, rollout restart, rollout undo, rollout, set, label, annotate, expose, port-forward, proxy, attach, debug, taint, certificate, config set, config use-context, config, auth, autoscale, plugin, cluster-info dump',
    risky: '--kubeconfig --token --as --raw --server -s --insecure-skip-tls-verify',
    otherwise: 'HIGH',
    also: (call) => [...SECRETS(call), ...runsInside(/^exec$/)(call), ...wipesNamespace(call)],
  }),
  oc: subcommands({ MEDIUM: 'get, describe, logs, status, version, whoami', otherwise: 'HIGH', also: SECRETS }),
  helm: subcommands({
    MEDIUM: 'list, ls, status, template, lint, show, search, history, get, version, dependency list, env',
    otherwise: 'HIGH',
    risky: '--post-renderer --kubeconfig',
  }),
  minikube: subcommands({ MEDIUM: 'status, version, profile list', otherwise: 'HIGH' }),
  kind: subcommands({ MEDIUM: 'get clusters, version', otherwise: 'HIGH' }),
  terraform: subcommands({
    MEDIUM: 'plan, validate, fmt, init, show, output, version, providers, graph, get, state list, state show, workspace list, workspace show',
    HIGH: 'apply, import, taint, untaint, state rm, state mv, state push, force-unlock, workspace delete, workspace select, login, console, refresh, test',
    CRITICAL: 'destroy, apply -destroy',
    risky: '-plugin-dir -destroy -auto-approve',
    otherwise: 'HIGH',
  }),
  tofu: subcommands({ MEDIUM: 'plan, validate, fmt, init, show, output, version', CRITICAL: 'destroy', otherwise: 'HIGH', risky: '-destroy' }),
  terragrunt: subcommands({ MEDIUM: 'plan, validate, version', otherwise: 'HIGH' }),
  pulumi: subcommands({ MEDIUM: 'preview, stack ls, version, about', otherwise: 'HIGH' }),
  ansible: high('changes many machines'),
  'ansible-playbook': high('changes many machines'),
  vault: high('reads or changes secrets'),
  gh: subcommands({
    MEDIUM:
      'pr list, pr view, pr status, pr checks, pr diff, pr checkout, issue list, issue view, issue status, run list, run view, run watch, repo view, repo list, release list, release view, workflow list, workflow view, status, search, auth status, label list, version, repo clone, gist list',
    otherwise: 'HIGH',
  }),
  glab: subcommands({ MEDIUM: 'mr list, mr view, issue list, issue view, ci list, ci status, ci view', otherwise: 'HIGH' }),
  ...Object.fromEntries(
    [
      'aws',
      'gcloud',
      'az',
      'doctl',
      'heroku',
      'flyctl',
      'fly',
      'vercel',
      'netlify',
      'firebase',
      'ibmcloud',
      'oci',
      'linode-cli',
      'eksctl',
      'supabase',
      'railway',
      'wrangler',
      'serverless',
      'sls',
      'sam',
      'cdk',
      'amplify',
      'eb',
      'cf',
      'render',
      'stripe',
      'twilio',
      'bq',
      'nomad',
      'consul',
      'argocd',
      'flux',
      'kops',
      'etcdctl',
      'copilot',
      'aliyun',
      'hcloud',
      'scw',
    ].map((name) => [name, cloud]),
  ),
  psql,
  mysql,
  mariadb: mysql,
  sqlite3: judgeSqlite,
  sqlite: judgeSqlite,
  duckdb: high('can read and write files'),
  'redis-cli': judgeRedis,
  valkey: judgeRedis,
  ...highs(
    'mongo mongosh cqlsh clickhouse-client influx sqlcmd sqlplus cockroach dropdb createdb dropuser createuser pg_restore mysqladmin pg_ctl initdb pg_resetwal mongorestore mongodump',
    'acts on a database',
  ),
  pg_dump: high('takes a whole database out'),
  pg_dumpall: high('takes all databases out'),
  mysqldump: high('takes a whole database out'),
  pg_isready: (call) => [found(call, 'MEDIUM', 'bash-database', 'asks whether a database is there')],
  apt: packages('list, show, search, policy, --version'),
  'apt-get': packages('--version'),
  'apt-cache': packages('show, search, policy, depends, rdepends, madison'),
  dpkg: (call) => [
    /^(-l|-L|-s|-S|--list|--listfiles|--status|--search|--version|--print-architecture)$/.test(textOf(call.args[0]) ?? '')
      ? found(call, 'MEDIUM', 'bash-system', 'looks at installed packages')
      : found(call, 'HIGH', 'bash-system', 'changes what is installed on the machine'),
  ],
  hwclock: (call) => [
    call.args.every((arg) => /^(-r|--show|--get|-v|--verbose|-u|--utc|-l|--localtime)$/.test(textOf(arg) ?? ''))
      ? found(call, 'MEDIUM', 'bash-system', 'tells the time of the hardware clock')
      : found(call, 'HIGH', 'bash-system', 'changes a clock of the machine'),
  ],
  rpm: (call) => [
    /^(-q[a-z]*|--query|--version)$/.test(textOf(call.args[0]) ?? '')
      ? found(call, 'MEDIUM', 'bash-system', 'looks at installed packages')
      : found(call, 'HIGH', 'bash-system', 'changes what is installed on the machine'),
  ],
  snap: packages('list, info, find, version'),
  flatpak: packages('list, info, search'),
  yum: packages('list, info, search'),
  dnf: packages('list, info, search'),
  brew: packages('list, info, search, --version, outdated, doctor, deps'),
  apk: packages('info, list, search'),
  ...highs(
    'pacman zypper emerge port choco winget scoop nix nix-env aptitude dpkg-reconfigure add-apt-repository update-alternatives alternatives ldconfig update-rc.d chkconfig',
    'changes what is installed on the machine',
  ),
  systemctl: judgeSystemctl,
  journalctl: (call) => [
    found(
      call,
      call.args.some((arg) => /^--(vacuum|rotate|flush|file|root|directory|setup|update)/.test(arg.start)) ? 'HIGH' : 'MEDIUM',
      'bash-system',
      'reads the records of the machine',
    ),
  ],
  dmesg: (call) => [
    found(
      call,
      call.args.some((arg) => /^(-[a-zA-Z]*[CcDEnH]|--(clear|read-clear|console))/.test(arg.start)) ? 'HIGH' : 'MEDIUM',
      'bash-system',
      'reads the records of the machine',
    ),
  ],
  crontab: judgeCrontab,
  loginctl: subcommands({ MEDIUM: 'list-sessions, list-users, show-session', otherwise: 'HIGH' }),
  ...highs(
    'service launchctl initctl rc-service supervisorctl pm2 forever modprobe insmod rmmod depmod kexec iptables ip6tables nft ufw firewall-cmd nmcli iw tc ethtool brctl localectl setenforce aa-disable aa-complain apparmor_parser auditctl swapctl init telinit reboot shutdown halt poweroff',
    'changes the machine or its services',
  ),
  ...Object.fromEntries(['shutdown', 'reboot', 'halt', 'poweroff'].map((name) => [name, high('ends the machine')])),
  ...highs(
    'useradd userdel usermod groupadd groupdel groupmod adduser deluser addgroup passwd chpasswd chsh chfn visudo vipw vigr gpasswd newgrp login sulogin chage faillock',
    'changes who may do what on the machine',
  ),
  ...highs(
    'gpg gpg2 gpgconf ssh-keygen ssh-agent ssh-add ssh-keyscan age sops pass op bw lpass keytool certbot security secret-tool keyctl kinit pwgen htpasswd',
    'works with keys and passwords',
  ),
  ...highs('defaults spctl csrutil networksetup scutil pmset dscl reg netsh powershell powershell.exe cmd cmd.exe wsl rabbitmqctl', 'changes the machine or its services'),
  ...highs('xdg-open open wall write mesg xclip xsel pbcopy pbpaste osascript notify-send say import scrot screencapture xdotool', 'acts on the desktop or on other people'),
  ...highs('claude codex gemini aider ollama llm opencode goose troupe', 'starts an agent, or acts as one'),
  ...highs('act jenkins circleci fastlane eas expo', 'runs what is meant for other machines'),
  ...highs('semantic-release release-it standard-version np goreleaser gist', 'publishes'),
  changeset: subcommands({ MEDIUM: 'status, add, version, init', otherwise: 'HIGH', alone: 'MEDIUM' }),
  packer: subcommands({ MEDIUM: 'validate, fmt, inspect, version', otherwise: 'HIGH' }),
  vagrant: subcommands({ MEDIUM: 'status, global-status, version, ssh-config, box list', otherwise: 'HIGH' }),
  ...highs('crash dumpcap perf bpftrace dtrace sysdig gcore ptrace inotifywait incrontab logrotate fuser renice', 'acts on other processes'),
  logger: high('writes the records of the machine'),
  sync: (call) => [found(call, 'MEDIUM', 'bash-system', 'waits for disks')],
  reset: (call) => [found(call, 'MEDIUM', 'bash-system', 'sets the terminal back')],
  clear: (call) => [found(call, call.args.length === 0 ? 'LOW' : 'MEDIUM', 'bash-prints', 'clears the terminal')],
  tput: (call) => [found(call, 'MEDIUM', 'bash-system', 'controls the terminal')],
  stty: (call) => [found(call, call.args.length === 0 || textOf(call.args[0]) === 'size' ? 'LOW' : 'MEDIUM', 'bash-system', 'controls the terminal')],
};
