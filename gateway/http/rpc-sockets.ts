// Port 9999, `/ws`: agent hosts, which say hello with their ticket, and clients with a token, which call operations and hear news,
// in plain JSON-RPC or, under the subprotocol `mcp`, in MCP.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SocketLike } from '../../actors/session/index.ts';
import { type Clock, codedError, type TroupeError } from '../../runtime/index.ts';
import { rpcPeer } from '../../runtime/json-rpc.ts';
import { failureText, INVALID_REQUEST } from '../../runtime/json-rpc-frame.ts';
import type { Log } from '../log.ts';
import { type Caller, newConnection } from '../operations/index.ts';
import { departures } from './departures.ts';
import { dispatch, type NodeNow } from './dispatch.ts';
import { BEAT_MS, keepBeating } from './heartbeat.ts';
import { isTooDeep, TOO_DEEP } from './json-depth.ts';
import type { Lasting } from './lasting.ts';
import { newsOf } from './news.ts';
import { problemOf } from './problem.ts';
import { type NoteRefusal, refusedRequest } from './refusals.ts';
import type { RequestLimits } from './request-limits.ts';
import { LONGEST_BATCH } from './rpc-call.ts';
import { LARGEST_BACKLOG_BYTES, type NoteCutOff } from './slow-readers.ts';
import { endSocket } from './stopping.ts';
import { authenticate, refuseForeign, type Trust } from './trust.ts';
import type { TurnAway } from './turn-away.ts';

export interface RpcSocketsOptions {
  readonly server: Server;
  readonly port: number;
  readonly trust: Trust;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeNow: NodeNow;
  readonly noteRefusal: NoteRefusal;
  /** Ends sockets that last longer than the token that opened them. */
  readonly lasting: Lasting | undefined;
  readonly limits: RequestLimits | undefined;
  readonly turnAway: TurnAway;
  readonly stopping: AbortSignal;
  readonly noteCutOff: NoteCutOff;
  /** Takes over the socket of a host. */
  acceptHost(socket: SocketLike, remote: string): void;
  /** Takes over the socket of a client that speaks MCP. */
  acceptMcp(socket: WebSocket, client: SocketClient): void;
}

const SUBPROTOCOLS: readonly string[] = ['mcp', 'jsonrpc'];

const LONGEST_TEXT_BYTES = 16_777_216;
const MOST_SOCKETS = 1_000;
const TRY_AGAIN_LATER = 1013;
const POLICY_VIOLATION = 1008;
/** About who asks; a wrong path or a node that starts refuses nobody. */
const AT_THE_DOOR: readonly string[] = ['ForeignRequest', 'Unauthenticated', 'TokenRefused'];
const NOTED: readonly string[] = [...AT_THE_DOOR, 'TooManyRequests'];

/** Returns what ends every socket. */
export function openRpcSockets(options: RpcSocketsOptions): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_TEXT_BYTES, handleProtocols: (offered) => SUBPROTOCOLS.find((known) => offered.has(known)) ?? false });
  options.server.on('upgrade', async (request, stream: Duplex, head) => {
    stream.on('error', () => stream.destroy());
    const refusal = await refuse(request, options);
    if (stream.destroyed) return;
    if (refusal instanceof Error) {
      const over = AT_THE_DOOR.includes(refusal.code) ? options.limits?.spend(options.limits.refusals(addressOf(request))) : undefined;
      const told = over ?? refusal;
      if (NOTED.includes(told.code)) options.noteRefusal(refusedRequest('rpc', request, told));
      return refuseUpgrade(stream, told);
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.on('error', () => undefined);
      if (sockets.clients.size > MOST_SOCKETS) refuseCrowd(socket, request, options);
      else if (refusal === undefined) options.acceptHost(socketLike(socket), addressOf(request));
      else serveCaller(socket, gathering(stream, options.clock), { caller: refusal, remote: addressOf(request) }, options);
    });
  });
  return () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}

/** Somebody at the other end of a socket. */
export interface SocketClient {
  readonly caller: Caller;
  /** Undefined: the node takes one more call. */
  mayCall(): TroupeError | undefined;
  /** Cuts it off instead when it does not read what it is told. */
  send(text: string): void;
  /** A call is under way; what it returns ends that. */
  begin(): () => void;
}

interface Asker {
  readonly caller: Caller;
  readonly remote: string;
}

