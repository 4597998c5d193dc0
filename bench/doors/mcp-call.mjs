// tools/call over HTTP on 50 connections, with a token, an ask to a volatile actor behind it: the revision without sessions, and 50 sessions.
import { sized } from '../extent.mjs';
import { quantile } from '../row-result.mjs';
import { interleave } from '../sampling.mjs';
import { Connection, load, requestBytes } from './http-load.mjs';
import { TOKEN } from './measured-server.mjs';
import { startMeasured } from './server-time.mjs';

const CONNECTIONS = sized(50, 4);
const CALLS = sized(3_000, 100);
const HEADERS = { Authorization: `Bearer ${TOKEN}`, Accept: 'application/json, text/event-stream' };
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
const PARAMS = { name: 'actor_send', arguments: { address: 'router', type: 'GET', ask: true } };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
};
const MODERN = { ...HEADERS, 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': PARAMS.name };
const INITIALIZE = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } } };

function check(body) {
  if (!body.includes('"structuredContent":{"id":"') || !body.includes('"reply":')) throw new Error(`no answer of the actor: ${body}`);
}

const stateless = async (port) => requestBytes(port, '/mcp', MODERN, { ...CALL, params: { ...PARAMS, _meta: META } });

async function inSession(port, connection) {
  const { head } = await connection.send(requestBytes(port, '/mcp', HEADERS, INITIALIZE));
  const session = /\r\nmcp-session-id: (\S+)/.exec(head)?.[1];
  const headers = { ...HEADERS, 'Mcp-Session-Id': session, 'MCP-Protocol-Version': '2025-11-25' };
  await connection.send(requestBytes(port, '/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'ping' }));
  return requestBytes(port, '/mcp', headers, { ...CALL, params: PARAMS });
}

async function side(program, requestOf) {
  const server = await startMeasured(program);
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(server.port));
  const requests = [];
  for (const connection of connections) requests.push(await requestOf(server.port, connection));
  const latencies = [];
  return {
    latencies,
    sample: () =>
      server.rate(CALLS, async (count) => {
        latencies.push(quantile(await load(connections, requests, count, check), 0.99));
      }),
    async stop() {
      for (const connection of connections) connection.close();
      await server.stop();
    },
  };
}

async function calls(id, requestOf) {
  const ours = await side('our-server.mjs', requestOf);
  const peer = await side('sdk-server.mjs', requestOf);
  const samples = await interleave({ ours: ours.sample, peer: peer.sample });
  const kept = samples.ours.length;
  await ours.stop();
  await peer.stop();
  return { [id]: samples, [`${id}.p99`]: { ours: ours.latencies.slice(-kept), peer: peer.latencies.slice(-kept) } };
}

export const modern = () => calls('mcp.call.modern', stateless);
export const session = () => calls('mcp.call.session', inSession);
