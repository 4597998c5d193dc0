// What a call does at the other side that cannot be taken back, or gives somebody more to do there: by its path, by the operation that its query,
// its headers or its body names, and by whose host it is.
import type { ApiPayload } from '../../work/types.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Things whose loss or change cannot be taken back, as a collection of a path: `/repos/a/b`, `/users`, `/v1/charges`. */
const GRAVE: ReadonlySet<string> = new Set(
  words(`repos repositories orgs organizations projects namespaces clusters instances servers droplets databases buckets volumes snapshots backups zones domains dns_records
    stacks deployments environments accounts users members teams tenants customers subscriptions payments payouts charges refunds transfers invoices orders withdrawals billing
    keys secrets tokens roles policies permissions collaborators hooks webhooks apps releases packages package -rev branches refs functions vpcs subnets nodes pods services
    queues topics indices indexes _all groups guilds workspaces sites tables schemas collections disks images registries gateways networks firewalls load_balancers
    certificates machines vms regions tablespaces pipelines companies employees patients contracts wallets vaults boards channels spaces sheets datasets models dynos addons`),
);
/** What is done, as a whole word of a path, or as that with which the name of an operation begins: `/v1/purge`, `deleteUser`, `power_off`. */
const VERBS = words(`delete destroy drop purge wipe erase truncate terminate shutdown reboot restart reset revoke remove transfer pay payout charge refund withdraw deploy publish
  unpublish release merge merges execute exec eval script console admin sudo flush rollback cancel disable force stop poweroff power kill seal capture archive suspend ban evict
  drain detach deactivate deallocate impersonate kick leave rekey deregister yank dispatch dispatches`).join('|');
const VERB_IN_PATH = new RegExp(`(^|[/._:-])(${VERBS})([/._:-]|$)`, 'i');
/** Of names that are written together: `deleteUser`, `DeleteUser`, `doDelete`, `safeRestart`. */
const VERB_IN_NAME = new RegExp(`(^|[^A-Za-z])(do|safe|bulk|batch|mass|force)?(${VERBS}|${VERBS.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())})(?=[A-Z]|$)`);
const VERB_FIRST = new RegExp(`^(${VERBS})([^a-z]|$)`, 'i');
const MONEY =
  /(^|\/)(payments?|payment_intents|payouts?|charges?|refunds?|transfers?|transactions|withdrawals?|orders?|subscriptions|checkout|billing|invoices?|deployments|rollouts|releases|pipelines?|build_hooks|invocations)(\/|$)/i;
const ACCESS =
  /(^|\/)(keys|secrets|collaborators|memberships?|members|roles|permissions|policies|grants|tokens?|protected_branches|(access|api|deploy)[-_]?keys|protection|invitations|credentials|acl|iam|admins|owners|service[-_]?accounts)(\/|$)|\/(web)?hooks\/?$|:setIamPolicy$/i;
/** Whatever is written there is out, for everybody. */
const PUBLISHING_HOSTS =
  /^(registry\.npmjs\.org|npm\.pkg\.github\.com|(upload|test)\.pypi\.org|crates\.io|rubygems\.org|(www\.)?nuget\.org|upload\.nuget\.org|repo\.packagist\.org)$/;

/** `/notes/12`: what is numbered, and nowhere below something grave. */
export function deletesOneOfMany(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.length > 1 && /\d/.test(parts.at(-1) ?? '') && !parts.some((part) => GRAVE.has(part.toLowerCase()));
}

/** Of a call that changes something; undefined when nothing in its address says so. */
export function graveAddress({ hostname, pathname }: Pick<URL, 'hostname' | 'pathname'>): string | undefined {
  if (VERB_IN_PATH.test(pathname) || VERB_IN_NAME.test(pathname) || MONEY.test(pathname)) return 'cannot be taken back';
  if (ACCESS.test(pathname)) return 'changes who may do what';
  return PUBLISHING_HOSTS.test(hostname) ? 'publishes to everybody' : undefined;
}

/** The name of an operation, as AWS and others put it into queries, headers and bodies: `TerminateInstances`, `DynamoDB_20120810.DeleteTable`. */
function isGraveOperation(name: string): boolean {
  const own = name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf(':')) + 1);
  return VERB_FIRST.test(own) || VERB_IN_NAME.test(own) || /^(Create|Attach|Put|Add|Update|Set)\w*(AccessKey|Policy|Role|User|Permission|LoginProfile|Ingress)/.test(own);
}

const OVERRIDE = /(^|[?&"])_method"?\s*[=:]\s*"?(delete|put|patch)/i;
/** Parts of a thing that a query names without a value, as S3 does: `?acl`. */
const GRAVE_PART = /[?&](delete|acl|policy|publicAccessBlock|lifecycle|versioning|encryption|tagging|website)=?(&|$)/i;
const AWS_ACTION = /[?&]Action=([A-Z]\w{1,80})/;
const NAMED_IN_TEXT = /(?:^|[?&])(?:action|op|operation|method|cmd)=([^&]{1,80})|"(?:action|type|op|operation|method)"\s*:\s*"([^"\\]{1,80})"/gi;
/** What a body asks for besides: that others see it, that nothing is asked, that something runs. */
const GRAVE_MEMBER =
  /"(private"\s*:\s*false|visibility"\s*:\s*"public"|acl"\s*:\s*"public|public"\s*:\s*true|force"\s*:\s*true|purge_everything"\s*:\s*true|(\w{1,40}_)?(role|permission)"\s*:\s*"(admin|owner|maintain)|(command|cmd|script)"\s*:|delete"\s*:\s*\{)/i;

const namesGraveOperation = (text: string): boolean => [...text.matchAll(NAMED_IN_TEXT)].some(([, inForm, inJson]) => isGraveOperation(inForm ?? inJson ?? ''));

/** GraphQL: the word, and an opening brace before the next quote. */
const asksForMutation = (text: string): boolean =>
  text.split('"').some((part) => {
    const at = part.search(/\bmutation\b/);
    return at >= 0 && part.includes('{', at);
  });

const asksForGraveMutation = (text: string): boolean =>
  asksForMutation(text) && (/delete|destroy|remove|drop/i.test(text) || text.split(/[^A-Za-z]+/).some((name) => VERB_IN_NAME.test(name)));

/** A read too, where the operation stands in the query. */
export const graveQuery = (search: string, changes: boolean): boolean =>
  OVERRIDE.test(search) || (changes && GRAVE_PART.test(search)) || isGraveOperation(AWS_ACTION.exec(search)?.[1] ?? '');

/** `text` as it is sent. */
export const graveBody = (text: string): boolean => OVERRIDE.test(text) || namesGraveOperation(text) || GRAVE_MEMBER.test(text) || asksForGraveMutation(text);

export const graveTarget = (headers: ApiPayload['headers']): boolean =>
  Object.entries(headers ?? {}).some(([name, value]) => /^(x-amz-target|soapaction)$/i.test(name) && isGraveOperation(String(value)));
