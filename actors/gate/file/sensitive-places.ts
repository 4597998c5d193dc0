// Places by name: what holds secrets, what decides what runs later, and what belongs to the system. Compared folded, so that
// `.GIT`, `.git.` and `.g<zero width>it` are `.git`: some file systems take them for the same name.
import { isAscii, withoutEnd } from '../characters.ts';
import { isText, mayHoldSecrets, namesLogin, withoutCopyMark } from './login-names.ts';
import { componentsOf } from './resolve-path.ts';

const ZERO_WIDTH = /[\p{Cf}\p{Mn}]/gu;

const isSmall = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || (code >= 0x2d && code <= 0x39 && code !== 0x2f) || code === 0x5f;

/** Small letters, digits, `.`, `_` and `-`, no dot last: most names are as they are compared. */
function isFolded(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) if (!isSmall(name.charCodeAt(at))) return false;
  return name !== '' && name.charCodeAt(name.length - 1) !== 0x2e;
}

/** One path component as a file system that ignores case, width, trailing dots and the name of a stream would compare it. */
export function foldName(name: string): string {
  if (isFolded(name)) return name;
  const folded = (isAscii(name) ? name : name.normalize('NFKC').replace(ZERO_WIDTH, '')).toLowerCase();
  const trimmed = withoutEnd(folded.replace(/::\$[a-z_]+$/, ''), '. ');
  if (/^git~\d+$/.test(trimmed)) return '.git';
  return trimmed === '' ? folded : trimmed;
}

