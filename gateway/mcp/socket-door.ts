// MCP over a WebSocket, subprotocol `mcp`: one JSON-RPC message a text frame. The first message says which revision; the connection keeps it.
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { parseJSONRPCMessage } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { WebSocket } from 'ws';
import type { TroupeError } from '../../runtime/index.ts';
import { errorObject } from '../../runtime/json-rpc-error.ts';
import { failureAnswer } from '../../runtime/json-rpc-frame.ts';
import { isTooDeep } from '../http/json-depth.ts';
import type { Log } from '../log.ts';
import type { Caller } from '../operations/index.ts';
import type { McpOffer } from './offer.ts';
import { sdkServer } from './sdk-server.ts';
import { tellNews } from './told-connection.ts';

/** What the client has not read yet. */
const LARGEST_BACKLOG_BYTES = 8_388_608;
const PARSE_FAILURE = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_700, message: 'not JSON' } });
const NO_MESSAGE = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'not a JSON-RPC 2.0 message' } });

export interface SocketClient {
  readonly caller: Caller;
  readonly log: Log;
  /** Undefined while the node takes one more message of it. */
  mayCall(): TroupeError | undefined;
}

export function serveMcpSocket(socket: WebSocket, offer: McpOffer, { caller, mayCall, log }: SocketClient): void {
  serveStdio(
    ({ era }) => {
      const server = sdkServer(offer, caller);
      tellNews(server, offer, era, caller);
      return server;
    },
    { transport: socketTransport(socket, mayCall), onerror: (error) => log.debug({ err: error }, 'an MCP message was refused') },
  );
}

function socketTransport(socket: WebSocket, mayCall: SocketClient['mayCall']): Transport {
  const transport: Transport = {
    async start() {
      socket.on('message', (data, binary) => {
        if (binary) return socket.close(1003, 'texts only');
        const message = readMessage(data.toString());
        if (typeof message === 'string') return socket.send(message);
        const refusal = 'method' in message ? mayCall() : undefined;
        if (refusal === undefined) transport.onmessage?.(message);
        else if ('id' in message) socket.send(JSON.stringify(failureAnswer(message.id ?? null, errorObject(refusal))));
      });
      socket.on('close', () => transport.onclose?.());
    },
    async send(message) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > LARGEST_BACKLOG_BYTES) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    async close() {
      socket.close();
    },
  };
  return transport;
}

/** The message, or the answer to what is none. */
function readMessage(text: string): JSONRPCMessage | string {
  if (isTooDeep(text)) return PARSE_FAILURE;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return PARSE_FAILURE;
  }
  try {
    return parseJSONRPCMessage(value);
  } catch {
    return NO_MESSAGE;
  }
}
