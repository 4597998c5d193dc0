// The peer of the rows of plain JSON-RPC: nothing but a JSON-RPC dispatcher on node:http, and a WebSocket that sends back what it gets.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { serveMeasured } from './measured-server.mjs';

let count = 0;
const METHODS = { 'actor.send': () => ({ id: String(count), reply: ++count }) };

function answer(text) {
  const { id, method, params } = JSON.parse(text);
  return JSON.stringify({ jsonrpc: '2.0', id, result: METHODS[method](params) });
}

await serveMeasured((port) => {
  const http = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = answer(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  });
  // While the other side is measured nobody asks here.
  http.keepAliveTimeout = 0;
  new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket) => socket.on('message', (message) => socket.send(message.toString())));
  return new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));
});
