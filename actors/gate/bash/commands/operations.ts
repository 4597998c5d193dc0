// Containers, clusters, clouds, and the machine itself.
import { finding } from '../../verdict.ts';
import { type Arg, textOf } from '../arg.ts';
import { type Call, type CommandTable, found, type Judge, looseFindings, without } from '../call.ts';
import { readWords } from '../option-grammar.ts';
import type { Judgement } from '../scope.ts';
import { type SubcommandTable, subcommands } from '../subcommands.ts';
import { composeFirst, rehearsing, wipesNamespace } from './clusters.ts';
import { high, highs } from './high.ts';

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
  'ps, images, image ls, image list, container ls, container list, version, info, logs, inspect, top, stats, port, diff, history, search, pull, build, buildx build, buildx ls, image build, image inspect, image pull, container logs, container inspect, network ls, network inspect, volume ls, volume inspect, context ls, system df, system info, manifest inspect, events, wait, tag, create, plugin ls, service ls, service ps, service logs, stack ls, stack ps, node ls, secret ls, config ls, context show, context inspect, builder du, buildx du, buildx inspect, container top, container port, container stats, compose ps, compose logs, compose ls, compose config, compose build, compose pull, compose up, compose start, compose stop, compose restart, compose images, compose top, compose version, compose down, compose port, start, compose events';
const DOCKER_HIGH =
  'run, exec, rm, rmi, kill, stop, restart, push, login, logout, cp, commit, import, load, save, export, update, attach, rename, pause, system prune, image prune, container prune, volume prune, network prune, builder prune, volume rm, volume create, network rm, network create, image rm, container rm, container run, container exec, compose run, compose exec, compose rm, compose kill, compose push, compose cp, swarm, service, stack, secret, config, node, plugin, plugin install, context use, context create, trust, buildx prune, buildx rm, scan, prune';

/** A build from an address runs what lies there. */
const foreignContext: Judge = (call) =>
  call.args.some((arg) => textOf(arg) === 'build') && call.args.some((arg) => /^(https?:|git@|git:|ssh:|github\.com\/)/.test(arg.start))
    ? [found(call, 'HIGH', 'bash-fetches-and-runs', `${call.name} builds what it fetches`)]
    : [];

/** There, `-v` asks for more words, and is no volume. */
const dockerUses: Judge = (call) => docker(/^system df( |$)/.test(call.args.map((arg) => textOf(arg) ?? '').join(' ')) ? without(call, /^(-v|--verbose)$/) : call);

const docker = composeFirst(
  subcommands({
    LOW: 'ps, images, image ls, container ls, version, compose ls, compose ps, network ls, volume ls, system df, info',
    MEDIUM: DOCKER_MEDIUM.split(', ')
      .filter((phrase) => !/^(ps|images|image ls|container ls|version|compose ls|compose ps|network ls|volume ls|system df|info)$/.test(phrase))
      .join(', '),
    HIGH: DOCKER_HIGH,
    risky:
      '-H --host --context --config --privileged --pid --ipc --uts --userns --cap-add --device --security-opt --volumes-from --network=host --net=host --pid=host -v --volumes --mount --rmi --output --secret --ssh --allow --build-context --push',
    spelt: true,
    otherwise: 'HIGH',
    also: (call) => [...runsInside(/^(run|exec)$/)(call), ...foreignContext(call)],
  }),
);

const SECRETS: Judge = (call) =>
  call.args
    .filter((arg) =>
      /^(secrets?|secrets?[/.,].*|.*[/,]secrets?|get-secret-value|get-password-data|get-login-password|(print|get)-access-token|print-identity-token|get-session-token|get-credentials|with-decryption|--with-decryption|--raw|access|list-keys|show-connection-string)$/.test(
        arg.start,
      ),
    )
    .map((arg) => finding('HIGH', 'bash-shows-secret', `${call.name} shows a secret`, arg.span));

/** Read, or make files of the project, under names that say otherwise elsewhere. */
const LOOKS_AT_CLOUD =
  /^(gcloud logging read|cdk synth|sam build|(serverless|sls) package|vercel build|firebase projects:list|netlify (sites|env):list|wrangler tail)\b|^heroku (apps|ps|releases|addons|domains)$/;

