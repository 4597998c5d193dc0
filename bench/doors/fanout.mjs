// A thousand subscribers, half over server-sent events and half over WebSocket, while a node tells twenty events a second for five seconds:
// how late the latest per cent of what they hear is, and what the node's memory grows by for each of them. One that misses an event ends it.
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { sized } from '../extent.mjs';
import { FEWEST_PAIRS, quantile } from '../row-result.mjs';
import { withScratch } from '../scratch.mjs';
import { startMeasured } from './server-time.mjs';

const EACH = sized(500, 4);
const EVENTS = sized(100, 5);
const WARM_UP = sized(1, 0);
const AT_ONCE = sized(50, 4);
const SAID_AT = /"kind":"message\.noted","body":\{"agent":"testing","at":(\d+)/;

async function overEvents({ api, tokens }, hear) {
  const socket = connect(api, '127.0.0.1').setEncoding('utf8');
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${api}\r\nAuthorization: Bearer ${tokens.api}\r\n\r\n`);
  let text = '';
  const opened = new Promise((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk;
      const end = text.lastIndexOf('\n\n');
      if (end === -1) return;
      for (const event of text.slice(0, end).split('\n\n')) hear(event);
      text = text.slice(end + 2);
      resolve();
    });
  });
  await opened;
  return () => socket.destroy();
}

async function overSocket({ rpc, tokens }, hear) {
  const socket = new WebSocket(`ws://127.0.0.1:${rpc}/ws`, { headers: { Authorization: `Bearer ${tokens.rpc}` }, perMessageDeflate: false });
  socket.on('message', (data) => hear(data.toString()));
  await once(socket, 'open');
  return () => socket.terminate();
}

async function subscribed(node, hear) {
  const ends = [];
  for (const subscribe of [overEvents, overSocket])
    for (let done = 0; done < EACH; done += AT_ONCE) ends.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => subscribe(node, hear)))));
  return ends;
}

export const fanout = () =>
  withScratch(async (folder) => {
    const node = await startMeasured('node-server.mjs', [folder]);
    const before = await node.memory();
    let lateMs = [];
    let all = () => undefined;
    const ends = await subscribed(node, (text) => {
      const at = SAID_AT.exec(text)?.[1];
      if (at === undefined) return;
      lateMs.push(Date.now() - Number(at));
      if (lateMs.length === 2 * EACH * EVENTS) all();
    });
    const samples = { fanout: { ours: [] }, 'fanout.memory': { ours: [] } };
    for (let round = -WARM_UP; round < FEWEST_PAIRS; round += 1) {
      lateMs = [];
      const heard = new Promise((resolve) => {
        all = resolve;
      });
      node.order('tell');
      await heard;
      const grown = (await node.memory()) - before;
      if (round < 0) continue;
      samples.fanout.ours.push(Math.max(1, quantile(lateMs, 0.99)));
      samples['fanout.memory'].ours.push(Math.max(1, grown / (2 * EACH) / 1_000));
    }
    for (const end of ends) end();
    await node.stop();
    return samples;
  });
