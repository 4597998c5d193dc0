// API_CALL: where it goes, what it does there, and what it carries.
import type { ApiPayload, Finding, RiskLevel, Surroundings } from '../../work/types.ts';
import { hiddenCharacter } from '../characters.ts';
import { finding } from '../verdict.ts';
import { deletesOneOfMany, graveAddress, graveBody, graveQuery, graveTarget } from './grave-effect.ts';
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

const CHANGES = /^(POST|PUT|PATCH|DELETE)$/i;
const CREDENTIAL_HEADER = /^(authorization|proxy-authorization|cookie|x-api-key|x-auth-token|x-amz-security-token|x-vault-token|private-token|api-key)$/i;
const REROUTING_HEADER =
  /^(host|x-forwarded-.*|forwarded|x-original-url|x-rewrite-url|x-real-ip|transfer-encoding|content-length|connection|upgrade|proxy-.*|te|metadata-flavor|metadata|x-aws-ec2-metadata-token.*|x-http-method(-override)?|x-method-override)$/i;

function methodFindings(method: unknown, url: URL | undefined): Finding[] {
  const name = typeof method === 'string' ? method.toUpperCase() : '';
  const entry = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (entry === undefined) return [finding('HIGH', 'api-method-unknown', `'${String(method).slice(0, 40)}' is no method that is known here`)];
  const found = [finding(entry[0], 'api-method', `${name} ${entry[1]}`)];
  if (url === undefined) return found;
  const { pathname: path, search } = url;
  if (name === 'DELETE' && !deletesOneOfMany(path)) found.push(finding('HIGH', 'api-delete-grave', `deletes ${path}, which cannot be taken back`));
  const changes = CHANGES.test(name);
  const grave = changes ? graveAddress(url) : undefined;
  if (grave !== undefined) found.push(finding('HIGH', 'api-effect-grave', `${name} ${path} ${grave}`));
  if (search !== '' && graveQuery(search, changes)) found.push(finding('HIGH', 'api-effect-grave', 'the query names an operation that cannot be taken back'));
  return found;
}

function headerFindings(headers: ApiPayload['headers']): Finding[] {
  if (headers === undefined) return [];
  const target = graveTarget(headers) ? [finding('HIGH', 'api-effect-grave', 'a header names an operation that cannot be taken back')] : [];
  const each = Object.entries(headers ?? {}).flatMap(([name, value]) => {
    const text = `${name}: ${String(value)}`;
    if (hiddenCharacter(text) !== undefined || /[\r\n]/.test(text)) return [finding('HIGH', 'hidden-character', `the header '${name.slice(0, 40)}' holds characters that end it`)];
    if (CREDENTIAL_HEADER.test(name)) return [finding('HIGH', 'api-credential', `sends a credential in '${name}'`)];
    if (REROUTING_HEADER.test(name)) return [finding('HIGH', 'api-rerouting-header', `'${name}' changes where the request goes or what it does`)];
    return holdsSecretValue(text) ? [finding('HIGH', 'api-credential', `the header '${name}' carries a secret`)] : [];
  });
  return [...target, ...each];
}

/** As it is sent. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body === undefined || body === null ? '' : (JSON.stringify(body) ?? '');
}

const secretFindings = (body: string): Finding[] => (holdsSecretValue(body) ? [finding('HIGH', 'api-secret-in-body', 'the body carries a secret')] : []);

function bodyFindings(body: string): Finding[] {
  if (body === '') return [];
  const grave = graveBody(body) ? [finding('HIGH', 'api-effect-grave', 'the body asks for what cannot be taken back')] : [];
  return [...secretFindings(body), ...grave];
}

export function assessApi(payload: ApiPayload, { healthUrl }: Surroundings): Finding[] {
  const { method, url, headers, body } = payload;
  const bare = Object.keys(headers ?? {}).length === 0 && body === undefined;
  if (method === 'GET' && url === healthUrl && bare) return [finding('LOW', 'api-own-health', "reads this node's own health")];
  const own = ownToolFinding(payload);
  if (own !== undefined) return [own, ...headerFindings(headers), ...secretFindings(textOf(body))];
  const sent = body === undefined || CHANGES.test(String(method)) ? [] : [finding('MEDIUM', 'api-body-of-a-read', `${method} sends a body`)];
  const parsed = readUrl(url);
  return [...urlFindings(url, parsed), ...methodFindings(method, parsed), ...headerFindings(headers), ...bodyFindings(textOf(body)), ...sent];
}
