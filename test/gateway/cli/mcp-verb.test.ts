import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openDataDir } from '../../../gateway/data-dir.ts';
import { writeNodeFile } from '../../../gateway/node-file.ts';
import { runCli } from '../../support/cli-run.ts';
import { privateFolder } from '../../support/private-folder.ts';

type Frame = { readonly id?: number; readonly method?: string };

/** A node whose WebSocket does what the test says with each message. Resolves with its data directory. */
async function socketNode(onMessage: (socket: WebSocket, message: Frame) => void): Promise<string> {
  const data = join(privateFolder(), 'data');
  const { instance } = openDataDir(data);
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => socket.on('message', (text) => onMessage(socket, JSON.parse(String(text)) as Frame)));
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  writeFileSync(join(data, 'admin.token'), 'the-token\n');
  writeNodeFile(data, { version: '0', instance, startedAt: 0, host: '127.0.0.1', portOffset: 0, ports: {}, urls: { health: url, api: url, rpc: url } });
  return data;
}

const request = (id: number): string => `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/list' })}\n`;
const notification = (method: string, params: object): string => `${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`;
const answerTo = (socket: WebSocket, id: number | undefined): void => socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
const idsIn = (stdout: string): readonly number[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: number }).id);

describe('troupe mcp', () => {
  it('what was asked before the input ended is answered, also when the node answers later', async () => {
    const waiting: number[] = [];
    const data = await socketNode((socket, { id }) => {
      if (id !== undefined) waiting.push(id);
      // Long after the end of the input was seen here.
      if (waiting.length === 3) setTimeout(() => waiting.forEach((each) => void answerTo(socket, each)), 100);
    });
    const { code, stdout } = await runCli(['mcp', '--data', data], { cwd: data, stdin: `${request(1)}${request(2)}${request(3)}` });
    expect([code, idsIn(stdout)]).toEqual([0, [1, 2, 3]]);
  });

  it('what was cancelled is not waited for', async () => {
    const data = await socketNode((socket, { id }) => (id === 2 ? answerTo(socket, id) : undefined));
    const { code, stdout } = await runCli(['mcp', '--data', data], { cwd: data, stdin: `${request(1)}${notification('notifications/cancelled', { requestId: 1 })}${request(2)}` });
    expect([code, idsIn(stdout)]).toEqual([0, [2]]);
  });

  it('a node that goes before it has answered is an unreachable node, also after the input has ended', async () => {
    const data = await socketNode((socket) => void setTimeout(() => socket.terminate(), 100));
    const { code, stderr } = await runCli(['mcp', '--data', data], { cwd: data, stdin: request(1) });
    expect([code, stderr]).toEqual([3, expect.stringContaining('no node answers at')]);
  });
});
