// Bugs of the SQLite journal that hardly a test within one process sees, since a process that lives on finishes what it began. Each is a
// patch of the source as it stands; where it fits no more, it is to be planted anew.
import type { Patch } from './built-copy.ts';

export interface JournalBug {
  readonly what: string;
  /** Seen without a kill too: what was acknowledged cannot be read yet. */
  readonly seenAlive?: boolean;
  readonly patches: readonly Patch[];
}

const WRITER = 'runtime/persistence/sqlite-writer.ts';
const BEGIN = '      writes.begin.run();';
const APPLY = '    for (const rows of batch.changes) writeRows(writes, rows);';
/** Rows of these tables are written before the transaction, and not in it. */
const outside = (names: string): JournalBug['patches'] => [
  {
    file: WRITER,
    find: BEGIN,
    put: `      for (const rows of batch.changes) if ((${names}).includes(rows.statement)) writeRows(writes, rows);
      writes.begin.run();`,
  },
  { file: WRITER, find: APPLY, put: `    for (const rows of batch.changes) if (!(${names}).includes(rows.statement)) writeRows(writes, rows);` },
];

export const LATE_COMMIT: JournalBug = {
  what: 'a batch that is acknowledged while its COMMIT still waits for others to share its sync',
  seenAlive: true,
  patches: [
    {
      file: WRITER,
      find: BEGIN,
      put: `      if (!db.inTransaction) {
      writes.begin.run();
      setTimeout(() => db.open && db.inTransaction && writes.commit.run(), 20);
    }`,
    },
    { file: WRITER, find: '      writes.commit.run();\n      return hash;', put: '      return hash;' },
    {
      file: WRITER,
      find: '    this.#db.close();\n  }\n\n  #writeAll',
      put: '    if (this.#db.inTransaction) this.#writes.commit.run();\n    this.#db.close();\n  }\n\n  #writeAll',
    },
  ],
};

export const JOURNAL_BUGS: readonly JournalBug[] = [
  LATE_COMMIT,
  {
    what: 'receipts that are written before the transaction of the batch which they belong to',
    patches: outside("['receiptPut']"),
  },
  {
    what: 'rows that are taken away outside the transaction which puts what takes their place',
    patches: outside("['mailRemove', 'timerRemove']"),
  },
];
