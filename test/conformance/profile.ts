// The conformance profile of a running node: its MCP server on a loopback listener of its own, without a token, since the official suite
// can send none. Only this file opens it; nothing in the product can.
import type { AddressInfo } from 'node:net';
import { doorServer } from '../../gateway/http/door-server.ts';
import { mcpDoor } from '../../gateway/http/mcp-route.ts';
import type { McpOffer } from '../../gateway/mcp/offer.ts';
import { mcpServing } from '../../gateway/mcp/serving.ts';
import { type Caller, PERMISSIONS } from '../../gateway/operations/index.ts';
import { systemClock } from '../../runtime/index.ts';

const HOST = '127.0.0.1';
const SUITE: Caller = { name: 'conformance', permissions: PERMISSIONS };
const quiet = (): void => undefined;

export interface Profile {
  readonly url: string;
  close(): Promise<void>;
}

export async function openProfile(offer: McpOffer, port: number): Promise<Profile> {
  const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: object, words: string) => console.error(words, fields) };
  const trust = { host: HOST, pagePorts: [port], adminToken: '' };
  const app = doorServer({ door: { name: 'conformance', port, purpose: 'conformance profile' }, trust, log, clock: systemClock, authenticated: false });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request) => {
    request.caller = SUITE;
  });
  const mcp = mcpDoor(async () => mcpServing({ offer, clock: systemClock, log }));
  mcp.addRoute(app);
  await app.listen({ host: HOST, port });
  return {
    url: `http://${HOST}:${(app.server.address() as AddressInfo).port}/mcp`,
    async close() {
      mcp.close();
      await app.close();
    },
  };
}
