import { describe, expect, it } from 'vitest';
import { awaitSessions } from '../../../gateway/node/start-up.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const outcome = (waiting: Promise<void>) =>
  waiting.then(
    () => 'ready',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  );

describe('a node is ready when every agent that is not stopped has its session', () => {
  it('at once when all have', async () => {
    const { node } = await runningNode();
    expect(await outcome(awaitSessions(node, { readyMs: 20_000 }))).toBe('ready');
  });

  it('an agent that has failed is named with what its session says, without waiting for the deadline', async () => {
    const { node, system, pass } = await runningNode();
    await system.ref('agents/testing').tell({ type: 'SESSION_FAILED', why: 'its host is not there' });
    await settle();
    const waiting = outcome(awaitSessions(node, { readyMs: 20_000 }));
    await pass(500);
    expect(await waiting).toMatch(/^NodeNotReady: .*'testing' is failed \(its host is not there\); run `troupe doctor`/);
  });

  it('an agent whose session was lost and does not come back is named at the deadline', async () => {
    const { node, system, pass } = await runningNode();
    await system.ref('agents/testing').tell({ type: 'SESSION_LOST', why: 'killed' });
    await settle();
    const waiting = outcome(awaitSessions(node, { readyMs: 20_000 }));
    await pass(46_000);
    expect(await waiting).toMatch(/^NodeNotReady: not ready within 45000 ms: 'testing' is lost/);
  });

  it('who is no longer waited for is not waited for', async () => {
    const { node, system, pass } = await runningNode();
    await system.ref('agents/testing').tell({ type: 'SESSION_LOST', why: 'killed' });
    await settle();
    const asked = new AbortController();
    const waiting = outcome(awaitSessions(node, { readyMs: 20_000, signal: asked.signal }));
    asked.abort();
    await pass(250);
    expect(await waiting).toBe('ready');
  });
});
