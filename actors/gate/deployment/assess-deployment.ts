// DEPLOYMENT: which environment, which version, how at once. An environment that is not known to be another is production.
import type { DeployPayload, Finding, RiskLevel, Surroundings } from '../../work/types.ts';
import { assessBash } from '../bash/assess-bash.ts';
import { hiddenCharacter } from '../characters.ts';
import { pathTextFindings } from '../file/assess-file.ts';
import type { Places } from '../file/places.ts';
import { componentsWithin, resolvePath } from '../file/resolve-path.ts';
import type { EnvironmentKind } from '../finding-names.ts';
import type { Grammars } from '../grammars.ts';
import { finding } from '../verdict.ts';

const ENVIRONMENTS: Readonly<Record<Exclude<EnvironmentKind, 'unknown'>, readonly string[]>> = {
  development: ['dev', 'development', 'local', 'sandbox', 'test', 'testing', 'ci', 'preview', 'review', 'ephemeral', 'feature'],
  staging: ['staging', 'stage', 'stg', 'qa', 'uat', 'preprod', 'pre-prod', 'pre-production', 'preproduction', 'integration', 'demo', 'acceptance'],
  production: ['production', 'prod', 'prd', 'live', 'main', 'master', 'release', 'public', 'customer'],
};

const KNOWN_ENVIRONMENTS = Object.keys(ENVIRONMENTS) as ReadonlyArray<keyof typeof ENVIRONMENTS>;

