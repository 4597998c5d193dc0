// Every name that a finding of the gate can have, so that a rule by a name that no finding has is refused: it would look like a safeguard and be none.
import { didYouMean } from '../../runtime/did-you-mean.ts';
import { HOST_KINDS, type HostKind } from './api/host-kind.ts';
import { PATH_USES, PLACE_KINDS, type PlaceKind } from './file/path-risk.ts';

const NAMES = [
  'hidden-character',
  'look-alike',
  'nothing-understood',
  'request-payload-missing',
  'request-type-unknown',
  'bash-arithmetic',
  'bash-arithmetic-evaluates',
  'bash-assignment',
  'bash-awk-program',
  'bash-background',
  'bash-builtin',
  'bash-cloud',
  'bash-command',
  'bash-command-unknown',
  'bash-database',
  'bash-disk',
  'bash-editor',
  'bash-empties-file',
  'bash-expansion-edits',
  'bash-expansion-evaluates',
  'bash-fetches',
  'bash-fetches-and-runs',
  'bash-find-deletes',
  'bash-find-runs',
  'bash-folder',
  'bash-folder-unknown',
  'bash-foreign-package',
  'bash-fork-bomb',
  'bash-function',
  'bash-function-called',
  'bash-function-shadows',
  'bash-git-changes',
  'bash-git-config',
  'bash-git-elsewhere',
  'bash-git-risky',
  'bash-grave-target',
  'bash-grave-word',
  'bash-interpreter',
  'bash-jq-filter',
  'bash-loop',
  'bash-name-look-alike',
  'bash-name-unknown',
  'bash-network',
  'bash-no-command',
  'bash-not-understood',
  'bash-nothing',
  'bash-operand-unlisted',
  'bash-option-abbreviated',
  'bash-option-risky',
  'bash-option-unlisted',
  'bash-other-shell',
  'bash-parse-error',
  'bash-path-pattern',
  'bash-path-secret',
  'bash-path-unknown',
  'bash-prints',
  'bash-protected-variable',
  'bash-reads',
  'bash-reads-everything',
  'bash-reads-input',
  'bash-recursive',
  'bash-redirect-build-file',
  'bash-redirect-network',
  'bash-redirect-variable',
  'bash-rehearses',
  'bash-rights-for-all',
  'bash-rights-of-owner',
  'bash-runs-file',
  'bash-runs-module',
  'bash-runs-package',
  'bash-runs-text',
  'bash-runs-workspace',
  'bash-secret-variable',
  'bash-sed-script',
  'bash-sends',
  'bash-shows-environment',
  'bash-shows-secret',
  'bash-subcommand',
  'bash-substitution',
  'bash-substitution-fetched',
  'bash-system',
  'bash-test',
  'bash-too-deep',
  'bash-too-long',
  'bash-value-unknown',
  'bash-variable-unknown',
  'bash-wipes-namespace',
  'bash-word-unusual',
  'bash-wrapper',
  'bash-writes-and-runs',
  'file-control-character',
  'file-kernel',
  'file-odd-spelling',
  'file-operation-unknown',
  'file-path-long',
  'file-path-missing',
  'file-secret',
  'api-address-disguised',
  'api-body-of-a-read',
  'api-credential',
  'api-delete-grave',
  'api-effect-grave',
  'api-host-look-alike',
  'api-method',
  'api-method-unknown',
  'api-own-health',
  'api-own-tool',
  'api-parameter-leads-inside',
  'api-port',
  'api-rerouting-header',
  'api-scheme',
  'api-secret-in-body',
  'api-secret-in-url',
  'api-url-invalid',
  'api-url-long',
  'api-url-missing',
  'api-url-odd',
  'api-user-info',
  'sql-change-after-with',
  'sql-changes-rows',
  'sql-changes-schema-tables',
  'sql-creates',
  'sql-database-in-memory',
  'sql-database-uri',
  'sql-dialect-unknown',
  'sql-explain-runs',
  'sql-explains',
  'sql-function-heavy',
  'sql-function-reaches',
  'sql-function-unknown',
  'sql-hidden-change',
  'sql-inserts',
  'sql-locks-rows',
  'sql-many-statements',
  'sql-no-where',
  'sql-not-understood',
  'sql-own-setting',
  'sql-pragma-changes',
  'sql-pragma-reads',
  'sql-product',
  'sql-reads',
  'sql-recursive',
  'sql-select-into',
  'sql-statement-kind',
  'sql-table-guarded',
  'sql-too-complex',
  'sql-too-deep',
  'sql-where-always-true',
  'deploy-all-at-once',
  'deploy-environment-odd',
  'deploy-field-missing',
  'deploy-field-odd',
  'deploy-field-unknown',
  'deploy-strategy-unknown',
  'deploy-target-outside',
  'deploy-verify-odd',
  'deploy-version',
  'deploy-version-floating',
  'deploy-version-odd',
  'deploy-version-unpinned',
] as const;

const ENVIRONMENT_KINDS = ['development', 'staging', 'production', 'unknown'] as const;
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

/** Findings about a place are named by what it is. */
const PLACE_PREFIXES = ['bash-folder', 'file', 'sql-database', 'deploy-source', ...PATH_USES.map((use) => `bash-${use}` as const)] as const;
/** Of rules of the policy, by their ids. */
const OF_POLICY = 'policy-';

export type FindingName =
  | (typeof NAMES)[number]
  | `${(typeof PLACE_PREFIXES)[number]}-${PlaceKind}`
  | `api-host-${HostKind}`
  | `deploy-${EnvironmentKind}`
  | `deploy-back-${EnvironmentKind}`
  | `${typeof OF_POLICY}${string}`;

/** Those that are not of a policy. */
const FINDING_NAMES: readonly string[] = [
  ...NAMES,
  ...PLACE_PREFIXES.flatMap((prefix) => PLACE_KINDS.map((kind) => `${prefix}-${kind}`)),
  ...HOST_KINDS.map((kind) => `api-host-${kind}`),
  ...ENVIRONMENT_KINDS.flatMap((kind) => [`deploy-${kind}`, `deploy-back-${kind}`]),
];

/** Whether a rule by this name can ever find anything; with a `*` at its end it means all that begin so. */
export function canBeFound(name: string): boolean {
  const begin = name.endsWith('*') ? name.slice(0, -1) : undefined;
  if (name.startsWith(OF_POLICY) || (begin !== undefined && OF_POLICY.startsWith(begin))) return true;
  return FINDING_NAMES.some((each) => (begin === undefined ? each === name : each.startsWith(begin)));
}

/** Says so of a name that is none, for a schema. */
export function noSuchFinding({ input }: { readonly input?: unknown }): string {
  const near = didYouMean(String(input), FINDING_NAMES);
  return `the gate finds nothing of that name${near === undefined ? ': `troupe assess` shows the names' : `; did you mean '${near}'?`}`;
}