/** One expression, since nearly every name is none of these; each from the beginning, so that a name is looked at once. */
const SECRET_NAME = new RegExp(
  [
    /^\.env(rc)?($|[._~-])/,
    /^\.?(secrets?|credentials?|passwords?|passwd|token)(\.(ya?ml|json|toml|ini|txt|env|enc|cfg|conf|properties|xml|kdbx?|gpg|csv))?(\.enc)?$/,
    /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?($|\.(?!(pub|md)$))|^(deploy|host|ssh|private|signing|github|gitlab|jenkins|server|client|root|backup)[_-](rsa|dsa|ecdsa|ed25519)$/,
    /^(client[-_]secret|firebase[-_]adminsdk).*\.json$/,
    /^\.(npmrc|netrc|pypirc|pgpass|my\.cnf|git-credentials|htpasswd|dockercfg|vault[-_]?(token|pass(word)?)|s3cfg|boto|terraformrc|yarnrc\.yml)$/,
    /^(_netrc|htpasswd|wp-config\.php|kubeconfig|master\.key|admin\.token|wallet\.dat|cookies\.sqlite|key[34]\.db|logins\.json|login data|local\.settings\.json|pgpass\.conf|\.?rclone\.conf|\.authinfo|\.fetchmailrc|\.dev\.vars|utc--.*|login\.keyring|(mnemonic|(seed|recovery)[-_](phrase|codes?))(\.txt)?)$/,
    /^\.(bash|zsh|sh|python|node_repl|psql|mysql|sqlite|rediscli|irb)_?history$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
/** By an ending, or by the secret in it: `tls.pem`, `db_password.txt`, `gcp-key.json`, `api_token`. */
const NAMED_SECRET = new RegExp(
  [
    /\.(pem|key|p8|p12|pfx|pkcs12|jks|jceks|bks|keystore|kdbx?|ppk|asc|gpg|ovpn|tfvars|keytab|env|tfstate|tfstate\.backup|password|passwd|creds|token|agekey|psafe3|tblk|cscfg|pubxml)$/,
    /(^|[._-])(credentials|secrets)$/,
    /(^|[._-])(secrets?|credentials?|creds|passwords)(\.(?!example|sample|template|dist|schema|test|spec)[\w-]+)?\.(ya?ml|json|toml|ini|txt|cfg|conf|properties|xml|csv)$/,
    /service[-_]?account.*\.json$/,
    /(^|[._-])((db|database|root|admin|user|master|mysql|postgres|redis|smtp)[._-]?password)\.(ya?ml|json|toml|ini|txt|cfg|conf|properties|xml|csv)$/,
    /(^|[._-])((api|access|auth|private|secret|signing|encryption|gcp|aws|ssh|deploy|account|sa|ssl|tls|jwt|rsa|pgp|gpg|host|firebase|stripe)[._-]?keys?|(api|access|o?auth|refresh|id|session|bearer|bot|github|gitlab|npm|slack)[._-]?tokens?)(\.(ya?ml|json|toml|ini|txt|cfg|conf|properties|xml|csv))?$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
/** What few names hold, and all of those: cheaper to look for. */
const MAY_NAME_SECRET = /key|token|secret|cred|passw|account|\.(pem|p8|p12|pfx|pkcs12|j[kc]|bks|kdb|ppk|asc|gpg|ovpn|tf|env|psafe3|tblk|cscfg|pubxml)/;
const namesSecret = (name: string): boolean => MAY_NAME_SECRET.test(name) && NAMED_SECRET.test(name);

/** Templates of secrets: named like them, meant to be read. */
const SECRET_TEMPLATE = /^(\.env(rc)?([._-][\w-]+)*\.(example|sample|template|dist|defaults?)|(example|sample|template|default)\.env)$/;
const SECRET_FOLDERS = new Set([
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.kube',
  '.password-store',
  '.gcloud',
  '.terraform.d',
  '.secrets',
  '.troupe',
  '.composer',
  '.ngrok2',
  '.oci',
  '.cloudflared',
  '.huggingface',
  '.kaggle',
  '.aliyun',
  '.age',
  '.sops',
  '.jupyter',
  '.argocd',
  '.bluemix',
  '.pulumi',
  '.jfrog',
  '.purple',
]);
/** Ordinary in a project; in a home, where programs keep their logins. */
const LOGIN_FOLDERS = new Set([
  '.config',
  '.docker',
  '.mozilla',
  '.local',
  '.cache',
  '.thunderbird',
  '.electrum',
  '.bitcoin',
  '.ethereum',
  '.gradle',
  '.m2',
  '.nuget',
  '.gem',
  '.purple',
  '.claude',
  '.codex',
  '.gemini',
]);

/** Code about secrets, in a folder of that name, holds none. */
const SOURCE_FILE = /\.([cm]?[jt]sx?|py|go|rs|rb|java|kt|cs|php|swift|c|h|cpp|md|html|css|test|spec)$/;

const SETTINGS_FILE = /\.(json|ya?ml|toml|ini|properties|txt|enc|csv)$/;

function hasAny(folded: readonly string[], names: ReadonlySet<string>): boolean {
  for (const name of folded) if (names.has(name)) return true;
  return false;
}

function areSecret(folded: readonly string[]): boolean {
  if (hasAny(folded, SECRET_FOLDERS)) return true;
  const last = withoutCopyMark(folded[folded.length - 1] ?? '');
  const within = folded.findIndex((name) => name === 'secrets' || name === 'secret');
  if (within !== -1 && within < folded.length - 1 && !SOURCE_FILE.test(last)) return true;
  if (folded[folded.length - 2] === 'credentials' && SETTINGS_FILE.test(last)) return true;
  if (folded[folded.length - 2] === 'gcloud' && folded[folded.length - 3] === '.config') return true;
  return (SECRET_NAME.test(last) || namesSecret(last) || namesLogin(last, folded)) && !SECRET_TEMPLATE.test(last) && !isText(last, folded);
}

/** The same list where nothing in it is to be folded. */
function foldNames(components: readonly string[]): readonly string[] {
  for (const name of components) if (!isFolded(name)) return components.map(foldName);
  return components;
}

export const holdsSecrets = (components: readonly string[]): boolean => areSecret(foldNames(components));

/** Read by a tool that then runs what they say, unasked: shells, hooks, editors, continuous integration, agents. */
const RUNS_UNASKED_NAMES =
  /^(\.envrc|\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.cjs|\.gitmodules|\.gitattributes|\.gitconfig|\.bashrc|\.bash_(profile|login|logout|aliases)|\.profile|\.zshrc|\.zshenv|\.zprofile|\.inputrc|\.vimrc|\.exrc|\.nvimrc|\.emacs|\.tmux\.conf|\.screenrc|\.curlrc|\.wgetrc|\.pre-commit-config\.yaml|\.gitlab-ci\.yml|\.travis\.yml|\.drone\.yml|jenkinsfile|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|claude\.md|agents\.md|gemini\.md|\.mcp\.json|\.cursorrules|\.pypirc|\.pdbrc|sitecustomize\.py|usercustomize\.py|conftest\.py|\.lldbinit|\.gdbinit|crontab)$/;
const RUNS_UNASKED_FOLDERS = new Set([
  '.husky',
  '.githooks',
  '.github',
  '.gitlab',
  '.circleci',
  '.buildkite',
  '.vscode',
  '.idea',
  '.claude',
  '.cursor',
  '.gemini',
  '.codex',
  '.devcontainer',
  '.cargo',
  '.direnv',
  '.vim',
  '.bundle',
  '.mvn',
]);

function areObeyed(folded: readonly string[]): boolean {
  for (let at = folded.indexOf('.bin'); at !== -1; at = folded.indexOf('.bin', at + 1)) if (folded[at - 1] === 'node_modules') return true;
  return hasAny(folded, RUNS_UNASKED_FOLDERS) || RUNS_UNASKED_NAMES.test(folded[folded.length - 1] ?? '');
}

export const runsUnasked = (components: readonly string[]): boolean => areObeyed(foldNames(components));

/** Run when somebody builds, tests or starts the project. */
const BUILD_NAMES =
  /^(package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|pnpm-workspace\.yaml|(gnu)?makefile|justfile|rakefile|gemfile|dockerfile(\..*)?|(docker-)?compose(\..*)?\.ya?ml|procfile(\..*)?|vagrantfile|cmakelists\.txt|build\.(gradle|gradle\.kts|xml|rs|sbt|zig)|settings\.gradle(\.kts)?|gradlew|mvnw|pom\.xml|cargo\.toml|go\.mod|setup\.(py|cfg)|pyproject\.toml|tox\.ini|noxfile\.py|pytest\.ini|requirements.*\.txt|pipfile|tsconfig.*\.json|\.babelrc|\.eslintrc(\..*)?|\.mocharc(\..*)?|\.prettierrc(\..*)?)$/;
/** By themselves, since looking for an ending at each place of a name takes longer than all of the names. */
const BUILD_ENDINGS = /^.*\.(mk|dockerfile|tf|config\.(js|ts|cjs|mjs|cts|mts|json))$/;

const isBuildName = (folded: string): boolean => BUILD_NAMES.test(folded) || BUILD_ENDINGS.test(folded);

/** By the last component of a path. */
export function isBuildFile(path: string): boolean {
  return isBuildName(foldName(path.slice(path.lastIndexOf('/') + 1)));
}

/** What a place below a workspace is by its names, each of which is folded once. */
export function namedPlace(components: readonly string[]): 'git-metadata' | 'secret-template' | 'secret' | 'runs-unasked' | 'may-hold-secrets' | 'build-file' | undefined {
  const folded = foldNames(components);
  const last = folded[folded.length - 1] ?? '';
  if (folded.includes('.git')) return 'git-metadata';
  if (SECRET_TEMPLATE.test(last)) return 'secret-template';
  if (areSecret(folded)) return 'secret';
  if (areObeyed(folded)) return 'runs-unasked';
  if (mayHoldSecrets(last, folded[folded.length - 2])) return 'may-hold-secrets';
  return isBuildName(last) ? 'build-file' : undefined;
}

const SYSTEM_FOLDERS = new Set([
  'bin',
  'boot',
  'dev',
  'etc',
  'home',
  'lib',
  'lib32',
  'lib64',
  'media',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'sbin',
  'srv',
  'sys',
  'usr',
  'var',
  'users',
  'library',
  'system',
  'applications',
  'private',
  'volumes',
  'nix',
]);

/** Names of a path, folded. */
const namesIn = (absolute: string): readonly string[] => foldNames(componentsOf(absolute).filter((name) => name !== ''));

/** The root, a folder of the system, or somebody's home: losing it is losing the machine. */
export function isVital(absolute: string): boolean {
  const [first, second, deeper] = namesIn(absolute);
  if (first === undefined) return true;
  if (!SYSTEM_FOLDERS.has(first)) return false;
  if (second === undefined) return true;
  const inHomes = first === 'home' || first === 'users';
  const inSystem =
    (first === 'usr' || first === 'var' || first === 'etc') && /^(bin|lib|lib64|sbin|share|local|log|spool|cache|db|mail|www|ssh|pam\.d|ssl|systemd|init\.d)$/.test(second);
  return deeper === undefined && (inHomes || inSystem);
}

const DISK = /^\/dev\/(sd[a-z]|hd[a-z]|vd[a-z]|xvd[a-z]|nvme\d|mmcblk\d|disk|dm-\d|md\d|mapper\/|loop\d|ram\d|sr\d|rdisk|mem$|kmem$|port$|nbd\d|zd\d|ubi|mtd)/;
const HARMLESS_DEVICE = /^\/dev\/(null|full|std(in|out|err)|tty|fd\/[0-9])$/;

export const isDisk = (absolute: string): boolean => DISK.test(absolute.toLowerCase());
export const isHarmlessDevice = (absolute: string): boolean => HARMLESS_DEVICE.test(absolute);

/** Describe the machine to anybody, and nothing else. */
const MACHINE_FACTS =
  /^(\/proc\/(cpuinfo|meminfo|version|uptime|loadavg|stat|filesystems|partitions|diskstats|mounts|sys\/kernel\/(ostype|osrelease|hostname))|\/etc\/(os-release|lsb-release|debian_version|issue|hostname|timezone|shells|services|protocols)|\/usr\/lib\/os-release|\/dev\/u?random|\/dev\/zero)$/;
export const isMachineFact = (absolute: string): boolean => MACHINE_FACTS.test(absolute);

const GUARDED =
  /^\/(proc|sys|dev|boot|root)(\/|$)|^(\/private)?\/etc\/(g?shadow|sudoers|ssl\/private|ssh|security|pam\.d|krb5|kubernetes|rancher|docker|wireguard|openvpn|ipsec|ppp|letsencrypt|mysql\/debian\.cnf|master\.passwd)|^\/etc\/[^/]*(shadow|passwd-)|^(\/var)?\/run\/(secrets|docker\.sock|credentials)|^\/var\/(log\/(auth|secure|audit)|lib\/(kubelet|docker|mysql|postgresql|dpkg\/info)|spool\/cron|backups)|\/\.(bash|zsh|sh|python|node_repl|psql|mysql|sqlite)_?history$|\/(login\.keychain|keychains|cookies(\.sqlite)?|login data)(\/|$|-db$)/;

/** Outside every workspace, and nobody's business: credentials, processes, devices, histories. */
export function isGuarded(absolute: string): boolean {
  const folded = componentsOf(absolute).map((name) => (name === '' ? '' : foldName(name)));
  return GUARDED.test(folded.join('/')) || hasAny(folded, LOGIN_FOLDERS) || holdsSecrets(folded.filter((name) => name !== ''));
}
