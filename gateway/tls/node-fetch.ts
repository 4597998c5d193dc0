// `fetch` for a client of a node whose certificate comes from an authority that Node.js does not know. The built-in one can be told of such
// an authority only before its process starts.
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { type ClientFiles, shownBy } from './client-config.ts';
import { believedBy } from './prove-trust.ts';

export interface NodeAsked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304];

/** `caFile`: null for what every client believes. `files`: what is shown to a node that asks for a certificate. Rejects as `fetch` does, with the cause. */
export async function nodeFetch(
  url: string,
  { method = 'GET', headers = {}, body, signal }: NodeAsked,
  caFile: string | null,
  files: ClientFiles | null = null,
): Promise<Response> {
  const asked = { method, headers, ...(signal === undefined ? {} : { signal }) };
  const trust = url.startsWith('https:') ? { ...believedBy(caFile), ...shownBy(files) } : {};
  if (Object.keys(trust).length === 0) return fetch(url, { ...asked, ...(body === undefined ? {} : { body }) });
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...asked, ...trust }, (answer) => {
      const { statusCode: status = 500, statusMessage: statusText = '' } = answer;
      const told = Object.entries(answer.headers).flatMap(([name, value]) => [value ?? []].flat().map((one): [string, string] => [name, one]));
      const content = WITHOUT_BODY.includes(status) ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
      resolve(new Response(content, { status, statusText, headers: told }));
    });
    sent.once('error', (cause) => reject(new TypeError('fetch failed', { cause })));
    sent.end(body);
  });
}

/** Why a node was not reached, for people; empty where nothing is known. */
export function causeHint(error: unknown): string {
  const code = (error as { readonly cause?: { readonly code?: unknown } } | undefined)?.cause?.code;
  if (code === undefined) return '';
  return DISTRUST.test(String(code)) ? ` (${String(code)}: its certificate is not believed; name the file of the authority that made it with TROUPE_TLS_CA)` : ` (${String(code)})`;
}

/** OpenSSL's codes for a chain that leads nowhere known. */
const DISTRUST = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(UNTRUSTED|SIGNATURE)/;
