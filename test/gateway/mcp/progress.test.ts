// Signs of life of a call that waits for a person: at once, then every ten seconds, to whoever asked for them.
import type { ServerContext } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { PROGRESS_EVERY_MS, withProgress } from '../../../gateway/mcp/progress.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { ADMIN } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

function waiting(meta: object | undefined = { progressToken: 't' }) {
  const clock = new SimulatedClock();
  const told: unknown[] = [];
  const gone = new AbortController();
  const notify = async ({ params }: { params: unknown }) => void told.push(params);
  const context = { mcpReq: { _meta: meta, notify } } as unknown as ServerContext;
  let end = (_: string): void => undefined;
  const work = new Promise<string>((resolve) => {
    end = resolve;
  });
  const answer = withProgress(clock, { caller: ADMIN, signal: gone.signal, context }, 'Wait for a plan', work);
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return { clock, told, gone, answer, pass, end: (words: string) => end(words) };
}

describe('a call that waits', () => {
  it('tells its progress at once and then every ten seconds, each higher than the one before', async () => {
    const { told, pass } = waiting();
    expect(told).toEqual([{ progressToken: 't', progress: 1, message: 'Wait for a plan' }]);
    await pass(PROGRESS_EVERY_MS - 1);
    expect(told).toHaveLength(1);
    await pass(1);
    for (let time = 0; time < 8; time += 1) await pass(PROGRESS_EVERY_MS);
    expect(told.map((params) => (params as { progress: number }).progress)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(PROGRESS_EVERY_MS).toBe(10_000);
  });

  it('says nothing more once it has its answer, and nothing once its caller has gone', async () => {
    const one = waiting();
    one.end('done');
    expect(await one.answer).toBe('done');
    await one.pass(60_000);
    expect(one.told).toHaveLength(1);
    const other = waiting();
    other.gone.abort();
    await other.pass(60_000);
    expect(other.told).toHaveLength(1);
  });

  it('says nothing to a caller that asked for no progress', async () => {
    const { told, pass } = waiting({});
    await pass(60_000);
    expect(told).toEqual([]);
  });
});
