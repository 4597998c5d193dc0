// Stands in for a node behind its node file: writes down which operations it is asked for, and answers each with what the test says.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openDataDir } from '../../gateway/data-dir.ts';
import { writeNodeFile } from '../../gateway/node-file.ts';
import { privateFolder } from './private-folder.ts';

export interface Asked {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface RecordingServer {
  /** Data directory whose node this process is said to be. */
  readonly data: string;
  readonly asked: Asked[];
  /** `{result}` or `{error}` of each call. */
  answer: (asked: Asked) => object;
}

export async function recordingServer(): Promise<RecordingServer> {
  const data = join(privateFolder(), 'data');
  const { instance } = openDataDir(data);
  const self: RecordingServer = { data, asked: [], answer: () => ({ result: {} }) };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += String(chunk);
    });
    request.on('end', () => {
      if (request.url?.includes('/events')) return void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      const { id, method, params = {} } = JSON.parse(text) as { id: number; method: string; params?: Readonly<Record<string, unknown>> };
      const asked = { method, params, headers: request.headers };
      self.asked.push(asked);
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...self.answer(asked) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(data, 'admin.token'), 'the-token\n');
  writeNodeFile(data, { version: '0', instance, startedAt: 0, host: '127.0.0.1', portOffset: 0, ports: {}, urls: { health: url, api: url, rpc: url } });
  return self;
}
