// The open connections of one server, and its orderly end: nobody new gets in, what was asked is answered, and what is left after a while is cut off.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Clock } from '../../runtime/index.ts';
import { pause } from '../node/wait-until.ts';

export interface Connections {
  /** Also those that became WebSockets. */
  readonly all: ReadonlySet<Socket>;
  /** Resolves with how many were cut off when the time was over. WebSockets are left to whoever serves them. */
  drain(clock: Clock, withinMs: number): Promise<number>;
}

const LOOK_MS = 20;

export function connectionsOf(server: Server): Connections {
  const all = new Set<Socket>();
  const http = new Set<Socket>();
  // By TLS: what is written to them, and not what goes over the wire.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    all.add(socket);
    http.add(socket);
    socket.once('close', () => {
      all.delete(socket);
      http.delete(socket);
    });
  });
  server.on('upgrade', ({ socket }) => http.delete(socket));
  return {
    all,
    async drain(clock, withinMs) {
      const until = clock.monotonic() + withinMs;
      server.close();
      // To the server whoever has said nothing yet is busy.
      for (const socket of http) if (socket.bytesRead === 0) socket.destroy();
      while (http.size > 0 && clock.monotonic() < until) {
        server.closeIdleConnections();
        await pause(clock, LOOK_MS);
      }
      const left = [...http];
      for (const socket of left) socket.destroy();
      return left.length;
    },
  };
}
