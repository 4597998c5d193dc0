// `mcp`: MCP over stdin and stdout, for clients that want a command. Lines go to the node as they are, as whoever is logged in.
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { codedError } from '../../runtime/index.ts';
import { type Cli, nodeOf, note } from './cli.ts';
import type { Verb } from './verb.ts';

const LONGEST_TEXT_BYTES = 16_777_216;
const HANDSHAKE_MS = 10_000;

/** Resolves when the client has closed stdin; rejects when the node goes. */
async function bridge(cli: Cli): Promise<void> {
  const { url, headers, ca } = await nodeOf(cli).socket();
  const { stdin, stdout } = cli.terminal;
  // The client started this command where it works.
  const socket = new WebSocket(url, 'mcp', {
    headers: { ...headers, 'x-troupe-workspace': cli.cwd },
    ...(ca === undefined ? {} : { ca }),
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: LONGEST_TEXT_BYTES,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    const lines = createInterface({ input: stdin });
    let done = false;
    // The client writes at once: what it says waits for the connection.
    lines.pause();
    socket.on('open', () => {
      note(cli, `connected to ${url}`);
      lines.resume();
    });
    lines.on('line', (line) => (line.trim() === '' ? undefined : socket.send(line)));
    lines.on('close', () => {
      done = true;
      socket.close();
    });
    socket.on('message', (data) => stdout.write(`${data.toString()}\n`));
    socket.on('error', (error) => reject(codedError('NodeUnreachable', { where: `at ${url}`, hint: ` (${error.message})` })));
    socket.on('close', () => {
      if (done) return resolve();
      lines.close();
      reject(codedError('NodeUnreachable', { where: `at ${url} any more`, hint: '' }));
    });
  });
}

export const MCP_VERB: Verb = {
  name: 'mcp',
  summary: 'MCP over stdin and stdout, for clients that want a command',
  example: 'troupe mcp --data /path/to/.troupe',
  run: bridge,
};
