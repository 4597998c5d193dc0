// A client that is gone without a word (a laptop that sleeps, a cable that was pulled) keeps its socket for as long as nothing is written
// to it. So each is asked for a sign of life, which browsers and libraries give by themselves (RFC 6455, section 5.5.2), and no proxy
// between takes the silence for an end.
import type { WebSocket } from 'ws';
import type { Clock } from '../../runtime/index.ts';

/** Shorter than the silence after which common proxies cut a connection. */
export const BEAT_MS = 30_000;

/** `lost` is called once, when nothing was heard since the last beat; the socket ends with that. */
export function keepBeating(socket: WebSocket, clock: Clock, lost: () => void): void {
  let heard = true;
  const hear = (): void => {
    heard = true;
  };
  const beat = (): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (!heard) {
      lost();
      socket.terminate();
      return;
    }
    heard = false;
    socket.ping();
    cancel = clock.after(BEAT_MS, beat);
  };
  let cancel = clock.after(BEAT_MS, beat);
  socket.on('pong', hear);
  socket.on('message', hear);
  socket.on('close', () => cancel());
}
