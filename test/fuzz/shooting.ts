// Sends requests to a node side by side and says what is wrong with the answers: an error of the server, none in time, or one that is
// not of the form that its door promises.
import { Agent, request } from 'node:http';
import { ERRORS } from '../../runtime/errors.ts';
import type { DoorName, Shot } from './shots.ts';
import { overSocket } from './socket-shooting.ts';

export interface Target {
  readonly ports: Readonly<Record<DoorName, number>>;
  readonly token: string;
  /** What nobody answers for so long hangs. Default 20 s. */
  readonly hangMs?: number;
}

export interface Tally {
  readonly statuses: Record<string, number>;
  /** What was wrong, with the request that did it. */
  readonly problems: string[];
}

const AT_ONCE = 24;
export const HANG_MS = 20_000;
export const LASTING_MS = 400;
const INTERNAL = -32_603;

export async function shoot(shots: readonly Shot[], target: Target, tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let next = 0;
  const one = async (): Promise<void> => {
    for (let shot = shots[next++]; shot !== undefined; shot = shots[next++]) {
      const outcome = await (shot.socket === undefined ? send(shot, target, agent) : overSocket(shot, target));
      const kind = typeof outcome === 'string' ? outcome : String(outcome.status);
      tally.statuses[kind] = (tally.statuses[kind] ?? 0) + 1;
      const problem = wrongWith(shot, outcome);
      if (problem !== undefined) tally.problems.push(`${problem}: ${shot.door} ${shot.method} ${shot.path.slice(0, 200)} ${String(shot.body ?? '').slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  agent.destroy();
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** `left`: it was still open, as it may be. `cut`: the server closed the connection without an answer. */
export type Outcome = Answer | 'hang' | 'left' | 'cut';

function send({ door, method, path, headers, body, lasting = false }: Shot, { ports, token }: Target, agent: Agent): Promise<Outcome> {
  const port = ports[door];
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, method, path, agent, headers: { host: `127.0.0.1:${port}`, authorization: `Bearer ${token}`, ...headers } });
    const late = setTimeout(
      () => {
        resolve(lasting ? 'left' : 'hang');
        sent.destroy();
      },
      lasting ? LASTING_MS : HANG_MS,
    );
    const end = (outcome: Answer | 'cut'): void => {
      clearTimeout(late);
      resolve(outcome);
    };
    sent.on('error', () => end('cut'));
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => end('cut'));
      response.on('end', () => end({ status: response.statusCode ?? 0, type: String(response.headers['content-type'] ?? ''), text: Buffer.concat(chunks).toString() }));
    });
    sent.end(body);
  });
}

/** A connection is cut only where the server need not read on: a body that is too large, or a protocol that it does not speak. */
function mayBeCut({ headers, body = '', socket }: Shot): boolean {
  // Frames are texts.
  if (socket !== undefined) return typeof body !== 'string';
  return body.length > 1_000_000 || 'upgrade' in headers || 'expect' in headers;
}

/** An agent whose session is being ended or begun says so by 503: that is its health. */
function wrongWith(shot: Shot, outcome: Outcome): string | undefined {
  if (outcome === 'left') return undefined;
  if (outcome === 'hang') return 'no answer in time';
  if (outcome === 'cut') return mayBeCut(shot) ? undefined : 'the connection was cut';
  const { status, type, text } = outcome;
  if (status === 503 && shot.door === 'agent') return undefined;
  if (status >= 500) return `${status} ${text.slice(0, 300)}`;
  if (status >= 400) return shot.method === 'HEAD' || isRefusal(shot, type, text) ? undefined : `${status} is no refusal in the form of its door: ${type} ${text.slice(0, 200)}`;
  return shot.door === 'rpc' || (shot.door === 'agent' && shot.method === 'POST') ? failedInside(type, text) : undefined;
}

function isRefusal({ door, path }: Shot, type: string, text: string): boolean {
  const said = type.includes('json') ? (JSON.parse(text) as object) : {};
  if (type.startsWith('application/problem+json')) return 'code' in said;
  // The authorization server speaks OAuth to programs and shows people a page; MCP answers in JSON-RPC.
  if (door === 'auth') return type.startsWith('text/html') || 'error' in said;
  return path === '/mcp' && 'error' in said;
}

interface Message {
  readonly error?: { readonly code: number; readonly data?: { readonly code?: string } };
  readonly result?: { readonly isError?: boolean; readonly _meta?: { readonly 'troupe/error'?: { readonly rpc: number; readonly code?: string } } };
}

/** Errors of the server within answers that are 200 by their protocol. */
function failedInside(type: string, text: string): string | undefined {
  const bodies = type.startsWith('text/event-stream') ? [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json = '']) => json) : text === '' ? [] : [text];
  for (const message of bodies.flatMap((json) => [JSON.parse(json) as Message | readonly Message[]].flat() as readonly Message[])) {
    const failure = message.error ?? message.result?._meta?.['troupe/error'];
    if (failure === undefined) continue;
    const rpc = 'rpc' in failure ? failure.rpc : failure.code;
    const code = 'rpc' in failure ? failure.code : (failure as { data?: { code?: string } }).data?.code;
    const http = code !== undefined && Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].http : 400;
    if (rpc === INTERNAL || http >= 500) return `${code ?? rpc} ${JSON.stringify(failure).slice(0, 300)}`;
  }
  return undefined;
}
