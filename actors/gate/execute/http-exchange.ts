// One HTTP request to addresses that were checked before, and its answer, bounded. No proxy, no reused connection, no redirect.
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import { isIPv6 } from 'node:net';
import { codedError } from '../../../runtime/errors.ts';
import { OUTPUT_LIMIT } from '../../work/types.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body went on beyond OUTPUT_LIMIT bytes. */
  readonly cut: boolean;
}

/** Rejects with `CallFailed`, or with the signal's reason. */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body, addresses, signal } = request;
  const { request: begin } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const options: RequestOptions & { rejectUnauthorized: true } = {
    method,
    headers,
    agent: false,
    lookup: pinned(addresses),
    rejectUnauthorized: true,
    signal,
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(signal.aborted ? signal.reason : codedError('CallFailed', { method, url: shownUrl(url), problem: problemOf(error) }));
    const call = begin(url, options);
    call.on('error', fail);
    call.on('response', (answer) => readBody(answer).then(resolve, fail));
    call.end(body);
  });
}

/** Without what may be secret in it: user, password, query. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}

function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (host, { all }, answer) => {
    const [first] = found;
    if (first === undefined) answer(Object.assign(new Error(`no address of ${host}`), { code: 'ENOTFOUND' }), '');
    else if (all === true) answer(null, found);
    else answer(null, first.address, first.family);
  };
}

async function readBody(answer: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, OUTPUT_LIMIT - bytes));
    bytes += chunk.length;
    if (bytes > OUTPUT_LIMIT) break;
  }
  answer.destroy();
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks), cut: bytes > OUTPUT_LIMIT };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  ECONNRESET: 'the connection was cut before the answer was whole',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
};

function problemOf(error: NodeJS.ErrnoException): string {
  return PROBLEMS[error.code ?? ''] ?? error.code ?? error.message;
}
