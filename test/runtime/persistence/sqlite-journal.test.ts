import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Priority } from '../../../runtime/index.ts';
import { sqliteJournal } from '../../../runtime/persistence/index.ts';
import { JOURNAL_MIGRATIONS } from '../../../runtime/persistence/sqlite-schema.ts';
import { envelope } from '../../support/commit-batches.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { journalContract } from '../journal-contract.ts';

journalContract('the journal in SQLite', () => {
  const dir = privateFolder();
  return { journal: () => sqliteJournal({ dir, synchronous: 'OFF' }) };
});

/** Of a version that had no lanes, with one message of each priority and one that is postponed. */
function withoutLanes(dir: string): void {
  const db = new Database(join(dir, 'shared_inbox.db'));
  const before = JOURNAL_MIGRATIONS.slice(
    0,
    JOURNAL_MIGRATIONS.findIndex((sql) => sql.includes('lane')),
  );
  for (const sql of before) db.exec(sql);
  db.pragma(`user_version = ${before.length}`);
  const put = db.prepare("INSERT INTO mail VALUES (?, 'a', ?, 0, ?)");
  for (const [at, priority] of (['low', 'normal', 'high', 'control', 'normal'] as const satisfies readonly Priority[]).entries()) {
    put.run(at + 1, at === 4 ? 'postponed' : 'queued', JSON.stringify(envelope('a', { priority })));
  }
  db.close();
}

describe('a journal of a version that had no lanes', () => {
  it('has its mail in lanes once it is opened, each message in the one of its priority (K21)', async () => {
    const dir = privateFolder();
    withoutLanes(dir);
    const journal = sqliteJournal({ dir, synchronous: 'OFF' });
    await journal.open();
    const slice = { messages: 9, bytes: 1_000_000 };
    const read = await Promise.all((['high', 'normal', 'low'] as const).map((priority) => journal.mail('a', { priority, after: 0 }, slice)));
    expect(read.map(({ rows }) => rows.map(({ seq }) => seq))).toEqual([[3], [2], [1]]);
    expect((await journal.load('a', slice)).mail.map(({ seq, state }) => `${seq} ${state}`)).toEqual(['1 queued', '2 queued', '3 queued', '4 queued', '5 postponed']);
    await journal.close();
  });
});
