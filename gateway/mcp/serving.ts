// Port 9999, `/mcp`: both revisions of MCP on one endpoint. A request that carries the envelope of 2026-07-28 is stateless; `initialize`
// opens a session of 2025-11-25. Who asks and where from was checked before.
import type { ServerResponse } from 'node:http';
import { type NodeMcpRequestHandler, toNodeHandler } from '@modelcontextprotocol/node';
import { type AuthInfo, classifyInboundRequest, createMcpHandler } from '@modelcontextprotocol/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Clock } from '../../runtime/index.ts';
import { callerOf } from '../http/api-door.ts';
import { isTooDeep } from '../http/json-depth.ts';
import type { SocketClient } from '../http/rpc-sockets.ts';
import type { NoteCutOff } from '../http/slow-readers.ts';
import { endStream } from '../http/stopping.ts';
import { takeOver } from '../http/take-over.ts';
import type { Log } from '../log.ts';
import type { Caller } from '../operations/index.ts';
import { boundedStreams } from './bounded-streams.ts';
import { newsBus } from './news-bus.ts';
import type { McpOffer } from './offer.ts';
import { type ParamHeaders, paramHeaders, wrongParamHeader } from './param-headers.ts';
import { answerQuick, quickCall } from './quick-call.ts';
import { rpcRefusal } from './rpc-refusal.ts';
import { sdkServer } from './sdk-server.ts';
import { type McpRequest, Sessions } from './sessions.ts';
import { serveMcpSocket } from './socket-door.ts';
import { withTaskStreams } from './task-streams.ts';

export interface McpServingOptions {
  readonly offer: McpOffer;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the streams that would go on. */
  readonly stopping?: AbortSignal;
  readonly noteCutOff?: NoteCutOff;
}

const PARSE_ERROR = -32_700;
const HEADER_MISMATCH = -32_020;
const MOST_SUBSCRIPTIONS = 1_000;
const KEEP_ALIVE_MS = 15_000;

export interface McpServing {
  /** One request to `/mcp`, its caller known. */
  serve(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** A socket under the subprotocol `mcp`. */
  accept(socket: WebSocket, client: SocketClient): void;
  /** Ends every session and stream. */
  close(): void;
}

export function mcpServing({ offer, clock, log, stopping, noteCutOff = () => undefined }: McpServingOptions): McpServing {
  const sessions = new Sessions({ offer, clock });
  const mirrored = paramHeaders(offer.tools.cards);
  const stateless = createMcpHandler(({ authInfo }) => sdkServer(offer, callerOfAuth(authInfo)), {
    legacy: 'reject',
    bus: newsBus(offer),
    maxSubscriptions: MOST_SUBSCRIPTIONS,
    keepAliveMs: KEEP_ALIVE_MS,
    onerror: (error) => log.debug({ err: error }, 'an MCP request was refused'),
  });
  const node = toNodeHandler({ fetch: withTaskStreams(stateless.fetch, offer) }, { onerror: (error) => log.error({ err: error }, 'an MCP request failed') });
  const bounded = boundedStreams(offer);
  const bound = (request: FastifyRequest, raw: ServerResponse): void =>
    bounded(raw, (waitingBytes) => noteCutOff({ door: 'rpc', remote: request.ip, why: 'it does not read what it is told', waitingBytes }));
  return {
    async serve(request, reply) {
      const notReady = offer.notReady();
      if (notReady !== undefined) throw notReady;
      const caller = callerOf(request);
      const body = bodyOf(request);
      const wanting = offer.tools.wanting?.(toolOf(body.value), caller);
      if (wanting !== undefined) throw wanting;
      const session = sessions.readyOf(request.headers, caller);
      const quick = quickCall(offer, request.headers, body.value, session?.revision);
      if (quick !== undefined && !mirrored.has(quick.tool)) return reply.type('application/json').send(await answerQuick(offer, quick, session?.caller ?? caller));
      await serveWhole(request, reply, { body, caller, sessions, mirrored, node, log, stopping, bound });
      return reply;
    },
    accept: (socket, client) => serveMcpSocket(socket, offer, client, log),
    close() {
      sessions.close();
      void stateless.close();
    },
  };
}

interface Serving {
  readonly body: Body;
  readonly caller: Caller;
  readonly sessions: Sessions;
  readonly mirrored: ParamHeaders;
  readonly node: NodeMcpRequestHandler;
  readonly log: Log;
  readonly stopping: AbortSignal | undefined;
  /** Of a stream that goes on: what it was not told yet is bounded. */
  bound(request: FastifyRequest, raw: ServerResponse): void;
}

async function serveWhole(request: FastifyRequest, reply: FastifyReply, { body, caller, sessions, mirrored, node, log, stopping, bound }: Serving): Promise<void> {
  const raw: McpRequest = request.raw;
  raw.auth = authOf(caller);
  takeOver(reply).setHeader('x-content-type-options', 'nosniff');
  if (goesOn(request, body.value)) {
    if (stopping !== undefined) endStream(reply.raw, stopping);
    bound(request, reply.raw);
  }
  if (!body.ok) return rpcRefusal(reply.raw, 400, PARSE_ERROR, 'Parse error: the body is not valid JSON, or nested too deep');
  try {
    if (isOfSession(request, body.value)) return await sessions.serve(raw, reply.raw, body.value, caller);
    const wrong = wrongParamHeader(mirrored, request.headers, body.value);
    if (wrong !== undefined) return rpcRefusal(reply.raw, 400, HEADER_MISMATCH, wrong, (body.value as { readonly id?: unknown }).id);
    await node(raw as Parameters<NodeMcpRequestHandler>[0], reply.raw as Parameters<NodeMcpRequestHandler>[1], body.value);
  } catch (error) {
    log.error({ err: error }, 'an MCP request failed');
    if (!reply.raw.headersSent) rpcRefusal(reply.raw, 500, -32_603, 'internal error');
    else reply.raw.destroy();
  }
}

/** What is answered with a stream that nobody waits for the end of. */
function goesOn({ method }: FastifyRequest, body: unknown): boolean {
  return method === 'GET' || (body as { readonly method?: unknown } | null | undefined)?.method === 'subscriptions/listen';
}

type Body = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly value?: undefined };

function bodyOf({ method, body }: FastifyRequest): Body {
  if (method !== 'POST') return { ok: true, value: undefined };
  if (typeof body === 'string' && isTooDeep(body)) return { ok: false };
  try {
    return { ok: true, value: JSON.parse(typeof body === 'string' ? body : '') };
  } catch {
    return { ok: false };
  }
}

/** Of a call of one; empty for anything else. */
function toolOf(body: unknown): string {
  const { method, params } = (body ?? {}) as { readonly method?: unknown; readonly params?: { readonly name?: unknown } | null };
  return method === 'tools/call' && typeof params?.name === 'string' ? params.name : '';
}

/** The SDK's own rule for which revision a request is of. */
function isOfSession(request: FastifyRequest, body: unknown): boolean {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const outcome = classifyInboundRequest({
    httpMethod: request.method,
    protocolVersionHeader: header('mcp-protocol-version'),
    mcpMethodHeader: header('mcp-method'),
    mcpNameHeader: header('mcp-name'),
    body,
  } as Parameters<typeof classifyInboundRequest>[0]);
  return outcome.kind === 'legacy';
}

/** The SDK carries who asks as it does for OAuth; the token itself stays outside. */
function authOf(caller: Caller): AuthInfo {
  return { token: '', clientId: caller.name, scopes: [...caller.permissions], extra: { caller } };
}

function callerOfAuth(auth: AuthInfo | undefined): Caller {
  return auth?.extra?.caller as Caller;
}
