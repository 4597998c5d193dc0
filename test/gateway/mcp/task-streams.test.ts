// A subscription stream of the SDK that fails: nobody follows its tasks any longer.
import { expect, it } from 'vitest';
import type { TaskOffer, TaskSeen } from '../../../gateway/mcp/offer.ts';
import { withTaskStreams } from '../../../gateway/mcp/task-streams.ts';

const SEEN: TaskSeen = { status: 'working', createdAt: 0, lastUpdatedAt: 0 };
const LISTEN = {
  jsonrpc: '2.0',
  id: 7,
  method: 'subscriptions/listen',
  params: { notifications: { taskIds: ['t'] }, _meta: { 'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } } } },
};
const ACKNOWLEDGED = 'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{}}}\n\n';

it('ends what it follows, and fails for its reader as it did for us', async () => {
  let watched = 0;
  const tasks: TaskOffer = {
    begin: async () => undefined,
    see: async () => SEEN,
    answer: async () => undefined,
    cancel: async () => undefined,
    watch() {
      watched += 1;
      return () => {
        watched -= 1;
      };
    },
  };
  let fail = (_error: Error): void => undefined;
  const sdk = async () => {
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        stream.enqueue(new TextEncoder().encode(ACKNOWLEDGED));
        fail = (error) => stream.error(error);
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const response = await withTaskStreams(sdk, { tasks })(new Request('http://127.0.0.1/mcp'), { parsedBody: LISTEN });
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"taskIds":["t"]');
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('notifications/tasks');
  expect(watched).toBe(1);
  fail(new Error('cut'));
  await expect(reader?.read()).rejects.toThrow('cut');
  expect(watched).toBe(0);
});
