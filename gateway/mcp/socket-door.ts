// MCP over a WebSocket, subprotocol `mcp`: one JSON-RPC message a text frame. The first message says which revision; the connection keeps it.
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { parseJSONRPCMessage } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { WebSocket } from 'ws';
import { errorObject } from '../../runtime/json-rpc-error.ts';
import { failureText } from '../../runtime/json-rpc-frame.ts';
import { isTooDeep } from '../http/json-depth.ts';
import type { SocketClient } from '../http/rpc-sockets.ts';
import type { Log } from '../log.ts';
import type { McpOffer } from './offer.ts';
import { sdkServer } from './sdk-server.ts';
import { taskFrames } from './task-frames.ts';
import { tellNews } from './told-connection.ts';

const PARSE_FAILURE = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_700, message: 'not JSON' } });
const NO_MESSAGE = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'not a JSON-RPC 2.0 message' } });

export function serveMcpSocket(socket: WebSocket, offer: McpOffer, client: SocketClient, log: Log): void {
  const { caller } = client;
  serveStdio(
    ({ era }) => {
      const server = sdkServer(offer, caller);
      tellNews(server, offer, era, caller);
      return server;
    },
    { transport: socketTransport(socket, client, offer), onerror: (error) => log.debug({ err: error }, 'an MCP message was refused') },
  );
}

function socketTransport(socket: WebSocket, { caller, mayCall, begin, send }: SocketClient, { tasks }: Pick<McpOffer, 'tasks'>): Transport {
  const underWay = new Map<unknown, () => void>();
  const write = (message: object): void => {
    if (socket.readyState !== socket.OPEN) return;
    send(JSON.stringify(message));
    if ('method' in message || !('id' in message)) return;
    underWay.get(message.id)?.();
    underWay.delete(message.id);
  };
  const frames = taskFrames({ tasks, caller, send: write, pass: (message) => transport.onmessage?.(message) });
  const transport: Transport = {
    async start() {
      socket.on('message', (data, binary) => {
        if (binary) return socket.close(1003, 'texts only');
        const message = readMessage(data.toString());
        if (typeof message === 'string') return send(message);
        const refusal = 'method' in message ? mayCall() : undefined;
        if (refusal === undefined) {
          if ('method' in message && 'id' in message) underWay.set(message.id, begin());
          frames.said(message);
        } else if ('id' in message) send(failureText(message.id ?? null, errorObject(refusal)));
      });
      socket.on('close', () => {
        frames.end();
        transport.onclose?.();
      });
    },
    async send(message) {
      frames.answered(message);
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
