// Plain JSON-RPC with a token and validated input, an ask to a volatile actor behind it, against what checks nothing and does nothing:
// over HTTP a bare dispatcher, over WebSocket an echo.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { sized } from '../extent.mjs';
import { interleave } from '../sampling.mjs';
import { Connection, load, requestBytes } from './http-load.mjs';
import { TOKEN } from './measured-server.mjs';
import { startMeasured } from './server-time.mjs';

const CONNECTIONS = sized(50, 4);
const CALLS = sized(5_000, 100);
const WINDOW = 16;
const MESSAGES = sized(10_000, 200);
const CALL = { jsonrpc: '2.0', id: 1, method: 'actor.send', params: { address: 'router', type: 'GET', ask: true } };
const HEADERS = { Authorization: `Bearer ${TOKEN}` };

function check(body) {
  if (!body.includes('"reply":')) throw new Error(`no answer: ${body}`);
}

async function bothSides(sideOf) {
  const [ours, peer] = [await startMeasured('our-server.mjs'), await startMeasured('bare-server.mjs')];
  const samples = await interleave({ ours: await sideOf(ours), peer: await sideOf(peer) });
  await ours.stop();
  await peer.stop();
  return samples;
}

export const http = () =>
  bothSides(async (server) => {
    const connections = Array.from({ length: CONNECTIONS }, () => new Connection(server.port));
    const bytes = requestBytes(server.port, '/rpc', HEADERS, CALL);
    return () =>
      server.rate(CALLS, (count) =>
        load(
          connections,
          connections.map(() => bytes),
          count,
          check,
        ),
      );
  });

/** One connection, so many calls outstanding. */
async function exchange(socket, count) {
  let sent = 0;
  let answered = 0;
  await new Promise((resolve, reject) => {
    const send = () => {
      sent += 1;
      // Each call under an id of its own: one that is in use is refused.
      socket.send(JSON.stringify({ ...CALL, id: sent }));
    };
    socket.on('message', (message) => {
      answered += 1;
      if (message.includes('"error"')) reject(new Error(`no answer: ${message}`));
      if (answered === count) resolve();
      else if (sent < count) send();
    });
    for (let ahead = 0; ahead < Math.min(WINDOW, count); ahead += 1) send();
  });
  socket.removeAllListeners('message');
}

export const ws = () =>
  bothSides(async (server) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, { headers: HEADERS, perMessageDeflate: false });
    await once(socket, 'open');
    return () => server.rate(MESSAGES, (count) => exchange(socket, count));
  });
