// One frame over a WebSocket of its own: the answer under its id where one is promised, else that the other end is still there. What may wait
// and does is left, once the same connection has answered something else meanwhile: open is not enough.
import WebSocket from 'ws';
import { HANG_MS, LASTING_MS, type Outcome, type Target } from './shooting.ts';
import type { Shot } from './shots.ts';

interface Heard {
  readonly id?: unknown;
  readonly method?: unknown;
}

/** Asked behind a frame that waits. */
const BEHIND = { jsonrpc: '2.0', id: 'behind', method: 'ping' };

/** News are no answer. */
function isAnswer(text: string, id: string | undefined): boolean {
  const heard = [JSON.parse(text) as Heard | readonly Heard[]].flat() as readonly Heard[];
  return heard.some((one) => one.method === undefined && (id === undefined || one.id === id || one.id === null));
}

export function overSocket({ door, path, headers, body = '', socket: protocol, id, lasting = false }: Shot, { ports, token, hangMs = HANG_MS }: Target): Promise<Outcome> {
  const port = ports[door];
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, [protocol ?? 'jsonrpc'], { headers: { authorization: `Bearer ${token}`, ...headers } });
    const late = setTimeout(() => end('hang'), hangMs);
    let soon: NodeJS.Timeout | undefined;
    let behind = false;
    const askBehind = (): void => {
      behind = true;
      socket.send(JSON.stringify(BEHIND));
    };
    let text = '';
    const end = (outcome: Outcome): void => {
      clearTimeout(late);
      clearTimeout(soon);
      resolve(outcome);
      socket.terminate();
    };
    const answered = (): void => end({ status: 200, type: 'application/json', text });
    socket.on('open', () => {
      socket.send(body);
      if (id === undefined) socket.ping();
      if (lasting) soon = setTimeout(askBehind, LASTING_MS);
    });
    socket.on('message', (data) => {
      if (behind && isAnswer(data.toString(), BEHIND.id)) return end('left');
      if (!isAnswer(data.toString(), id)) return;
      text = data.toString();
      if (id !== undefined) answered();
    });
    socket.on('pong', answered);
    socket.on('unexpected-response', (_request, response) => end({ status: response.statusCode ?? 0, type: String(response.headers['content-type'] ?? ''), text: '{}' }));
    socket.on('error', () => end('cut'));
    socket.on('close', () => end('cut'));
  });
}
