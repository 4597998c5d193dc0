import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NodeClient } from '../../../gateway/cli/node-client.ts';
import { settle } from '../../support/settle.ts';

type Serve = (request: IncomingMessage, response: ServerResponse, connection: number) => void;

/** A client of a door that only has events. */
async function clientOf(serve: Serve): Promise<NodeClient> {
  let connections = 0;
  const server = createServer((request, response) => {
    connections += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': troupe\n\n');
    serve(request, response, connections);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new NodeClient({ urls: { api, rpc: api }, token: 't', person: 'ann' });
}

const event = (id: number): string => `id: ${id}\nevent: noted\ndata: {"at":1,"kind":"noted","body":{"n":${id}}}\n\n`;

async function take(events: AsyncIterable<{ readonly id: number }>, count: number): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of events) {
    ids.push(id);
    if (ids.length === count) break;
  }
  return ids;
}

describe('the events of a node', () => {
  it('go on where they were when their connection is cut, each once', async () => {
    const asked: Array<string | undefined> = [];
    const client = await clientOf((request, response, connection) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      response.write(event(2 * connection - 1) + event(2 * connection));
      setImmediate(() => response.destroy());
    });
    expect(await take(await client.events(new AbortController().signal), 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(asked).toEqual([undefined, '2', '4']);
  });

  it('end with NodeUnreachable when a connection brings nothing', async () => {
    const client = await clientOf((_request, response) => response.end());
    await expect(take(await client.events(new AbortController().signal), 1)).rejects.toMatchObject({ code: 'NodeUnreachable' });
  });

  it('are kept for a reader who begins to read later, whatever the garbage collector does meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const open: ServerResponse[] = [];
    const client = await clientOf((_request, response) => void open.push(response));
    const events = await client.events(new AbortController().signal);
    for (let round = 0; round < 10; round += 1) {
      collect();
      await settle(5);
    }
    open[0]?.write(event(1));
    expect(await take(events, 1)).toEqual([1]);
    expect(open).toHaveLength(1);
  });

  it('end quietly with their signal', async () => {
    const client = await clientOf((_request, response) => void response.write(event(1)));
    const ending = new AbortController();
    const seen: number[] = [];
    for await (const { id } of await client.events(ending.signal)) {
      seen.push(id);
      ending.abort();
    }
    expect(seen).toEqual([1]);
  });
});
