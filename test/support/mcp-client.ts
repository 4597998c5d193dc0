// The official SDK's client against a door of a test, over each way in and in each revision.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { Client, type ClientCapabilities, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { runProgram } from '../../gateway/cli/program.ts';
import { openDataDir } from '../../gateway/data-dir.ts';
import { writeNodeFile } from '../../gateway/node-file.ts';
import { nodeFetch } from '../../gateway/tls/node-fetch.ts';
import { systemClock } from '../../runtime/index.ts';
import { privateFolder } from './private-folder.ts';
import { HONEST, TRUST } from './test-door.ts';

export type Era = 'modern' | 'legacy';
export type Way = 'http' | 'ws' | 'stdio';

export interface ClientWishes {
  readonly era?: Era;
  readonly way?: Way;
  readonly headers?: Readonly<Record<string, string>>;
  readonly capabilities?: ClientCapabilities;
  readonly path?: string;
  readonly fetch?: typeof fetch;
  /** File of the authority of a node that speaks TLS; with it, `fetch` is not used. */
  readonly caFile?: string;
}

export async function mcpClient(
  port: number,
  { era = 'modern', way = 'http', headers = HONEST, capabilities = {}, path = way === 'http' ? '/mcp' : '/ws', fetch: fetching = fetch, caFile }: ClientWishes = {},
): Promise<Client> {
  const secure = caFile === undefined ? '' : 's';
  const transports: Readonly<Record<Way, () => Transport>> = {
    http: () =>
      new StreamableHTTPClientTransport(new URL(`http${secure}://127.0.0.1:${port}${path}`), {
        requestInit: { headers },
        fetch: caFile === undefined ? fetching : believing(caFile),
      }),
    ws: () => socketTransport(`ws${secure}://127.0.0.1:${port}${path}`, headers, caFile),
    stdio: () => commandTransport(ownersData(port)),
  };
  return sdkClient(transports[way](), era, capabilities);
}

export async function sdkClient(transport: Transport, era: Era, capabilities: ClientCapabilities = {}): Promise<Client> {
  const versionNegotiation = { mode: era === 'modern' ? ({ pin: '2026-07-28' } as const) : ('legacy' as const) };
  const client = new Client({ name: 'a-test', version: '1' }, { capabilities, versionNegotiation });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

/** `fetch` for a client that believes one more authority. */
export function believing(caFile: string): typeof fetch {
  return (url, { method = 'GET', headers, body, signal } = {}) =>
    nodeFetch(
      String(url),
      { method, headers: Object.fromEntries(new Headers(headers)), ...(typeof body === 'string' ? { body } : {}), ...(signal === undefined || signal === null ? {} : { signal }) },
      caFile,
    );
}

/** The SDK has no WebSocket client for Node. */
function socketTransport(url: string, headers: Readonly<Record<string, string>>, caFile?: string): Transport {
  const socket = new WebSocket(url, 'mcp', { headers, ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }) });
  const transport: Transport = {
    start: () =>
      new Promise((resolve, reject) => {
        socket.once('open', () => resolve());
        socket.once('error', reject);
        socket.on('message', (data) => transport.onmessage?.(JSON.parse(data.toString())));
        socket.on('close', () => transport.onclose?.());
      }),
    send: async (message) => socket.send(JSON.stringify(message)),
    close: async () => socket.close(),
  };
  return transport;
}

function ownersData(port: number): string {
  const data = join(privateFolder(), 'data');
  const { instance } = openDataDir(data);
  writeFileSync(join(data, 'admin.token'), `${TRUST.adminToken}\n`);
  const url = `http://127.0.0.1:${port}`;
  writeNodeFile(data, { version: '0', instance, startedAt: 0, host: '127.0.0.1', portOffset: 0, ports: {}, urls: { health: url, api: url, rpc: url } });
  return data;
}

/** `troupe mcp` in this process, its stdin and stdout in the place of pipes. */
export function commandTransport(data: string, env: Readonly<Record<string, string>> = {}): Transport {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const terminal = { stdin, stdout, stderr, interactive: false, colour: false, width: 120, height: 24 };
  const transport: Transport = {
    async start() {
      createInterface({ input: stdout }).on('line', (line) => transport.onmessage?.(JSON.parse(line)));
      const ended = runProgram(['mcp', '--data', data], (options) => ({ terminal, env, cwd: data, clock: systemClock, person: 'ann', options, exitCode: 0 }), terminal);
      void ended.then(() => transport.onclose?.());
    },
    send: async (message) => void stdin.write(`${JSON.stringify(message)}\n`),
    close: async () => void stdin.end(),
  };
  return transport;
}
