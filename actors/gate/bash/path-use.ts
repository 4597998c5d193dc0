// What a command does to the paths among its words.
import type { Finding, RiskLevel } from '../../work/types.ts';
import type { PathUse } from '../file/path-risk.ts';
import { componentsOf, HOME, resolvePath } from '../file/resolve-path.ts';
import { holdsSecrets } from '../file/sensitive-places.ts';
import { remembered } from '../remembered.ts';
import { finding } from '../verdict.ts';
import type { Arg } from './arg.ts';
import { matchesPattern, readPattern } from './file-pattern.ts';
import type { Scope } from './scope.ts';

const UNKNOWN_LEVEL: Readonly<Record<PathUse, RiskLevel>> = { names: 'MEDIUM', read: 'MEDIUM', write: 'HIGH', delete: 'HIGH', run: 'HIGH' };

const VERBS: Readonly<Record<PathUse, string>> = { names: 'looks at', read: 'reads', write: 'writes', delete: 'removes', run: 'runs' };

/** Names of secrets, to try a pattern on. */
const SECRETS = [
  '.env',
  '.env.local',
  '.npmrc',
  '.netrc',
  'id_rsa',
  'id_ed25519',
  'server.pem',
  'server.key',
  'credentials',
  'credentials.json',
  'secrets.yml',
  'secrets.yaml',
  'secrets.json',
  'secret.txt',
  'prod.tfvars',
  'terraform.tfstate',
  '.git',
  '.ssh',
  '.aws',
];

