// What follows when a call is answered with a redirect: reads go on, to http and https only; what was meant for the approved place stays
// there.
import { codedError, type TroupeError } from '../../../runtime/errors.ts';
import { type HttpAnswer, shownUrl } from './http-exchange.ts';

export interface Call {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export const OWN_HEADERS: Readonly<Record<string, string>> = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'troupe' };

const READS = ['GET', 'HEAD'];
const REDIRECTS = [301, 302, 303, 307, 308];

export function isSamePlace(url: URL, approved: URL): boolean {
  return url.origin === approved.origin;
}

/** Headers and body may hold what only the approved place may know. */
export function sentTo(url: URL, approved: URL, call: Call): Call {
  return isSamePlace(url, approved) ? call : { method: call.method, headers: OWN_HEADERS, body: undefined };
}

/** Undefined: this is the answer. Throws `CallRefused`. */
export function redirectOf(from: URL, method: string, { status, headers: { location } }: Pick<HttpAnswer, 'status' | 'headers'>): URL | undefined {
  if (location === undefined || !READS.includes(method) || !REDIRECTS.includes(status)) return undefined;
  if (!URL.canParse(location, from.href)) throw refusedCall(from, 'it redirects to something that is no URL');
  const to = new URL(location, from);
  if (!['http:', 'https:'].includes(to.protocol)) throw refusedCall(from, `it redirects to ${to.protocol}`);
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refusedCall(from, 'it redirects from https to http');
  return to;
}

export function refusedCall(url: URL, problem: string): TroupeError {
  return codedError('CallRefused', { url: shownUrl(url), problem });
}
