// Port 9999, `/mcp`, and sockets that speak MCP. What serves them is loaded by the first who asks: it takes a third of a second and 30 MB
// that a node without MCP clients does not pay.
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { TroupeError } from '../../runtime/index.ts';
import type { McpServing } from '../mcp/serving.ts';
import type { Caller } from '../operations/index.ts';

export interface McpDoor {
  addRoute(app: FastifyInstance): void;
  /** `mayCall`: undefined while the node takes one more message of it. */
  accept(socket: WebSocket, caller: Caller, mayCall: () => TroupeError | undefined): void;
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
    accept(socket, caller, mayCall) {
      // What it sends meanwhile waits in the socket.
      socket.pause();
      void served().then((loaded) => {
        loaded.accept(socket, caller, mayCall);
        socket.resume();
      });
    },
    close() {
      void serving?.then((loaded) => loaded.close());
    },
  };
}
