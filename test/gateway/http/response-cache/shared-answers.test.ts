import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricsText } from '../../../../gateway/http/metrics.ts';
import { CachedReads, KeptRead } from '../../../../gateway/http/response-cache/cached-reads.ts';
import { sharedAnswers } from '../../../../gateway/http/response-cache/shared-answers.ts';
import type { RunningNode } from '../../../../gateway/node/running-node.ts';
import type { Caller } from '../../../../gateway/operations/index.ts';
import type { RemoteBytes } from '../../../../transports/index.ts';
import { planText } from '../../../support/call-plan.ts';
import { ADMIN, runningNode } from '../../../support/running-node.ts';
import { settle } from '../../../support/settle.ts';

const SECRET = 'a secret of a data directory';

/** What a Redis holds, without the Redis. */
function held() {
  const kept = new Map<string, Buffer>();
  const asked: string[] = [];
  const store: RemoteBytes = {
    find: async (key) => {
      asked.push(key);
      return kept.get(key);
    },
    keep: (key, bytes) => void kept.set(key, bytes),
    report: () => ({ state: 'ready', problem: null }),
    close: () => undefined,
  };
  const open = (secret = SECRET, build = 'build') => sharedAnswers({ store, secret, build });
  return { kept, asked, open };
}

describe('answers that are shared', () => {
  it('are found by whoever has the key and the program, and by nobody else', async () => {
    const { open } = held();
    open().keep('tag', '{"items":[]}');
    expect(await Promise.all([open().find('tag'), open('another secret').find('tag'), open(SECRET, 'another build').find('tag')])).toEqual(['{"items":[]}', undefined, undefined]);
  });

  it('lie there sealed: neither the answer nor the key can be read', () => {
    const { kept, open } = held();
    open().keep('tag', 'the words of a plan');
    const all = [...kept].map(([key, bytes]) => key + bytes.toString('latin1')).join();
    expect([all.includes('plan'), all.includes(SECRET), [...kept.keys()][0]]).toEqual([false, false, expect.stringMatching(/^troupe:answer:[\w-]{12}:tag$/)]);
  });

  it('that somebody has altered, cut, planted or moved to another tag are none', async () => {
    const { kept, open } = held();
    open().keep('tag', 'yours');
    open().keep('other', 'mine');
    const [[key, sealed], [, others]] = [...kept] as unknown as [[string, Buffer], [string, Buffer]];
    const flipped = Buffer.from(sealed);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    for (const bytes of [flipped, sealed.subarray(0, 27), sealed.subarray(0, -1), Buffer.from('"planted"'), others]) {
      kept.set(key, bytes);
      expect(await open().find('tag')).toBeUndefined();
    }
    kept.set(key, sealed);
    expect(await open().find('tag')).toBe('yours');
  });
});

describe('a node whose answers are shared', () => {
  async function served() {
    const { node, folder, run } = await runningNode();
    const workspace = join(folder, 'work');
    mkdirSync(workspace);
    const { kept, asked, open } = held();
    let reads = 0;
    const facts: RunningNode['facts'] = {
      ...node.facts,
      read: (position) => {
        reads += 1;
        return node.facts.read(position);
      },
    };
    const seen: RunningNode = { ...node, facts, sharedAnswers: open() };
    const submit = async (command: string): Promise<void> => {
      await run('plan.run', { text: planText(workspace, { commands: [command] }), baseDir: workspace });
      await settle();
      await node.facts.read();
    };
    /** As one process after the other would: nothing is left in memory. */
    const ask = async (caller: Caller, reader = new CachedReads()) => {
      reads = 0;
      const answer = await reader.answer(
        () => seen,
        { name: 'task.list', input: {}, caller, signal: new AbortController().signal },
        () => false,
      );
      return { text: answer instanceof KeptRead ? answer.text : undefined, reads };
    };
    await submit('one');
    return { kept, asked, ask, submit, run, metrics: () => metricsText(seen) };
  }

  it('makes none that it has made before it was started again', async () => {
    const { ask } = await served();
    const [first, second] = [await ask(ADMIN), await ask(ADMIN)];
    expect([first.reads, second.reads, second.text === first.text]).toEqual([1, 0, true]);
  });

  it('asks there once for what it then has in memory', async () => {
    const { ask, asked } = await served();
    await ask(ADMIN);
    const reader = new CachedReads();
    asked.length = 0;
    await ask(ADMIN, reader);
    await ask(ADMIN, reader);
    expect(asked.length).toBe(1);
  });

  it('counts what was found there and what was not, for whoever watches it', async () => {
    const { ask, metrics } = await served();
    await ask(ADMIN);
    await ask(ADMIN);
    await ask(ADMIN);
    expect(await metrics()).toMatch(/troupe_shared_answers_total\{result="found"\} 2\ntroupe_shared_answers_total\{result="missed"\} 1\n/);
  });

  it('never shows one of before a write', async () => {
    const { ask, submit, run } = await served();
    const before = await ask(ADMIN);
    await submit('two');
    const after = await ask(ADMIN);
    expect([after.reads, after.text === before.text, JSON.parse(after.text ?? '')]).toEqual([1, false, await run('task.list')]);
  });

  it('finds none of somebody who may do something else, and shows none to who may not ask', async () => {
    const { ask } = await served();
    await ask(ADMIN);
    const viewer: Caller = { name: 'vera', permissions: ['read'] };
    expect((await ask(viewer)).reads).toBe(1);
    await expect(ask({ name: 'nobody', permissions: [] })).rejects.toMatchObject({ code: 'NotPermitted' });
  });
});
