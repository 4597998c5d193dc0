// Sessions of the revision 2025-11-25: each an SDK server with a transport that keeps what it sent, so that a cut stream is resumed.
// A session belongs to who opened it; one that nobody uses for a while ends.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { type AuthInfo, isInitializeRequest, type Server } from '@modelcontextprotocol/server';
import type { Clock } from '../../runtime/index.ts';
import { type Caller, newConnection } from '../operations/index.ts';
import { recentEvents } from './event-store.ts';
import type { McpOffer } from './offer.ts';
import { rpcRefusal } from './rpc-refusal.ts';
import { sdkServer } from './sdk-server.ts';
import { tellNews } from './told-connection.ts';

export interface SessionsOptions {
  readonly offer: McpOffer;
  readonly clock: Clock;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export type McpRequest = IncomingMessage & { auth?: AuthInfo };

interface Session {
  readonly transport: NodeStreamableHTTPServerTransport;
  readonly server: Server;
  readonly caller: Caller;
  usedAt: number;
  /** Streams that are open now. */
  open: number;
}

export interface ReadySession {
  readonly revision: string;
  readonly caller: Caller;
}

const MOST_SESSIONS = 1_000;
const IDLE_MS = 30 * 60_000;
const SWEEP_EVERY_MS = 60_000;
const RETRY_MS = 1_000;
const KEEP_ALIVE_MS = 15_000;
/** What the SDK answers too. */
const NO_SESSION = -32_001;

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #options: SessionsOptions;
  #cancelSweep: () => void;

  constructor(options: SessionsOptions) {
    this.#options = options;
    const sweep = (): void => {
      this.#sweep();
      this.#cancelSweep = options.clock.after(SWEEP_EVERY_MS, sweep);
    };
    this.#cancelSweep = options.clock.after(SWEEP_EVERY_MS, sweep);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The caller's session, when the request names one that is ready: who opened it, and the negotiated revision. */
  readyOf(headers: Headers, caller: Caller): ReadySession | undefined {
    const session = this.#of(headers, caller);
    if (session === undefined) return undefined;
    session.usedAt = this.#options.clock.monotonic();
    const revision = session.server.getNegotiatedProtocolVersion();
    return revision === undefined ? undefined : { revision, caller: session.caller };
  }

  async serve(request: McpRequest, response: ServerResponse, body: unknown, caller: Caller): Promise<void> {
    const named = request.headers['mcp-session-id'];
    const session = named === undefined ? await this.#begin(body, response, caller) : this.#of(request.headers, caller);
    if (response.writableEnded) return;
    if (session === undefined)
      return rpcRefusal(response, named === undefined ? 400 : 404, NO_SESSION, named === undefined ? 'Mcp-Session-Id is missing: initialize first' : 'Session not found');
    session.usedAt = this.#options.clock.monotonic();
    session.open += 1;
    response.once('close', () => {
      session.open -= 1;
      session.usedAt = this.#options.clock.monotonic();
    });
    await session.transport.handleRequest(request, response, body);
  }

  close(): void {
    this.#cancelSweep();
    for (const { server } of this.#sessions.values()) server.close().catch(() => undefined);
    this.#sessions.clear();
  }

  /** Somebody else's is as good as none. */
  #of(headers: Headers, caller: Caller): Session | undefined {
    const id = headers['mcp-session-id'];
    const session = typeof id === 'string' ? this.#sessions.get(id) : undefined;
    return session !== undefined && mayUse(session, caller) ? session : undefined;
  }

  async #begin(body: unknown, response: ServerResponse, asker: Caller): Promise<Session | undefined> {
    const opens = Array.isArray(body) ? body.some(isInitializeRequest) : isInitializeRequest(body);
    if (!opens) return undefined;
    if (this.#sessions.size >= MOST_SESSIONS) {
      rpcRefusal(response, 503, NO_SESSION, 'too many sessions; end those that are not used');
      return undefined;
    }
    const { offer, clock } = this.#options;
    const caller = { ...asker, connection: newConnection() };
    const server = sdkServer(offer, caller);
    const transport: NodeStreamableHTTPServerTransport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: recentEvents(),
      retryInterval: RETRY_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      onsessioninitialized: (id) => void this.#sessions.set(id, session),
      onsessionclosed: (id) => void this.#sessions.delete(id),
    });
    const session: Session = { transport, server, caller, usedAt: clock.monotonic(), open: 0 };
    tellNews(server, offer, 'legacy', caller);
    await server.connect(transport);
    return session;
  }

  #sweep(): void {
    const before = this.#options.clock.monotonic() - IDLE_MS;
    for (const [id, { server, usedAt, open }] of this.#sessions) {
      if (open > 0 || usedAt > before) continue;
      this.#sessions.delete(id);
      server.close().catch(() => undefined);
    }
  }
}

/** An agent has one name, whoever it acts for; and a session goes on with what its opener might do, so it is not for a token that reaches less far. */
function mayUse({ caller: opener }: Session, { name, token }: Caller): boolean {
  if (opener.name !== name || opener.token?.subject !== token?.subject) return false;
  return (opener.token?.scopes ?? []).every((scope) => token?.scopes.includes(scope));
}