/** 1008: what it was let in for is over. */
function serveCaller(socket: WebSocket, gather: () => void, { caller: asker, remote }: Asker, options: RpcSocketsOptions): void {
  const caller = { ...asker, connection: newConnection() };
  const forget = options.lasting?.add(caller, () => socket.close(POLICY_VIOLATION, 'the token has ended'));
  socket.on('close', () => forget?.());
  keepBeating(socket, options.clock, () =>
    options.noteCutOff({ door: 'rpc', remote, why: `it gave no sign of life for ${BEAT_MS / 1_000} s`, waitingBytes: socket.bufferedAmount }),
  );
  const { stopping } = options;
  const begin = endSocket(socket, stopping);
  const send = boundedSend(socket, remote, options.noteCutOff);
  const mayCall = (): TroupeError | undefined => (stopping.aborted ? codedError('NodeStopped') : options.turnAway(caller, remote));
  if (socket.protocol === 'mcp') options.acceptMcp(socket, { caller, mayCall, begin, send });
  else serveClient(socket, gather, { caller, mayCall, begin, send }, options);
}

/** An error, or the caller; undefined for one without a token, who can only be an agent host. */
async function refuse(request: IncomingMessage, { trust, port, nodeNow, turnAway, stopping }: RpcSocketsOptions): Promise<TroupeError | Caller | undefined> {
  const foreign = refuseForeign(request.headers, trust, port);
  if (foreign !== undefined) return foreign;
  if (stopping.aborted) return codedError('NodeStopped');
  if (request.url?.split('?')[0] !== '/ws') return codedError('NoSuchRoute', { method: 'WS', path: (request.url ?? '').slice(0, 200) });
  if (request.headers.authorization === undefined) return undefined;
  try {
    const caller = await authenticate(request.headers, trust, 'rpc');
    // Its news could not be told yet.
    return nodeNow() === undefined ? codedError('NodeStarting') : (turnAway(caller, addressOf(request)) ?? caller);
  } catch (error) {
    return error as TroupeError;
  }
}

const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? 'unknown';

/** One more than the node can serve. */
function refuseCrowd(socket: WebSocket, request: IncomingMessage, { noteRefusal }: RpcSocketsOptions): void {
  const why = 'too many connections';
  noteRefusal({ door: 'rpc', code: 'TooManyConnections', why, remote: addressOf(request) });
  socket.close(TRY_AGAIN_LATER, why);
}

function refuseUpgrade(stream: Duplex, error: TroupeError): void {
  const body = JSON.stringify(problemOf(error));
  stream.end(
    `HTTP/1.1 ${error.httpStatus} ${error.code}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function socketLike(socket: WebSocket): SocketLike {
  return {
    send: (text) => socket.send(text),
    close: (code, reason) => socket.close(code, reason),
    onMessage: (listener) => void socket.on('message', (data, binary) => (binary ? socket.close(1003, 'texts only') : listener(data.toString()))),
    onClose: (listener) => void socket.on('close', listener),
  };
}

function boundedSend(socket: WebSocket, remote: string, note: NoteCutOff): (text: string) => void {
  return (text) => {
    const { bufferedAmount } = socket;
    if (bufferedAmount <= LARGEST_BACKLOG_BYTES) return socket.send(text);
    if (socket.readyState !== socket.OPEN) return;
    note({ door: 'rpc', remote, why: 'it does not read what it is told', waitingBytes: bufferedAmount });
    socket.terminate();
  };
}

/** Call before each frame: those that leave together are one system call. */
function gathering(stream: Duplex, clock: Clock): () => void {
  const depart = departures(clock);
  const release = (): void => stream.uncork();
  return () => {
    stream.cork();
    depart(release);
  };
}

function serveClient(socket: WebSocket, gather: () => void, { caller, mayCall, begin, send }: SocketClient, { nodeNow, clock, log }: RpcSocketsOptions): void {
  const peer = rpcPeer({
    send(text) {
      gather();
      send(text);
    },
    methods(name, input, context) {
      const refusal = mayCall();
      if (refusal !== undefined) return Promise.reject(refusal);
      const end = begin();
      return dispatch(nodeNow, { name, input, caller, signal: () => context.signal }, end);
    },
    clock,
    longestBatch: LONGEST_BATCH,
    onFault: (method, error) => log.error({ err: error, method }, 'an operation failed'),
  });
  const hears = caller.permissions.includes('read');
  const forget = nodeNow()?.facts.listen((fact) => {
    const news = hears ? newsOf(fact) : undefined;
    if (news === undefined || socket.readyState !== socket.OPEN) return;
    peer.notify(news.method, news.params);
  });
  socket.on('message', (data, binary) => {
    if (binary) return socket.close(1003, 'texts only');
    const text = data.toString();
    if (isTooDeep(text)) send(failureText(null, { code: INVALID_REQUEST, message: TOO_DEEP }));
    else peer.receive(text);
  });
  socket.on('close', () => {
    forget?.();
    peer.close(codedError('CallCancelled'));
  });
}
