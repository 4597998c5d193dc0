// A node with its journal and its read model in a private folder, busy counting, whose backups are made in this thread.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { assign, setup } from 'xstate';
import { openCheckpoints } from '../../gateway/audit/checkpoints.ts';
import { openNodeKey } from '../../gateway/audit/node-key.ts';
import type { BackupManifest } from '../../gateway/backup/backup-manifest.ts';
import { makeCopies } from '../../gateway/backup/make-copies.ts';
import { type BackupNode, takeBackup } from '../../gateway/backup/take-backup.ts';
import { type FactFeed, openFactFeed, withHead } from '../../gateway/node/fact-feed.ts';
import { fact, type SimulatedClock, sqliteJournal } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from './kernel-node.ts';
import { privateFolder } from './private-folder.ts';

export const COUNTERS = ['a', 'b', 'c'] as const;

/** Its count is the number of its facts: the one can be held against the other. */
const counting = setup({ types: { context: {} as { by: string; count: number }, input: {} as { by: string } } }).createMachine({
  context: ({ input }) => ({ ...input, count: 0 }),
  on: { ADD: { actions: [assign(({ context }) => ({ count: context.count + 1 })), fact('counted', ({ context: { by, count } }) => ({ by, count }))] } },
});

export interface CountingNode extends KernelNode {
  readonly dir: string;
  readonly clock: SimulatedClock;
  readonly facts: FactFeed;
  readonly backups: BackupNode;
  /** Resolves when all were accepted. */
  add(times: number): Promise<void>;
  backUp(id: string): Promise<BackupManifest>;
  /** In order. */
  stop(): Promise<void>;
}

export async function countingNode(dir = privateFolder()): Promise<CountingNode> {
  mkdirSync(join(dir, 'keys'), { recursive: true });
  const key = openNodeKey(join(dir, 'keys'));
  const { journal, head } = withHead(sqliteJournal({ dir, synchronous: 'OFF' }));
  const node = await startNode(
    COUNTERS.map((id) => worker(id, counting, { durable: true, input: { by: id } })),
    { journal },
  );
  const { system, clock } = node;
  const facts = openFactFeed({ file: join(dir, 'mcp_system.db'), system, head: head(), onFault: (error) => expect.unreachable(String(error)) });
  const endCheckpoints = openCheckpoints({ dataDir: dir, key, era: head().era, clock, system, onFault: (error) => expect.unreachable(String(error)) });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await system.stop();
    endCheckpoints();
    facts.close();
  };
  onTestFinished(stop);
  const backups: BackupNode = { dataDir: dir, key, clock, product: '1.2.3', instance: 'cafe0123', copy: (order) => makeCopies(order) };
  return Object.assign(node, {
    dir,
    facts,
    backups,
    stop,
    add: async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) await node.tell(COUNTERS[n % COUNTERS.length] ?? 'a', { type: 'ADD' });
    },
    backUp: (id: string) => takeBackup(backups, { id, by: 'ann', why: 'test' }, new AbortController().signal),
  });
}
