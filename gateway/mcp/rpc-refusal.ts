// A refusal of an MCP request before any server sees it: a JSON-RPC error under an HTTP status.
import type { ServerResponse } from 'node:http';

export function rpcRefusal(response: ServerResponse, status: number, code: number, message: string, id: unknown = null): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }));
}
