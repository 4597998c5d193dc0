// What a URL in a request says about where it goes: the text itself, then the parsed host, port and parameters.
import type { Finding, RiskLevel } from '../../work/types.ts';
import { hiddenCharacter, isAscii } from '../characters.ts';
import { finding } from '../verdict.ts';
import { type HostKind, hostKind } from './host-kind.ts';

const LONGEST_URL = 8_192;

const HOSTS: Readonly<Record<HostKind, readonly [RiskLevel, string]>> = {
  public: ['MEDIUM', 'leaves this machine'],
  loopback: ['HIGH', 'reaches this machine itself'],
  metadata: ['HIGH', "reaches the machine's own cloud or its neighbours on the link"],
  private: ['HIGH', 'is a private or internal address or name'],
  odd: ['HIGH', 'is a host name that can look like another'],
};

/** What a path is spelt in says nothing about where it goes. */
const AUTHORITY = /^https?:\/\/[^/?#]*/i;

/** Ports of plain HTTP services. */
const WEB_PORTS = new Set(['', '80', '443', '8080', '8443']);
const SECRET_PARAMETER = /(^|[_-])(api[_-]?key|access[_-]?token|auth|token|secret|password|passwd|pwd|client[_-]?secret|private[_-]?key|session|signature|credential)s?$/i;
/** How many: `max_tokens=100`. */
const IS_COUNT = /^\d{1,7}$/;
/** Where a list goes on. */
const PAGE_PARAMETER = /^(\w+[_-])?(page|next|continuation|pagination|sync|resume|start|skip|delta|change)[_-]?token$/i;
/** Well-known shapes of keys and tokens, and private keys. */
const SECRET_VALUE =
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_|\bglpat-|\bxox[abprs]-|\bsk-[A-Za-z0-9_-]{16,}|\bsk_live_|\bAIza[\w-]{30,}|\beyJ[\w-]{10,1000}\.eyJ|-----BEGIN [A-Z ]*PRIVATE KEY|\bnpm_[A-Za-z0-9]{30,}/;

export const holdsSecretValue = (text: string): boolean => SECRET_VALUE.test(text);

/** Addresses of themselves; `is:open` and `urn:isbn:1` are none. */
const FETCHED = /^(([a-z][a-z0-9+.-]*:)?(\/\/|\\\\)|(https?|ftps?|file|gopher|dict|ldaps?|tftp|sftp|jar|netdoc|data|javascript|php|phar|expect|smb|ssh):)/i;
const HOST_AND_PORT = /^(localhost|\[[\da-f:.]+\]|\d+(\.\d+)+|0x[\da-f]+):\d+/i;

/** A value that the other side may fetch, as the URL that it would be. */
function asFetched(value: string): string | undefined {
  if (value.startsWith('//') || value.startsWith('\\\\')) return `http:${value}`;
  if (FETCHED.test(value)) return value;
  return HOST_AND_PORT.test(value) ? `http://${value}` : undefined;
}

function parameterFindings(url: URL): Finding[] {
  const found: Finding[] = [];
  if (url.search === '') return found;
  for (const [name, value] of url.searchParams) {
    const counts = name.toLowerCase().endsWith('tokens') && IS_COUNT.test(value);
    const secret = SECRET_PARAMETER.test(name) && !PAGE_PARAMETER.test(name) && !counts;
    if (secret || holdsSecretValue(value)) found.push(finding('HIGH', 'api-secret-in-url', `the parameter '${name}' carries a secret`));
    const absolute = asFetched(value);
    if (absolute === undefined) continue;
    const inner = URL.canParse(absolute) ? new URL(absolute) : undefined;
    const harmless = inner !== undefined && /^https?:$/.test(inner.protocol) && hostKind(inner.hostname) === 'public';
    if (!harmless) found.push(finding('HIGH', 'api-parameter-leads-inside', `the parameter '${name}' makes the other side fetch ${value.slice(0, 80)}`));
  }
  return found;
}

function textFindings(text: string): Finding[] {
  const hidden = hiddenCharacter(text);
  if (hidden !== undefined) return [finding('HIGH', 'hidden-character', `the URL holds ${hidden.name}`, [hidden.at, hidden.at + 1])];
  if (text.length > LONGEST_URL) return [finding('HIGH', 'api-url-long', `is longer than ${LONGEST_URL} characters`)];
  if (/[\\\s]/.test(text)) return [finding('HIGH', 'api-url-odd', 'the URL holds a backslash or white space')];
  return [];
}

/** IPv4 in octal, hexadecimal or as one number: nobody writes it so who wants it read. */
function disguised(text: string, url: URL): boolean {
  return /^\d+(\.\d+){3}$/.test(url.hostname) && !text.includes(url.hostname);
}

/** Undefined when it is none. */
export function readUrl(text: unknown): URL | undefined {
  return typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
}

export function urlFindings(text: unknown, url = readUrl(text)): Finding[] {
  if (typeof text !== 'string' || text === '') return [finding('HIGH', 'api-url-missing', 'names no URL')];
  const wrong = textFindings(text);
  if (wrong.length > 0) return wrong;
  if (url === undefined) return [finding('HIGH', 'api-url-invalid', 'is no URL')];
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return [finding('HIGH', 'api-scheme', `'${url.protocol}' is no HTTP`)];
  const kind = hostKind(url.hostname);
  const [level, why] = HOSTS[kind];
  const found = [finding(level, `api-host-${kind}`, `${url.hostname} ${why}`)];
  if (!/^https?:\/\/[^/]/i.test(text)) found.push(finding('HIGH', 'api-url-odd', 'the URL is spelt so that programs read it differently'));
  if (url.username !== '' || url.password !== '') found.push(finding('HIGH', 'api-user-info', `the host is ${url.hostname}, not what stands before the @`));
  if (!isAscii(AUTHORITY.exec(text)?.[0] ?? text)) found.push(finding('HIGH', 'api-host-look-alike', 'the address holds letters that look like others'));
  if (disguised(text, url)) found.push(finding('HIGH', 'api-address-disguised', `the address is ${url.hostname} in an unusual spelling`));
  if (!WEB_PORTS.has(url.port)) found.push(finding('MEDIUM', 'api-port', `port ${url.port} is not a usual one of the web`));
  return [...found, ...parameterFindings(url)];
}