const cloud: Judge = (call) => {
  if (call.args.length === 1 && textOf(call.args[0]) === '--version') return [found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)];
  const words = call.args.map((arg) => textOf(arg) ?? '').filter((word) => !word.startsWith('-'));
  const verbs = words.slice(0, 5);
  const phrase = `${call.name} ${words.slice(0, 2).join(' ')}`;
  const looks =
    LOOKS_AT_CLOUD.test(phrase) ||
    verbs.some((word) =>
      /^(describe|list|get|head|show|ls|version|help|info|status|search|wait|diff|preview|validate|logs|members|inspect|whoami|history|events)(-.*)?$/.test(word),
    );
  const acts = words.some(
    (word, at) =>
      !(/^(configure|auth)$/.test(word) && words[at + 1] === 'list') &&
      !(at === 0 && /^gcloud run (services|jobs|revisions|regions|domain-mappings)$/.test(phrase)) &&
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

/** `api` with GET, or with a query: nothing is given to the other side. */
function onlyGets(call: Call): boolean {
  const { operands, options, unlisted, dangerous } = readWords(
    call.args.slice(1),
    'X: method: q: jq: t: template: p: preview: cache: paginate slurp i include silent verbose H:! header:! f: raw-field: F: field: input:!',
  );
  const named = (names: string): string[] => options.flatMap(({ option, value }) => (names.split(' ').includes(option.name) ? [textOf(value) ?? '@'] : []));
  const fields = named('f raw-field F field');
  const target = textOf(operands[0]) ?? '';
  if (unlisted.length > 0 || dangerous.length > 0 || options.some(({ option }) => option.level !== undefined)) return false;
  if (operands.length !== 1 || /secrets|token|\.\./.test(target) || target.includes('://') || fields.some((field) => /=@|^@/.test(field))) return false;
  if (target === 'graphql') return fields.every((field) => !/^query=/.test(field) || !/\b(mutation|subscription)\b/.test(field));
  const methods = named('X method');
  return methods.length === 0 ? fields.length === 0 : methods.every((method) => /^(GET|HEAD)$/i.test(method));
}

const asksHub = (table: SubcommandTable): Judge => {
  const judge = subcommands(table);
  return (call) => (textOf(call.args[0]) === 'api' && onlyGets(call) ? [found(call, 'MEDIUM', 'bash-network', `${call.name} reads from a shared repository`)] : judge(call));
};

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

export const OPERATIONS: CommandTable = {
  docker: dockerUses,
  podman: dockerUses,
  nerdctl: dockerUses,
  'docker-compose': subcommands({
    LOW: 'ps, ls, version',
    MEDIUM: 'logs, config, build, pull, up, start, stop, restart, images, top, port, down',
    otherwise: 'HIGH',
    risky: '-v --volumes --rmi -H --host --context --push',
    spelt: true,
  }),
  kubectl: rehearsing(
    subcommands({
      MEDIUM:
        'get, describe, logs, top, version, explain, api-resources, api-versions, cluster-info, config view, config current-context, config get-contexts, diff, rollout status, rollout history, auth can-i, auth whoami, config get-clusters, config get-users, plugin list, options, completion, events, wait, kustomize',
      HIGH: 'delete, apply, create, replace, patch, edit, exec, run, cp, drain, cordon, uncordon, scale, rollout restart, rollout undo, rollout, set, label, annotate, expose, port-forward, proxy, attach, debug, taint, certificate, config set, config use-context, config, auth, autoscale, plugin, cluster-info dump',
      risky: '--kubeconfig --token --as --raw --server -s --insecure-skip-tls-verify',
      spelt: true,
      otherwise: 'HIGH',
      also: (call) => [...SECRETS(call), ...runsInside(/^exec$/)(call), ...wipesNamespace(call)],
    }),
    /^--dry-run=(client|server)$/,
  ),
  oc: subcommands({ MEDIUM: 'get, describe, logs, status, version, whoami', otherwise: 'HIGH', also: SECRETS }),
  helm: rehearsing(
    subcommands({
      MEDIUM:
        'list, ls, status, template, lint, show, search, history, get, version, dependency list, dep list, dependency update, dependency build, dep update, dep build, repo list, repo update, package, pull, plugin list, diff, env',
      otherwise: 'HIGH',
      risky: '--post-renderer --kubeconfig',
    }),
    /^--dry-run(=(client|server))?$/,
  ),
  minikube: subcommands({ MEDIUM: 'status, version, profile list, ip, addons list, service list, logs', otherwise: 'HIGH' }),
  kind: subcommands({ MEDIUM: 'get clusters, get nodes, version', otherwise: 'HIGH' }),
  terraform: subcommands({
    MEDIUM: 'plan, validate, fmt, init, show, output, version, providers, graph, get, state list, state show, workspace list, workspace show',
    HIGH: 'apply, import, taint, untaint, state rm, state mv, state push, force-unlock, workspace delete, workspace select, login, console, refresh, test',
    CRITICAL: 'destroy, apply -destroy',
    risky: '-plugin-dir -destroy -auto-approve',
    otherwise: 'HIGH',
  }),
  tofu: subcommands({ MEDIUM: 'plan, validate, fmt, init, show, output, version', CRITICAL: 'destroy', otherwise: 'HIGH', risky: '-destroy' }),
  terragrunt: subcommands({ MEDIUM: 'plan, validate, version', otherwise: 'HIGH' }),
  pulumi: subcommands({ MEDIUM: 'preview, stack ls, stack history, history, whoami, plugin ls, version, about', otherwise: 'HIGH' }),
  ansible: high('changes many machines'),
  'ansible-playbook': (call) =>
    call.args.some((arg) => /^--(syntax-check|list-(hosts|tasks|tags))$/.test(textOf(arg) ?? ''))
      ? [found(call, 'MEDIUM', 'bash-reads', 'reads what would be done'), ...looseFindings(call.args, call)]
      : [found(call, 'HIGH', 'bash-system', 'changes many machines')],
  vault: subcommands({ MEDIUM: 'status, version, secrets list, auth list, policy list', otherwise: 'HIGH' }),
  gh: asksHub({
    MEDIUM:
      'pr list, pr view, pr status, pr checks, pr diff, pr checkout, issue list, issue view, issue status, run list, run view, run watch, repo view, repo list, release list, release view, workflow list, workflow view, status, search, auth status, label list, version, repo clone, gist list, gist view, variable list, secret list, alias list, extension list, ruleset list, cache list, project list, org list, codespace list, run download, release download, config get, config list',
    otherwise: 'HIGH',
  }),
  glab: asksHub({
    MEDIUM:
      'mr list, mr view, mr diff, issue list, issue view, ci list, ci status, ci view, ci trace, pipeline list, pipeline status, pipeline view, release list, release view, repo view, label list, auth status',
    otherwise: 'HIGH',
  }),
  ...Object.fromEntries(
    [
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
  aws: rehearsing(cloud, /^--dry-?run$/),
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
    'initctl rc-service forever modprobe insmod rmmod depmod kexec iw tc brctl setenforce aa-disable aa-complain apparmor_parser auditctl swapctl init telinit reboot shutdown halt poweroff',
    'changes the machine or its services',
  ),
  ...Object.fromEntries(['shutdown', 'reboot', 'halt', 'poweroff'].map((name) => [name, high('ends the machine')])),
  ...highs(
    'useradd userdel usermod groupadd groupdel groupmod adduser deluser addgroup passwd chpasswd chsh chfn vipw vigr gpasswd newgrp login sulogin chage faillock',
    'changes who may do what on the machine',
  ),
  ...highs('efibootmgr grub-install grub-mkconfig update-grub dbus-send gdbus busctl', 'changes the machine or its services'),
  ...highs('kill-port fkill fkill-cli skill snice', 'ends processes'),
  direnv: subcommands({ MEDIUM: 'status, version', otherwise: 'HIGH' }),
  ...highs('defaults spctl csrutil networksetup scutil pmset dscl reg netsh powershell powershell.exe cmd cmd.exe wsl', 'changes the machine or its services'),
  ...highs('xdg-open open wall write mesg xclip xsel pbcopy pbpaste osascript notify-send say import scrot screencapture xdotool', 'acts on the desktop or on other people'),
  ...highs('claude codex gemini aider ollama llm opencode goose troupe', 'starts an agent, or acts as one'),
  ...Object.fromEntries(['skaffold', 'tilt', 'devspace'].map((name) => [name, subcommands({ MEDIUM: 'version, diagnose, render, list', otherwise: 'HIGH' })])),
  ...highs('act jenkins fastlane eas expo', 'runs what is meant for other machines'),
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
