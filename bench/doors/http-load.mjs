// Requests over kept connections, one after the other on each, written as bytes and read as far as their end: a client that costs little.
import { connect } from 'node:net';

const END_OF_CHUNKS = '0\r\n\r\n';

/** `request(index)` is `{headers, body}` of a connection's requests. */
export function requestBytes(port, path, headers, body) {
  const text = JSON.stringify(body);
  const lines = [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}`);
}

export function readBytes(port, path, headers) {
  const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** Undefined while the answer is not whole. */
function whole(text) {
  const split = text.indexOf('\r\n\r\n');
  if (split === -1) return undefined;
  const head = text.slice(0, split).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  const body = text.slice(split + 4);
  if (length !== undefined ? Buffer.byteLength(body) < Number(length) : !text.endsWith(END_OF_CHUNKS)) return undefined;
  return { head, body };
}

export class Connection {
  #port;
  #socket;
  #text = '';
  #resolve;
  #reject;

  constructor(port) {
    this.#port = port;
  }

  send(bytes) {
    // Not before: a server ends a connection on which nothing comes for a while.
    this.#socket ??= this.#connected();
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(bytes);
    });
  }

  close() {
    this.#socket?.destroy();
  }

  #connected() {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay(true).setEncoding('utf8');
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#reject?.(error));
    socket.on('close', () => this.#reject?.(new Error('the connection was closed')));
    return socket;
  }

  #take(chunk) {
    this.#text += chunk;
    const answer = whole(this.#text);
    if (answer === undefined) return;
    this.#text = '';
    this.#resolve(answer);
  }
}

/** All of `requests`, each on its connection, together `count` times. Milliseconds of each answer; `check(body)` throws for a wrong one. */
export async function load(connections, requests, count, check) {
  const times = [];
  let left = count;
  const one = async (connection, bytes) => {
    while (left > 0) {
      left -= 1;
      const from = performance.now();
      const { head, body } = await connection.send(bytes);
      times.push(performance.now() - from);
      if (!head.startsWith('http/1.1 200')) throw new Error(`${head}\n${body}`);
      check(body);
    }
  };
  await Promise.all(connections.map((connection, at) => one(connection, requests[at])));
  return times;
}
