import { describe, expect, it } from 'vitest';
import type { TaskOffer } from '../../../gateway/mcp/offer.ts';
import { taskFrames } from '../../../gateway/mcp/task-frames.ts';
import { ACKNOWLEDGED } from '../../../gateway/mcp/task-subscriptions.ts';
import { TASKS_EXTENSION } from '../../../gateway/mcp/tasks-extension.ts';
import { modernMessage } from '../../support/modern-request.ts';
import { settle } from '../../support/settle.ts';

const CAPABILITIES = { extensions: { [TASKS_EXTENSION]: {} } };
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** A connection whose SDK says what the test says. */
function connection() {
  const watched = new Set<object>();
  const sent: object[] = [];
  const passed: object[] = [];
  const tasks = {
    see: async () => ({ status: 'working', createdAt: 0, lastUpdatedAt: 0 }),
    watch() {
      const own = {};
      watched.add(own);
      return () => void watched.delete(own);
    },
  } as unknown as TaskOffer;
  const caller = { name: 'ann', permissions: [] };
  const frames = taskFrames({ tasks, caller, send: (message) => void sent.push(message), pass: (message) => void passed.push(message) });
  const listen = async (id: number): Promise<void> => {
    frames.said(modernMessage(id, 'subscriptions/listen', { notifications: { taskIds: ['plans/p'] } }, CAPABILITIES) as never);
    await settle();
  };
  const acknowledge = (id: number): void => frames.answered({ jsonrpc: '2.0', method: ACKNOWLEDGED, params: { notifications: {}, _meta: { [SUBSCRIPTION]: id } } });
  return { frames, listen, acknowledge, sent, passed, watched };
}

describe('a subscription to tasks over a connection of its own', () => {
  it('is followed from its acknowledgement until the SDK ends it', async () => {
    const { frames, listen, acknowledge, sent, passed, watched } = connection();
    await listen(1);
    expect([passed.length, watched.size]).toEqual([1, 0]);
    acknowledge(1);
    expect(watched.size).toBe(1);
    frames.answered({ jsonrpc: '2.0', id: 1, result: {} });
    expect(watched.size).toBe(0);
    expect(sent.at(-1)).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  it('that the SDK refuses is forgotten: a late acknowledgement follows nothing', async () => {
    const { frames, listen, acknowledge, watched } = connection();
    await listen(1);
    frames.answered({ jsonrpc: '2.0', id: 1, error: { code: -32_000, message: 'too many' } });
    acknowledge(1);
    expect(watched.size).toBe(0);
  });

  it('goes on when something else is answered, and ends with its connection', async () => {
    const { frames, listen, acknowledge, watched } = connection();
    await listen(1);
    acknowledge(1);
    frames.answered({ jsonrpc: '2.0', id: 2, result: {} });
    expect(watched.size).toBe(1);
    frames.end();
    expect(watched.size).toBe(0);
  });
});
