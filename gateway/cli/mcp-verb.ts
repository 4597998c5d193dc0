// `mcp`: MCP over stdin and stdout, for clients that want a command. Lines go to the node as they are, as whoever is logged in.
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { codedError } from '../../runtime/index.ts';
import { SERVER_NAME } from '../http/trust.ts';
import { waitUntil } from '../node/wait-until.ts';
import { type Cli, nodeOf, note } from './cli.ts';
import { Unanswered } from './unanswered.ts';
import type { Verb } from './verb.ts';

const LONGEST_TEXT_BYTES = 16_777_216;
const HANDSHAKE_MS = 10_000;
/** What a client that has said its last still waits for. */
const LAST_ANSWERS_MS = 10_000;

/** Resolves when the client has closed stdin and what it asked before was answered; rejects when the node goes. */
async function bridge(cli: Cli): Promise<void> {
  const server = serverName(cli.options.server);
  const { url, headers, trust } = await nodeOf(cli).socket();
  const { stdin, stdout } = cli.terminal;
  // The client started this command where it works.
  const socket = new WebSocket(url, 'mcp', {
    headers: { ...headers, 'x-troupe-workspace': cli.cwd, ...(server === undefined ? {} : { 'x-troupe-server': server }) },
    ...trust,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: LONGEST_TEXT_BYTES,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    const lines = createInterface({ input: stdin });
    const unanswered = new Unanswered();
    let done = false;
    const finish = async (): Promise<void> => {
      await waitUntil(cli.clock, () => unanswered.count === 0 || socket.readyState !== WebSocket.OPEN, LAST_ANSWERS_MS);
      if (socket.readyState !== WebSocket.OPEN) return;
      done = true;
      socket.close();
    };
    // The client writes at once: what it says waits for the connection.
    lines.pause();
    socket.on('open', () => {
      note(cli, `connected to ${url}`);
      lines.resume();
    });
    lines.on('line', (line) => {
      if (line.trim() === '') return;
      unanswered.asked(line);
      socket.send(line);
    });
    lines.on('close', () => void finish());
    socket.on('message', (data) => {
      const text = data.toString();
      unanswered.answered(text);
      stdout.write(`${text}\n`);
    });
    socket.on('error', (error) => reject(codedError('NodeUnreachable', { where: `at ${url}`, hint: ` (${error.message})` })));
    socket.on('close', () => {
      if (done) return resolve();
      lines.close();
      reject(codedError('NodeUnreachable', { where: `at ${url} any more`, hint: '' }));
    });
  });
}

/** Throws `InvalidInput`. */
function serverName(given: unknown): string | undefined {
  if (given === undefined || (typeof given === 'string' && SERVER_NAME.test(given))) return given;
  throw codedError('InvalidInput', { problem: '--server: a name of letters, digits and -, 64 at most' });
}

export const MCP_VERB: Verb = {
  name: 'mcp',
  summary: 'MCP over stdin and stdout, for clients that want a command',
  options: [['--server <name>', 'under which the client has this server: rates its tools in the permission prompt by what they do']],
  example: 'troupe mcp --server troupe --data /path/to/.troupe',
  run: bridge,
};
