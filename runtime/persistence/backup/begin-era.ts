// A restored journal goes on as another one (K35): its batches, asks and effects get names of a new era, so that nothing which was
// begun after the backup is ever taken for its own. The fact that says so is the first of the era.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { chainFacts } from '../../fact-chain.ts';
import type { JournalHead } from '../../journal.ts';
import { sqliteJournal } from '../sqlite-journal.ts';

export interface EraStart {
  /** Wall time, ms. */
  readonly at: number;
  readonly kind: string;
  /** Plain JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Era {
  readonly era: string;
  readonly fact: number;
  readonly hash: string;
}

/** No node runs on the folder. */
export async function beginEra(dir: string, start: EraStart): Promise<Era> {
  const era = randomUUID().slice(0, 8);
  const journal = sqliteJournal({ dir });
  const head = await journal.open();
  const { fact, hash } = await append(journal, head, { ...start, body: { ...start.body, era, formerEra: head.era } });
  await journal.close();
  renameEra(dir, era);
  return { era, fact, hash };
}

async function append(journal: ReturnType<typeof sqliteJournal>, head: JournalHead, { at, kind, body }: EraStart): Promise<Omit<Era, 'era'>> {
  const number = head.lastBatch + 1;
  const fact = { seq: head.counters.fact + 1, batch: number, at, kind, body: JSON.stringify(body) };
  const chain = chainFacts(head.lastHash, number, [fact]);
  const none = { put: [], remove: [] };
  await journal.commit({
    number,
    nodeEpoch: head.nodeEpoch,
    actors: none,
    mail: none,
    timers: none,
    effects: none,
    children: none,
    ties: none,
    receipts: { put: [], expiredBefore: null },
    deadLetters: [],
    facts: [fact],
    chain,
    counters: { ...head.counters, fact: fact.seq },
  });
  return { fact: fact.seq, hash: chain.hash };
}

/** What was about to run and may not run twice counts as begun: after the backup it may have been. It is told as interrupted. */
function renameEra(dir: string, era: string): void {
  const journal = new Database(join(dir, 'shared_inbox.db'));
  journal.transaction(() => {
    journal.prepare('UPDATE head SET era = ?, unclean_stops = 0').run(era);
    journal.exec("UPDATE effects SET state = 'started' WHERE state = 'scheduled' AND idempotent = 0");
  })();
  journal.pragma('wal_checkpoint(TRUNCATE)');
  journal.close();
  const model = join(dir, 'mcp_system.db');
  if (!existsSync(model)) return;
  const readModel = new Database(model);
  readModel.prepare('UPDATE projection_position SET era = ? WHERE position > 0').run(era);
  readModel.pragma('wal_checkpoint(TRUNCATE)');
  readModel.close();
}
