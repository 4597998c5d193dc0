// A client of a running node: calls its operations over JSON-RPC, follows its events. Errors come back as the coded ones they were.
import { codedError, isCoded } from '../../runtime/index.ts';
import { reviveError } from '../../runtime/json-rpc-error.ts';
import type { RpcErrorObject } from '../../runtime/json-rpc-frame.ts';
import { adminTokenFile } from '../data-dir.ts';
import { type NodeFile, readNodeFile } from '../node-file.ts';
import { readText } from '../private-file.ts';
import { type ClientFiles, shownBy } from '../tls/client-config.ts';
import { causeHint, type NodeAsked, nodeFetch } from '../tls/node-fetch.ts';
import { believedBy } from '../tls/prove-trust.ts';
import { type DoorTokens, refusedLogin } from './login-tokens.ts';

export interface NodeEvent {
  readonly id: number;
  readonly kind: string;
  readonly at: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ClientOptions {
  readonly urls: { readonly rpc: string; readonly api: string };
  /** One for every door, or each door's own: asked for before each request, so that it may be renewed. */
  readonly token: string | DoorTokens;
  /** On whose behalf, where the token does not say it. */
  readonly person: string;
  /** Of the authority that vouches for the node's certificate. Default: one that Node.js knows. */
  readonly caFile?: string | null;
  /** What it shows to a node that asks for a certificate. Default nothing. */
  readonly shown?: ClientFiles | null;
}

export interface CallOptions {
  /** Makes it safe to call again what may have been done. */
  readonly key?: string;
  /** Gives up waiting; what was asked for may happen nevertheless. */
  readonly signal?: AbortSignal;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: RpcErrorObject;
}

type SocketTrust = ReturnType<typeof believedBy> & ReturnType<typeof shownBy>;

export class NodeClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Rejects with the operation's coded error, or `NodeUnreachable`. */
  async call<T>(operation: string, input: object = {}, { key, signal }: CallOptions = {}): Promise<T> {
    const response = await this.#reach(`${this.#options.urls.rpc}/rpc`, {
      method: 'POST',
      headers: { ...(await this.#headers('rpc')), 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      ...(signal === undefined ? {} : { signal }),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: operation, params: input }),
    });
    if (!response.ok) throw this.#refusal(await refusalOf(response));
    const { result, error } = (await response.json()) as Answer;
    if (error !== undefined) throw this.#refusal(reviveError(error));
    return result as T;
  }

  /** Where and as whom a socket is opened. */
  async socket(): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly trust: SocketTrust }> {
    const { urls, caFile = null, shown = null } = this.#options;
    return { url: `${urls.rpc.replace(/^http/, 'ws')}/ws`, headers: await this.#headers('rpc'), trust: { ...believedBy(caFile), ...shownBy(shown) } };
  }

  /** Resolves once it is connected: what happens from then on is seen, in order, each once. Ends with the signal, or with `NodeUnreachable`. */
  async events(signal: AbortSignal): Promise<AsyncIterable<NodeEvent>> {
    return this.#follow(signal, await this.#connect(signal));
  }

  /** A connection that is cut is taken up where it was; one that brings nothing is not tried again. */
  async *#follow(signal: AbortSignal, first: AsyncIterable<Uint8Array>): AsyncGenerator<NodeEvent> {
    let last: number | undefined;
    for (let chunks = first; ; chunks = await this.#connect(signal, last)) {
      const before = last;
      for await (const event of readEvents(chunks, signal)) {
        last = event.id;
        yield event;
      }
      if (signal.aborted) return;
      if (last === before) throw unreachable(this.#options.urls.api, undefined);
    }
  }

  async #connect(signal: AbortSignal, after?: number): Promise<AsyncIterable<Uint8Array>> {
    const headers = { ...(await this.#headers('api')), ...(after === undefined ? {} : { 'last-event-id': String(after) }) };
    const response = await this.#reach(`${this.#options.urls.api}/api/v1/events`, { headers, signal });
    if (!response.ok || response.body === null) throw this.#refusal(await refusalOf(response));
    // Taken hold of at once: a body that nobody has begun to read is cancelled when its response is garbage-collected.
    const chunks = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    return { [Symbol.asyncIterator]: () => chunks };
  }

  #refusal(error: Error): Error {
    const { token } = this.#options;
    return typeof token === 'string' || !isCoded(error) ? error : refusedLogin(error, token);
  }

  async #headers(door: 'rpc' | 'api'): Promise<Record<string, string>> {
    const { token, person } = this.#options;
    return { authorization: `Bearer ${typeof token === 'string' ? token : await token(door)}`, 'x-troupe-caller': person };
  }

  async #reach(url: string, asked: NodeAsked): Promise<Response> {
    try {
      return await nodeFetch(url, asked, this.#options.caFile ?? null, this.#options.shown ?? null);
    } catch (error) {
      throw unreachable(url, error);
    }
  }
}

function unreachable(where: string, error: unknown): Error {
  return codedError('NodeUnreachable', { where: `at ${where}`, hint: causeHint(error) });
}

async function refusalOf(response: Response): Promise<Error> {
  const { code, detail } = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  return reviveError({ code: response.status, message: detail ?? response.statusText, data: { code } });
}

/** Ends with the connection, however that ends. */
async function* readEvents(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<NodeEvent> {
  const decoder = new TextDecoder();
  let pending = '';
  try {
    for await (const chunk of chunks) {
      const blocks = (pending + decoder.decode(chunk, { stream: true })).split('\n\n');
      pending = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = readEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } catch (error) {
    if (!signal.aborted && !isCut(error)) throw error;
  }
}

/** undici's words for a connection that went: `terminated`, with the cause; or those of the one that is told of an authority. */
function isCut(error: unknown): boolean {
  return error instanceof TypeError || (error as NodeJS.ErrnoException).code === 'ECONNRESET';
}

function readEvent(block: string): NodeEvent | undefined {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const));
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: Number(fields.get('id')), ...(JSON.parse(data) as Omit<NodeEvent, 'id'>) };
}

/** Undefined: nobody has logged in at that node. */
export type FindLogin = (node: NodeFile) => DoorTokens | undefined;

/** Throws `NodeUnreachable`, or `UnreadableFile` when the token is not for us to read. */
export function findNode(dataDir: string, person: string, findLogin: FindLogin = () => undefined): NodeClient {
  const node = readNodeFile(dataDir);
  if (node?.running !== true) throw codedError('NodeUnreachable', { where: `under ${dataDir}`, hint: ', or name its data directory with --data' });
  return new NodeClient({ urls: node.urls, token: findLogin(node) ?? readToken(dataDir), person, caFile: node.caFile, shown: node.shown });
}

const readToken = (dataDir: string): string => readText(adminTokenFile(dataDir))?.trim() ?? '';
