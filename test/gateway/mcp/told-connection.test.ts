// News go to who may read what they are about, and to nobody once the connection has ended.
import { InMemoryTransport, type JSONRPCMessage, Server } from '@modelcontextprotocol/server';
import { expect, it } from 'vitest';
import type { McpNews, McpOffer } from '../../../gateway/mcp/offer.ts';
import { tellNews } from '../../../gateway/mcp/told-connection.ts';
import type { Permission } from '../../../gateway/operations/index.ts';
import { settle } from '../../support/settle.ts';

async function connected(...permissions: Permission[]) {
  const listeners = new Set<(news: McpNews) => void>();
  const listen: McpOffer['listen'] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const server = new Server({ name: 'a-test', version: '1' }, { capabilities: { resources: { subscribe: true } } });
  tellNews(server, { listen } as McpOffer, 'legacy', { name: 'eve', permissions });
  const [client, end] = InMemoryTransport.createLinkedPair();
  const told: JSONRPCMessage[] = [];
  client.onmessage = (message) => void told.push(message);
  await client.start();
  await server.connect(end);
  const push = async () => {
    for (const listener of listeners) listener({ kind: 'push', method: 'notifications/troupe/message', params: { body: 'secret' } });
    await settle();
  };
  return { told, push, server, listeners };
}

it('who may read is told', async () => {
  const { told, push, server, listeners } = await connected('read');
  await push();
  expect(told).toEqual([expect.objectContaining({ method: 'notifications/troupe/message' })]);
  await server.close();
  expect(listeners.size).toBe(0);
});

it('who may only do something is not', async () => {
  const { told, push } = await connected('act');
  await push();
  expect(told).toEqual([]);
});
