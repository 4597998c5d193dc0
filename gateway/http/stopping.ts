// What lasts ends with its node: a stream says when to come back, a socket goes away with 1001 once what it was asked is answered.
import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';

/** What clients wait before they come back (the `retry` of server-sent events). */
const COME_BACK_MS = 2_000;
const LAST_WORDS = `retry: ${COME_BACK_MS}\n: the node is stopping\n\n`;
const GOING_AWAY = 1001;

/** Calls back at once where it is stopping already. Returns what forgets it. */
export function atStop(stopping: AbortSignal, end: () => void): () => void {
  if (stopping.aborted) {
    end();
    return () => undefined;
  }
  stopping.addEventListener('abort', end, { once: true });
  return () => stopping.removeEventListener('abort', end);
}

/** For a stream of server-sent events that would go on. */
export function endStream(raw: ServerResponse, stopping: AbortSignal): void {
  const forget = atStop(stopping, () => {
    // Whoever still writes to it is told by its end.
    raw.on('error', () => undefined);
    if (raw.headersSent) raw.end(LAST_WORDS);
    else raw.destroy();
  });
  raw.once('close', forget);
}

/** For a socket. Returns how to say that a call is under way; what that returns says that it was answered. */
export function endSocket(socket: WebSocket, stopping: AbortSignal): () => () => void {
  let underWay = 0;
  const endIfQuiet = (): void => {
    if (underWay === 0) socket.close(GOING_AWAY, 'the node is stopping: come back in a while');
  };
  const forget = atStop(stopping, endIfQuiet);
  socket.once('close', forget);
  return () => {
    underWay += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      underWay -= 1;
      // The answer itself is sent first.
      if (stopping.aborted) setImmediate(endIfQuiet);
    };
  };
}