/** Whether one component of a pattern can match a secret's name, whether or not the shell lets it match a leading dot. */
const canMatchSecret = remembered((component): boolean => {
  if (!/[*?[]/.test(component)) return holdsSecrets([component]);
  const pattern = readPattern(component);
  if (pattern === undefined) return true;
  return SECRETS.some((name) => matchesPattern(pattern, name)) || holdsSecrets([pattern.replace(/[*?]/g, 'x')]);
});

/** A pattern of hidden names that fits one of these is meant for them. */
const asksForSecret = (components: readonly string[]): boolean => components.some((each) => /^\.[^*?[]/.test(each) && canMatchSecret(each));

/** Files whose names say that they hold secrets, and nothing else. */
const KEPT_SECRET = SECRETS.filter((name) => /^(\.(env.*|npmrc|netrc)|id_.*|server\.(pem|key))$/.test(name));

/** What narrows a search down to secrets, or lets them in: `--include='.env*'`. */
export function namesSecretFiles(pattern: string): boolean {
  const name = pattern.slice(pattern.lastIndexOf('/') + 1);
  const read = readPattern(name);
  return holdsSecrets([name]) || read === undefined || KEPT_SECRET.some((each) => matchesPattern(read, each));
}

/** Places that are nobody's business, to try a whole pattern on. */
const GUARDED = [
  '/etc/shadow',
  '/etc/gshadow',
  '/etc/sudoers',
  '/etc/passwd',
  '/proc/self/environ',
  '/proc/1/environ',
  ...[
    '.ssh/id_rsa',
    '.ssh/id_ed25519',
    '.ssh/authorized_keys',
    '.ssh/config',
    '.aws/credentials',
    '.netrc',
    '.kube/config',
    '.bash_history',
    '.npmrc',
    '.gnupg/x',
    '.docker/config.json',
  ].flatMap((name) => [`${HOME}/${name}`, `/home/x/${name}`]),
].map((path) => path.split('/'));

function fitsAll(patterns: readonly (string | undefined)[], names: readonly string[]): boolean {
  for (let at = 0; at < names.length; at += 1) {
    const pattern = patterns[at];
    if (pattern !== undefined && !matchesPattern(pattern, names[at] ?? '')) return false;
  }
  return names.length === patterns.length;
}

const matchesGuarded = remembered((absolute): boolean => {
  const patterns = componentsOf(absolute).map(readPattern);
  return GUARDED.some((names) => names.length === patterns.length && fitsAll(patterns, names));
});

function firstPattern(components: readonly string[]): number {
  return components.findIndex((component) => /[*?[]/.test(component));
}

/** The folder that a pattern looks in. */
function topOf(text: string, components: readonly string[], at: number): string {
  const base = components.slice(0, at).join('/');
  return text.startsWith('/') && base === '' ? '/' : base === '' ? '.' : base;
}

function folderFindings(arg: Arg, text: string, use: PathUse, scope: Scope, folder: string): Finding[] {
  const components = componentsOf(text);
  const at = firstPattern(components);
  const { level, kind, why } = scope.places.risk(folder, topOf(text, components, at === -1 ? components.length : at), use);
  return level === 'LOW' ? [] : [finding(level, `bash-${use}-${kind}`, `${VERBS[use]} ${text}: ${why}`, arg.span)];
}

function globFindings(arg: Arg, text: string, use: PathUse, scope: Scope, folder: string): Finding[] {
  const components = componentsOf(text);
  const at = firstPattern(components);
  const top = topOf(text, components, at);
  const found: Finding[] = [];
  const { level, kind, why } = use === 'read' ? scope.places.linksRisk(folder, top, components.length - at) : scope.places.risk(folder, top, use);
  if (level !== 'LOW') found.push(finding(level, `bash-${use}-${kind}`, `${VERBS[use]} ${text}: ${why}`, arg.span));
  if (components.slice(at).includes('..')) found.push(finding(UNKNOWN_LEVEL[use], 'bash-path-pattern', `the pattern ${text} leads back out`, arg.span));
  if (components.slice(at).some((each) => /^\.[*?[]/.test(each)))
    found.push(finding(UNKNOWN_LEVEL[use], 'bash-path-pattern', `the pattern ${text} matches hidden files`, arg.span));
  if (use === 'read' && components.slice(at).some(canMatchSecret))
    found.push(finding(asksForSecret(components.slice(at)) ? 'HIGH' : 'MEDIUM', 'bash-path-pattern', `the pattern ${text} can match a file that holds secrets`, arg.span));
  if (use !== 'names' && matchesGuarded(resolvePath(folder, text)))
    found.push(finding('HIGH', 'bash-path-pattern', `the pattern ${text} matches what is nobody's business`, arg.span));
  if (use === 'delete' || use === 'write') found.push(finding('HIGH', 'bash-path-pattern', `${VERBS[use]} whatever ${text} matches`, arg.span));
  if (use === 'run') found.push(finding('HIGH', 'bash-path-pattern', `runs whatever ${text} matches`, arg.span));
  return found;
}

function addText(found: Finding[], arg: Arg, text: string, use: PathUse, scope: Scope, folder: string, whole: boolean): void {
  if (arg.glob && /[*?[]/.test(text)) {
    found.push(...globFindings(arg, text, use, scope, folder));
    return;
  }
  const { level, kind, why } = whole ? scope.places.treeRisk(folder, text) : scope.places.risk(folder, text, use);
  if (level !== 'LOW') found.push(finding(level, `bash-${use}-${kind}`, `${VERBS[use]} ${text}: ${why}`, arg.span));
}

/** A pattern is compared with many names. */
const PATTERN_COST = 5;

/** Whether there is room for all that it may be; what there is no room for is not judged one by one. */
function spends({ texts, glob }: Arg, { folders, budget }: Scope): boolean {
  budget.places -= texts.length * (folders?.length ?? 1) * (glob ? PATTERN_COST : 1);
  return budget.places >= 0;
}

function note(arg: Arg, paths: string[], { folders, places }: Scope): void {
  for (const folder of folders ?? [places.workspace]) for (const text of arg.texts) paths.push(resolvePath(folder, text));
}

/** The folder that the shell is in, was in, or keeps on its list. */
const FROM_SHELL = /^~([-+]\d*|\d+)(\/|$)/;

const isRelative = (text: string): boolean => !text.startsWith('/') && !text.startsWith('~');

/** What is said in so many words is judged all the same: a long text hides nothing that is worse than itself. */
function crowdedFindings(arg: Arg, use: PathUse, scope: Scope, whole: boolean): Finding[] {
  const found = [finding('HIGH', 'bash-too-long', 'may mean more places than are judged', arg.span)];
  const { folders = [scope.places.workspace] } = scope;
  const [folder] = folders;
  const [text] = arg.texts;
  if (folder === undefined || text === undefined || folders.length > 1 || arg.texts.length > 1 || !arg.exact) return found;
  if (arg.glob) found.push(...folderFindings(arg, text, use, scope, folder));
  else addText(found, arg, text, use, scope, folder, whole);
  return found;
}

function isFromShell(texts: readonly string[]): boolean {
  for (const text of texts) if (text.startsWith('~') && FROM_SHELL.test(text)) return true;
  return false;
}

function addTexts(found: Finding[], arg: Arg, use: PathUse, scope: Scope, folder: string, whole: boolean): void {
  // `~+` is the folder itself.
  for (const text of arg.texts) addText(found, arg, text.startsWith('~+') ? `.${text.slice(2)}` : text, use, scope, folder, whole);
}

/** Adds nothing when every place it may be is harmless. `whole`: with everything below it. */
export function addPath(found: Finding[], arg: Arg, use: PathUse, scope: Scope, whole = false): void {
  if (!spends(arg, scope)) {
    found.push(...crowdedFindings(arg, use, scope, whole));
    return;
  }
  if (use === 'write') note(arg, scope.touched.written, scope);
  else if (use === 'run') note(arg, scope.touched.run, scope);
  if (!arg.exact || isFromShell(arg.texts)) found.push(finding(UNKNOWN_LEVEL[use], 'bash-path-unknown', `${VERBS[use]} a path that is known only when it runs`, arg.span));
  const { folders, places } = scope;
  if (folders !== undefined) for (const folder of folders) addTexts(found, arg, use, scope, folder, whole);
  else {
    if (arg.texts.some(isRelative)) found.push(finding(UNKNOWN_LEVEL[use], 'bash-folder-unknown', `${VERBS[use]} a path in a folder that is known only when it runs`, arg.span));
    addTexts(found, arg, use, scope, places.workspace, whole);
  }
}

export function pathFindings(arg: Arg, use: PathUse, scope: Scope, whole = false): Finding[] {
  const found: Finding[] = [];
  addPath(found, arg, use, scope, whole);
  return found;
}
