// API_CALL: where it goes, what it does there, and what it carries.
import type { ApiPayload, Finding, RiskLevel, Surroundings } from '../../work/types.ts';
import { hiddenCharacter } from '../characters.ts';
import { finding } from '../verdict.ts';
import { ownToolFinding } from './own-tool.ts';
import { holdsSecretValue, readUrl, urlFindings } from './url-risk.ts';

const METHODS: Readonly<Record<string, readonly [RiskLevel, string]>> = {
  GET: ['MEDIUM', 'reads'],
  HEAD: ['MEDIUM', 'reads'],
  OPTIONS: ['MEDIUM', 'reads'],
  POST: ['MEDIUM', 'changes something at the other side'],
  PUT: ['MEDIUM', 'replaces something at the other side'],
  PATCH: ['MEDIUM', 'changes something at the other side'],
  DELETE: ['MEDIUM', 'deletes something at the other side'],
};

/** Things whose loss or change cannot be taken back, as the last named collection of a path: `/repos/a/b`, `/users`, `/v1/charges`. */
const GRAVE: ReadonlySet<string> = new Set(
  `repos repositories orgs organizations projects namespaces clusters instances servers droplets databases buckets volumes snapshots backups zones domains dns_records stacks deployments environments accounts users members teams tenants customers subscriptions payments payouts charges refunds transfers invoices orders withdrawals billing keys secrets tokens roles policies permissions collaborators hooks webhooks apps releases packages branches refs functions vpcs subnets nodes pods services queues topics indices indexes _all`.split(
    ' ',
  ),
);
const GRAVE_VERB =
  /(^|[/._:-])(delete|destroy|drop|purge|wipe|erase|truncate|terminate|shutdown|reboot|restart|reset|revoke|remove|transfer|pay|payout|charge|refund|withdraw|deploy|publish|release|merge|execute|exec|eval|admin|sudo|flush|rollback|cancel|disable|force)([/._:-]|$)/i;
const MONEY = /(^|\/)(payments?|payouts?|charges?|refunds?|transfers?|withdrawals?|checkout|billing|invoices?|deployments|rollouts)(\/|$)/i;
const CREDENTIAL_HEADER = /^(authorization|proxy-authorization|cookie|x-api-key|x-auth-token|x-amz-security-token|x-vault-token|private-token|api-key)$/i;
const REROUTING_HEADER =
  /^(host|x-forwarded-.*|forwarded|x-original-url|x-rewrite-url|x-real-ip|transfer-encoding|content-length|connection|upgrade|proxy-.*|te|metadata-flavor|metadata|x-aws-ec2-metadata-token.*|x-http-method(-override)?|x-method-override)$/i;

/** `/notes/12`: what is numbered, and nowhere below something grave. */
function deletesOneOfMany(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.length > 1 && /\d/.test(parts.at(-1) ?? '') && !parts.some((part) => GRAVE.has(part.toLowerCase()));
}

function methodFindings(method: unknown, path: string): Finding[] {
  const name = String(method).toUpperCase();
  const entry = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (entry === undefined) return [finding('HIGH', 'api-method-unknown', `'${String(method).slice(0, 40)}' is no method that is known here`)];
  const found = [finding(entry[0], 'api-method', `${name} ${entry[1]}`)];
  if (name === 'DELETE' && !deletesOneOfMany(path)) found.push(finding('HIGH', 'api-delete-grave', `deletes ${path}, which cannot be taken back`));
  if (/^(POST|PUT|PATCH|DELETE)$/.test(name) && (GRAVE_VERB.test(path) || MONEY.test(path)))
    found.push(finding('HIGH', 'api-effect-grave', `${name} ${path} cannot be taken back`));
  return found;
}

function headerFindings(headers: ApiPayload['headers']): Finding[] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) => {
    const text = `${name}: ${String(value)}`;
    if (hiddenCharacter(text) !== undefined || /[\r\n]/.test(text)) return [finding('HIGH', 'hidden-character', `the header '${name.slice(0, 40)}' holds characters that end it`)];
    if (CREDENTIAL_HEADER.test(name)) return [finding('HIGH', 'api-credential', `sends a credential in '${name}'`)];
    if (REROUTING_HEADER.test(name)) return [finding('HIGH', 'api-rerouting-header', `'${name}' changes where the request goes or what it does`)];
    return holdsSecretValue(text) ? [finding('HIGH', 'api-credential', `the header '${name}' carries a secret`)] : [];
  });
}

/** GraphQL: the word, and an opening brace before the next quote. */
const asksForMutation = (text: string): boolean =>
  text.split('"').some((part) => {
    const at = part.search(/\bmutation\b/);
    return at >= 0 && part.includes('{', at);
  });

function bodyFindings(body: unknown): Finding[] {
  if (body === undefined || body === null) return [];
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
  if (holdsSecretValue(text)) return [finding('HIGH', 'api-secret-in-body', 'the body carries a secret')];
  if (asksForMutation(text) && /delete|destroy|remove|drop/i.test(text)) return [finding('HIGH', 'api-effect-grave', 'the body asks for a deletion')];
  return [];
}

export function assessApi(payload: ApiPayload, { healthUrl }: Surroundings): Finding[] {
  const { method, url, headers, body } = payload;
  const bare = Object.keys(headers ?? {}).length === 0 && body === undefined;
  if (method === 'GET' && url === healthUrl && bare) return [finding('LOW', 'api-own-health', "reads this node's own health")];
  const own = ownToolFinding(payload);
  if (own !== undefined) return [own, ...headerFindings(headers), ...bodyFindings(body)];
  const sent = body === undefined || /^(POST|PUT|PATCH|DELETE)$/i.test(method) ? [] : [finding('MEDIUM', 'api-body-of-a-read', `${method} sends a body`)];
  const parsed = readUrl(url);
  return [...urlFindings(url, parsed), ...methodFindings(method, parsed?.pathname ?? ''), ...headerFindings(headers), ...bodyFindings(body), ...sent];
}
