// The official SDK's client against a door of a test, over each way in and in each revision.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { Client, type ClientCapabilities, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { runProgram } from '../../gateway/cli/program.ts';
import { openDataDir } from '../../gateway/data-dir.ts';
import { writeNodeFile } from '../../gateway/node-file.ts';
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
}

export async function mcpClient(
  port: number,
  { era = 'modern', way = 'http', headers = HONEST, capabilities = {}, path = way === 'http' ? '/mcp' : '/ws', fetch: fetching = fetch }: ClientWishes = {},
): Promise<Client> {
  const versionNegotiation = { mode: era === 'modern' ? ({ pin: '2026-07-28' } as const) : ('legacy' as const) };
  const client = new Client({ name: 'a-test', version: '1' }, { capabilities, versionNegotiation });
  const transports: Readonly<Record<Way, () => Transport>> = {
    http: () => new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}${path}`), { requestInit: { headers }, fetch: fetching }),
    ws: () => socketTransport(port, path, headers),
    stdio: () => commandTransport(ownersData(port)),
  };
  onTestFinished(() => client.close());
  await client.connect(transports[way]());
  return client;
}

/** The SDK has no WebSocket client for Node. */
function socketTransport(port: number, path: string, headers: Readonly<Record<string, string>>): Transport {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, 'mcp', { headers });
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