const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$|^sha(256|512):[0-9a-f]{64,128}$/;
const PINNED = /^v?\d+\.\d+\.\d+(\+[0-9A-Za-z.-]+)?$|^sha(256|512):[0-9a-f]{64,128}$|^[0-9a-f]{40}$/;
/** Names one build, if of no release: a version before its release, a commit, a day's build, a plan by its id. */
const ONE_BUILD = new RegExp(
  [
    /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?$/,
    /^([a-z0-9][a-z0-9-]*-)?[0-9a-f]{6,40}$/,
    /^([a-z]{1,20}[-_.])?20\d{6}([-_.]\d+)*$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
const FLOATING = /^(latest|main|master|head|develop|dev|trunk|stable|nightly|edge|next|canary|current|snapshot|any|x)$|[*^~]|(^|[.-])(snapshot|x)$/i;
const STRATEGIES = new Set(['rolling', 'blue_green', 'blue-green', 'canary', 'all_at_once', 'all-at-once', 'recreate']);
const AT_ONCE = new Set(['all_at_once', 'all-at-once', 'recreate']);

function environmentKind(environment: string): EnvironmentKind {
  const folded = environment.normalize('NFKC').trim().toLowerCase().replaceAll('_', '-');
  return KNOWN_ENVIRONMENTS.find((kind) => ENVIRONMENTS[kind].includes(folded)) ?? 'unknown';
}

/** The strictest first: what production makes CRITICAL is still HIGH, or MEDIUM, elsewhere. */
function versionFinding(version: string, kind: EnvironmentKind, production: boolean): Finding {
  if (!VERSION.test(version)) return finding('HIGH', 'deploy-version-odd', 'the version is spelt like no version');
  if (FLOATING.test(version)) return finding(production ? 'CRITICAL' : 'HIGH', 'deploy-version-floating', `'${version}' may be another version tomorrow`);
  if (production && !PINNED.test(version)) return finding('CRITICAL', 'deploy-version-unpinned', `'${version}' is no released version`);
  if (kind !== 'development' && !PINNED.test(version) && !ONE_BUILD.test(version))
    return finding('HIGH', 'deploy-version-unpinned', `'${version}' is spelt like no version of a release`);
  return finding('MEDIUM', 'deploy-version', `deploys ${version}`);
}

const FIELDS = new Set(['environment', 'version', 'strategy', 'source', 'target', 'verify', 'rollbackTo']);
/** Say how much or which of several, and change nothing of what a deployment is. */
const QUIET_FIELDS = new Set(['service', 'app', 'component', 'region', 'zone', 'replicas', 'instances', 'commit', 'percent', 'description', 'reason', 'ticket']);
/** Nothing of it is in a version, a folder or a region; all of it is in commands. */
const SHELL_SIGNS = /[;&|`$<>(){}"'\\\n]/;

/** What the house does not know of a deployment may be what makes it grave: `force`, `migrate`, `skipTests`. */
function fieldFindings(payload: DeployPayload): Finding[] {
  return Object.entries(payload).flatMap(([name, value]) => {
    if (name !== 'verify' && SHELL_SIGNS.test(typeof value === 'string' ? value : ''))
      return [finding('HIGH', 'deploy-field-odd', `'${name.slice(0, 40)}' holds what a shell would act on`)];
    if (FIELDS.has(name)) return [];
    const quiet = QUIET_FIELDS.has(name) && (typeof value === 'string' || typeof value === 'number');
    return quiet ? [] : [finding('HIGH', 'deploy-field-unknown', `'${name.slice(0, 40)}' is no part of a deployment that is known here`)];
  });
}

function folderFindings(payload: DeployPayload, { deployRoot }: Surroundings, places: Places): Finding[] {
  const { source, target } = payload;
  const found: Finding[] = [];
  if (source !== undefined) {
    found.push(...pathTextFindings(source));
    if (typeof source === 'string' && source !== '') {
      const inside = componentsWithin(places.workspace, resolvePath(places.workspace, source)) !== undefined;
      const { level, kind, why } = places.treeRisk(places.workspace, source);
      found.push(finding(inside ? level : 'HIGH', `deploy-source-${kind}`, `publishes ${source}: ${why}`));
    }
  }
  if (target !== undefined) {
    found.push(...pathTextFindings(target));
    const inside = typeof target === 'string' && componentsWithin(deployRoot, resolvePath(deployRoot, target)) !== undefined;
    if (!inside) found.push(finding('HIGH', 'deploy-target-outside', 'the target lies outside the folder for deployments'));
  }
  return found;
}

/** What verifies a version runs like every command, and is rated like one. */
function verifyFindings({ verify }: DeployPayload, places: Places, grammars: Grammars): Finding[] {
  if (verify === undefined) return [];
  if (typeof verify !== 'string') return [finding('HIGH', 'deploy-verify-odd', 'what verifies it is no command')];
  // Their places are in the command, and not in what is shown of the deployment.
  return assessBash({ command: verify }, places, grammars).map(({ level, rule, why }) => ({ level, rule, why: `verifies by '${verify.slice(0, 200)}': ${why}` }));
}

/** A way back brings nothing new: a version that was promoted there, as it was. */
function rollbackFindings({ environment, version, rollbackTo }: DeployPayload, level: RiskLevel, kind: EnvironmentKind): Finding[] {
  const to: unknown = rollbackTo;
  const odd = [version, to].some((text) => text !== null && (typeof text !== 'string' || !VERSION.test(text)));
  if (odd) return [finding('HIGH', 'deploy-version-odd', 'a version is spelt like no version')];
  return [finding(level, `deploy-back-${kind}`, `takes ${environment} back from ${version} to ${rollbackTo ?? 'nothing'}`)];
}

export function assessDeployment(payload: DeployPayload, surroundings: Surroundings, places: Places, grammars: Grammars): Finding[] {
  const { environment, version } = payload;
  const strategy: unknown = payload.strategy ?? 'rolling';
  if (typeof environment !== 'string' || typeof version !== 'string' || typeof strategy !== 'string')
    return [finding('HIGH', 'deploy-field-missing', 'names no environment or no version')];
  const texts = [environment, version, strategy];
  if (texts.some((text) => hiddenCharacter(text) !== undefined)) return [finding('HIGH', 'hidden-character', 'a field holds characters that are not seen')];
  const kind = environmentKind(environment);
  const production = kind === 'production' || kind === 'unknown';
  const level: RiskLevel = production ? 'HIGH' : 'MEDIUM';
  const found = [
    ...(payload.rollbackTo === undefined
      ? [
          finding(level, `deploy-${kind}`, `deploys to ${environment}${kind === 'unknown' ? ', which is not known and so taken for production' : ''}`),
          versionFinding(version, kind, production),
        ]
      : rollbackFindings(payload, level, kind)),
  ];
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,127}$/u.test(environment.trim())) found.push(finding('HIGH', 'deploy-environment-odd', 'the environment is spelt like none'));
  if (!STRATEGIES.has(strategy)) found.push(finding('HIGH', 'deploy-strategy-unknown', `'${strategy.slice(0, 40)}' is no strategy that is known here`));
  else if (AT_ONCE.has(strategy)) found.push(finding(production ? 'CRITICAL' : 'MEDIUM', 'deploy-all-at-once', 'replaces everything at once'));
  return [...found, ...fieldFindings(payload), ...folderFindings(payload, surroundings, places), ...verifyFindings(payload, places, grammars)];
}
