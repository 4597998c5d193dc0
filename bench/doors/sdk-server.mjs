// The peer of the MCP rows: the official SDK's own server, as its documentation puts it together for both revisions, with the same check of
// Host, Origin and token, the same tool and the same volatile actor behind it.
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { localhostHostValidation, localhostOriginValidation, NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isInitializeRequest, McpServer, OAuthError, OAuthErrorCode, verifyBearerToken } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { ask } from './asked-actor.mjs';
import { serveMeasured, TOKEN } from './measured-server.mjs';

const input = z.strictObject({
  address: z.string().min(1).max(200),
  type: z.string().min(1).max(200),
  payload: z.record(z.string(), z.unknown()).optional(),
  ask: z.boolean().optional(),
});
const output = z.strictObject({ id: z.string(), accepted: z.literal(true).optional(), reply: z.unknown().optional() });

function server() {
  const made = new McpServer({ name: 'sdk', version: '1' });
  made.registerTool('actor_send', { description: 'a message to an actor', inputSchema: input, outputSchema: output }, async () => {
    const answer = { id: randomUUID(), reply: await ask() };
    return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: answer };
  });
  return made;
}

const expected = Buffer.from(TOKEN);
const verifier = {
  async verifyAccessToken(token) {
    const given = Buffer.from(token);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new OAuthError(OAuthErrorCode.InvalidToken, 'wrong');
    return { token, clientId: 'bench', scopes: [], expiresAt: 4_000_000_000 };
  },
};

const stateless = toNodeHandler(createMcpHandler(server, { legacy: 'reject' }));
const sessions = new Map();

async function serveSession(request, response, body) {
  const known = sessions.get(request.headers['mcp-session-id']);
  if (known !== undefined) return known.handleRequest(request, response, body);
  if (!isInitializeRequest(body)) return response.writeHead(404).end();
  const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => sessions.set(id, transport) });
  await server().connect(transport);
  return transport.handleRequest(request, response, body);
}

async function serve(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  request.auth = await verifyBearerToken(request.headers.authorization, { verifier });
  const body = JSON.parse(Buffer.concat(chunks).toString());
  if (request.headers['mcp-protocol-version'] === '2026-07-28') return stateless(request, response, body);
  return serveSession(request, response, body);
}

const hostIsOurs = localhostHostValidation();
const originIsOurs = localhostOriginValidation();
await serveMeasured((port) => {
  const http = createServer((request, response) => {
    if (hostIsOurs(request, response) && originIsOurs(request, response)) serve(request, response).catch(() => response.writeHead(401).end());
  });
  // While the other side is measured nobody asks here.
  http.keepAliveTimeout = 0;
  return new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));
});
