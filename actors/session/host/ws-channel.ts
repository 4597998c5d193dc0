// The wire of an agent host: one WebSocket to its node, texts only.
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { codedError } from '../../../runtime/errors.ts';

export interface ChannelEvents {
  onText(text: string): void;
  /** Once, after the channel was open. */
  onClosed(why: string): void;
}

export interface Channel {
  send(text: string): void;
  close(): void;
}

export interface ChannelPlace {
  readonly url: string;
  readonly agent: string;
  /** Files of the certificate that it shows a node that asks for one. */
  readonly shown?: { readonly certFile: string; readonly keyFile: string } | undefined;
}

const LONGEST_TEXT_BYTES = 16_777_216;
const HANDSHAKE_MS = 10_000;

/** Rejects with `SessionLost` when the node cannot be reached. */
export async function openChannel({ url, agent, shown }: ChannelPlace, events: ChannelEvents): Promise<Channel> {
  // Read each time: it may have been renewed.
  const show = shown === undefined ? {} : { cert: readFileSync(shown.certFile), key: readFileSync(shown.keyFile) };
  const socket = new WebSocket(url, ['jsonrpc'], { ...show, handshakeTimeout: HANDSHAKE_MS, maxPayload: LONGEST_TEXT_BYTES, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => reject(codedError('SessionLost', { agent, why: `${url}: ${error.message}` })));
    socket.once('open', () => {
      socket.on('close', (_code, reason) => events.onClosed(reason.toString() || 'the connection closed'));
      resolve({ send: (text) => socket.send(text), close: () => socket.close() });
    });
    socket.on('message', (data, binary) => {
      if (!binary) events.onText(data.toString());
    });
    socket.on('error', () => {});
  });
}
