// Port 9999, `/mcp`, and sockets that speak MCP. What serves them is loaded by the first who asks: it takes a third of a second and 30 MB
// that a node without MCP clients does not pay.
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { McpServing } from '../mcp/serving.ts';
import type { SocketClient } from './rpc-sockets.ts';

export interface McpDoor {
  addRoute(app: FastifyInstance): void;
  accept(socket: WebSocket, client: SocketClient): void;
  close(): void;
}

export function mcpDoor(load: () => Promise<McpServing>): McpDoor {
  let serving: Promise<McpServing> | undefined;
  const served = (): Promise<McpServing> => {
    serving ??= load();
    return serving;
  };
  return {
    addRoute(app) {
      app.route({ method: ['GET', 'POST', 'DELETE'], url: '/mcp', handler: async (request, reply) => (await served()).serve(request, reply) });
    },
    accept(socket, client) {
      // What it sends meanwhile waits in the socket.
      socket.pause();
      void served().then((loaded) => {
        loaded.accept(socket, client);
        socket.resume();
      });
    },
    close() {
      void serving?.then((loaded) => loaded.close());
    },
  };
}
