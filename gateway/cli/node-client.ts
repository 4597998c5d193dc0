// A client of a running node: calls its operations over JSON-RPC, follows its events. Errors come back as the coded ones they were.
import { codedError } from '../../runtime/index.ts';
import { reviveError } from '../../runtime/json-rpc-error.ts';
import type { RpcErrorObject } from '../../runtime/json-rpc-frame.ts';
import { adminTokenFile } from '../data-dir.ts';
import { readNodeFile } from '../node-file.ts';
import { readText } from '../private-file.ts';

export interface NodeEvent {
  readonly id: number;
  readonly kind: string;
  readonly at: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ClientOptions {
  readonly urls: { readonly rpc: string; readonly api: string };
  readonly token: string;
  /** On whose behalf. */
  readonly person: string;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: RpcErrorObject;
}

export class NodeClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Rejects with the operation's coded error, or `NodeUnreachable`. */
  async call<T>(operation: string, input: object = {}): Promise<T> {
    const response = await this.#reach(`${this.#options.urls.rpc}/rpc`, {
      method: 'POST',
      headers: { ...this.#headers(), 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: operation, params: input }),
    });
    if (!response.ok) throw await refusalOf(response);
    const { result, error } = (await response.json()) as Answer;
    if (error !== undefined) throw reviveError(error);
    return result as T;
  }

  /** Resolves once it is connected: what happens from then on is seen, in order. Ends with the node or the signal. */
  async events(signal: AbortSignal): Promise<AsyncIterable<NodeEvent>> {
    const { api } = this.#options.urls;
    const response = await this.#reach(`${api}/api/v1/events`, { headers: this.#headers(), signal });
    if (!response.ok || response.body === null) throw await refusalOf(response);
    return readEvents(response.body as AsyncIterable<Uint8Array>, signal, api);
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#options.token}`, 'x-troupe-caller': this.#options.person };
  }

  async #reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      throw unreachable(url, error);
    }
  }
}

function unreachable(where: string, error: unknown): Error {
  const cause = (error as { cause?: { code?: unknown } }).cause?.code;
  return codedError('NodeUnreachable', { where: `at ${where}`, hint: cause === undefined ? '' : ` (${String(cause)})` });
}

async function refusalOf(response: Response): Promise<Error> {
  const { code, detail } = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  return reviveError({ code: response.status, message: detail ?? response.statusText, data: { code } });
}

async function* readEvents(body: AsyncIterable<Uint8Array>, signal: AbortSignal, where: string): AsyncGenerator<NodeEvent> {
  const decoder = new TextDecoder();
  let pending = '';
  try {
    for await (const chunk of body) {
      const blocks = (pending + decoder.decode(chunk, { stream: true })).split('\n\n');
      pending = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = readEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw unreachable(where, error);
  }
}

function readEvent(block: string): NodeEvent | undefined {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const));
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: Number(fields.get('id')), ...(JSON.parse(data) as Omit<NodeEvent, 'id'>) };
}

/** Throws `NodeUnreachable`, or `NotPermitted` when the token is not for us to read. */
export function findNode(dataDir: string, person: string): NodeClient {
  const node = readNodeFile(dataDir);
  if (node?.running !== true) throw codedError('NodeUnreachable', { where: `under ${dataDir}`, hint: ', or name its data directory with --data' });
  return new NodeClient({ urls: node.urls, token: readToken(dataDir), person });
}

function readToken(dataDir: string): string {
  try {
    return readText(adminTokenFile(dataDir))?.trim() ?? '';
  } catch {
    throw codedError('NotPermitted', { operation: adminTokenFile(dataDir), permission: 'read the admin token' });
  }
}
