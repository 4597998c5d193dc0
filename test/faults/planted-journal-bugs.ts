// Bugs of the SQLite journal that no test within one process sees, since a process that lives on finishes what it began. Each is a
// patch of the source as it stands; where it fits no more, it is to be planted anew.
import type { Patch } from './built-copy.ts';

export interface JournalBug {
  readonly what: string;
  readonly patches: readonly Patch[];
}

const JOURNAL = 'runtime/persistence/sqlite-journal.ts';
const STATEMENTS = 'runtime/persistence/sqlite-statements.ts';

export const LATE_COMMIT: JournalBug = {
  what: 'a batch that is acknowledged while its COMMIT still waits for others to share its sync',
  patches: [
    {
      file: JOURNAL,
      find: '      statements.begin.run();',
      put: `      if (!db.inTransaction) {
      statements.begin.run();
      setTimeout(() => db.open && db.inTransaction && statements.commit.run(), 20);
    }`,
    },
    { file: JOURNAL, find: '      statements.commit.run();\n      return newChildren;', put: '      return newChildren;' },
    { file: JOURNAL, find: '      statements.headCleanStop.run(', put: '      if (db.inTransaction) statements.commit.run();\n      statements.headCleanStop.run(' },
  ],
};

export const JOURNAL_BUGS: readonly JournalBug[] = [
  LATE_COMMIT,
  {
    what: 'receipts that are written before the transaction of the batch which they belong to',
    patches: [
      { file: STATEMENTS, find: '  for (const r of batch.receipts.put) s.receiptPut.run(r.address, r.id, r.reply, r.expiresAt);\n', put: '' },
      {
        file: JOURNAL,
        find: '      statements.begin.run();',
        put: `      for (const r of batch.receipts.put) statements.receiptPut.run(r.address, r.id, r.reply, r.expiresAt);
      statements.begin.run();`,
      },
    ],
  },
  {
    what: 'rows that are taken away outside the transaction which puts what takes their place',
    patches: [
      {
        file: JOURNAL,
        find: '      statements.begin.run();',
        put: `      for (const seq of batch.mail.remove) statements.mailRemove.one.run(seq);
      for (const r of batch.timers.remove) statements.timerRemove.run(r.address, r.key);
      statements.begin.run();`,
      },
    ],
  },
];
