// GET of one task on 50 connections, from a node with a token, its limits counted, the task's actor asked for its report; against bare fastify,
// which has the same report at hand and a schema to write it by.
import { sized } from '../extent.mjs';
import { interleave } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';
import { Connection, load, readBytes } from './http-load.mjs';
import { startMeasured } from './server-time.mjs';

const CONNECTIONS = sized(50, 4);
const READS = sized(5_000, 100);

function check(body) {
  if (!body.includes('"status":"succeeded"')) throw new Error(`no report: ${body}`);
}

export const read = () =>
  withScratch(async (folder) => {
    const node = await startMeasured('node-server.mjs', [folder]);
    const path = `/api/v1/tasks/${node.task}`;
    const headers = { Authorization: `Bearer ${node.tokens.api}` };
    const one = new Connection(node.api);
    const { body } = await one.send(readBytes(node.api, path, headers));
    one.close();
    check(body);
    const peer = await startMeasured('fastify-server.mjs', [body]);
    const side = (server, port) => {
      const connections = Array.from({ length: CONNECTIONS }, () => new Connection(port));
      const requests = connections.map(() => readBytes(port, path, headers));
      return () => server.rate(READS, (count) => load(connections, requests, count, check));
    };
    const samples = await interleave({ ours: side(node, node.api), peer: side(peer, peer.port) });
    await peer.stop();
    await node.stop();
    return samples;
  });
