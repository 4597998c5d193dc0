// The open connections of one server, and its orderly end: nobody new gets in, what was asked is answered, and what is left after a while is cut off.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/index.ts';
import { pause } from '../node/wait-until.ts';

export interface Connections {
  /** Those that speak HTTP: one that became a WebSocket is left to whoever serves it. */
  readonly open: ReadonlySet<Socket>;
  /** Resolves with how many were cut off when the time was over. */
  drain(clock: Clock, withinMs: number): Promise<number>;
}

const LOOK_MS = 20;

export function connectionsOf(server: Server): Connections {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('upgrade', ({ socket }) => open.delete(socket));
  return {
    open,
    async drain(clock, withinMs) {
      const until = clock.monotonic() + withinMs;
      server.close();
      // To the server whoever has said nothing yet is busy.
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
      while (open.size > 0 && clock.monotonic() < until) {
        server.closeIdleConnections();
        await pause(clock, LOOK_MS);
      }
      const left = [...open];
      for (const socket of left) socket.destroy();
      return left.length;
    },
  };
}
