// Before the handshake of a door that speaks TLS: whoever speaks plain HTTP there is told so instead of being hung up on, and whoever says
// nothing is cut off.
import type { Socket } from 'node:net';
import type { Server } from 'node:tls';
import type { Clock } from '../../runtime/index.ts';
import { PROBLEM_JSON, problemOf } from './problem.ts';

/** First byte of every handshake (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;
const SILENT_MS = 10_000;

const WORDS = JSON.stringify(problemOf({ statusCode: 400, message: 'this door speaks HTTPS: ask it with https:// or wss://' }));
const TOLD = `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_JSON}\r\nContent-Length: ${Buffer.byteLength(WORDS)}\r\nConnection: close\r\n\r\n${WORDS}`;

/** Call before anybody else listens for connections. Returns what ends all that are open, also those that have not shaken hands. */
export function beforeHandshake(server: Server, clock: Clock): () => void {
  const open = new Set<Socket>();
  const served = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // Without a listener a reset would end the process; once the handshake has begun the server's own listens too.
    socket.on('error', () => socket.destroy());
    const cancel = clock.after(SILENT_MS, () => socket.destroy());
    socket.once('close', cancel);
    socket.once('readable', () => {
      cancel();
      const head = socket.read() as Buffer | null;
      if (head === null) return socket.destroy();
      if (head[0] !== HANDSHAKE) return refuse(socket);
      socket.unshift(head);
      for (const serve of served) Reflect.apply(serve, server, [socket]);
    });
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}

function refuse(socket: Socket): void {
  socket.write(TOLD);
  // Whoever does not close has nothing more to say either.
  socket.destroySoon();
}
