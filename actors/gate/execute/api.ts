// API_CALL: one HTTP call. Goes where the approved URL says and nowhere else: redirects are followed for reads only, each hop is checked
// anew, and no hop leads to an address that is not public.
import { codedError, isCoded } from '../../../runtime/errors.ts';
import type { ApiPayload, StepOutcome } from '../../work/types.ts';
import { exchange, type HttpAnswer, shownUrl } from './http-exchange.ts';
import { isKeptWhole, keepBeginning } from './keep-result.ts';
import { addressesFor, resolveHost } from './public-addresses.ts';
import { type Call, isSamePlace, OWN_HEADERS, redirectOf, refusedCall, sentTo } from './redirect.ts';
import type { StepScope } from './step-scope.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const MOST_HOPS = 5;

export async function callApi(payload: ApiPayload, scope: StepScope): Promise<StepOutcome> {
  const method = payload.method.toUpperCase();
  const url = readUrl(payload.url);
  if (!METHODS.includes(method)) throw refusedCall(url, `${method} is no method of a call`);
  const body = payload.body === undefined ? undefined : typeof payload.body === 'string' ? payload.body : JSON.stringify(payload.body);
  const call = { method, headers: headersOf(url, payload, body, method, scope), body };
  const answer = await follow(call, url, scope);
  return outcomeOf(method, url, answer);
}

async function follow(call: Call, approved: URL, scope: StepScope): Promise<HttpAnswer> {
  let url = approved;
  for (let hop = 0; hop <= MOST_HOPS; hop += 1) {
    const addresses = await addressesOf(url, isSamePlace(url, approved), call.method, scope);
    const answer = await exchange({ ...sentTo(url, approved, call), url, addresses, signal: scope.signal });
    const next = redirectOf(url, call.method, answer);
    if (next === undefined) return answer;
    url = next;
  }
  throw refusedCall(approved, `it redirects more than ${MOST_HOPS} times`);
}

async function addressesOf(url: URL, approved: boolean, method: string, { resolve = resolveHost, signal }: StepScope): Promise<readonly string[]> {
  const given = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  given.catch(() => {});
  const found = addressesFor(url, approved, resolve).catch((error) => {
    if (isCoded(error)) throw error;
    throw codedError('CallFailed', { method, url: shownUrl(url), problem: 'its host name leads nowhere' });
  });
  found.catch(() => {});
  return Promise.race([found, given]);
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) throw codedError('CallRefused', { url: 'the URL', problem: 'write a whole http or https URL' });
  return url;
}

/** Of the connection, not of the call. */
const RESERVED = /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|expect|te|trailer|proxy-.*)$/;

function headersOf(url: URL, { headers = {}, body: given }: ApiPayload, body: string | undefined, method: string, { key }: StepScope): Record<string, string> {
  const own: Record<string, string> = { ...OWN_HEADERS };
  if (body !== undefined) own['content-type'] = typeof given === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  if (body !== undefined) own['content-length'] = String(Buffer.byteLength(body));
  // The same in every rerun: a server that knows the header takes the call once (draft-ietf-httpapi-idempotency-key-header).
  if (method === 'POST' || method === 'PATCH') own['idempotency-key'] = `"${key}"`;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (RESERVED.test(lower)) throw refusedCall(url, `the header ${lower} is set by the call itself`);
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) throw refusedCall(url, `the header ${lower.slice(0, 40)} holds what no header may hold`);
    own[lower] = value;
  }
  return own;
}

const SHOWN_HEADERS = ['content-type', 'content-length', 'location', 'etag', 'last-modified', 'retry-after', 'date'];

function outcomeOf(method: string, url: URL, { status, headers, body, cut }: HttpAnswer): StepOutcome {
  const shown = Object.fromEntries(SHOWN_HEADERS.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name].slice(0, 400)]] : [])));
  const read = headers['content-encoding'] === undefined ? readBody(body, headers['content-type'] ?? '', cut) : encodedBody(body, cut);
  const error = status < 400 ? undefined : codedError('CallAnsweredNo', { method, url: shownUrl(url), status });
  return {
    status: error === undefined ? 'succeeded' : 'failed',
    result: { status, headers: shown, body: read.value },
    ...(read.truncated ? { truncated: true } : {}),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

/** Parsed where it is JSON and short enough to be kept whole; otherwise as text. */
function readBody(body: Buffer, type: string, cut: boolean): { readonly value: unknown; readonly truncated: boolean } {
  const text = body.toString();
  const json = !cut && /\bjson\b/i.test(type) ? parsed(text) : undefined;
  if (json !== undefined && isKeptWhole(json)) return { value: json, truncated: false };
  const kept = keepBeginning(text);
  return { value: kept.text, truncated: cut || kept.cut };
}

/** Packed though nobody asked for it. */
function encodedBody(body: Buffer, cut: boolean): { readonly value: unknown; readonly truncated: boolean } {
  const kept = keepBeginning(body.toString('base64'));
  return { value: { base64: kept.text }, truncated: cut || kept.cut };
}

/** Undefined for what says it is JSON and is not. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
