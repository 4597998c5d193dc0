// The journal's tables, by numbered migrations. Never edit one that was released: append. Times are REAL: clocks may give
// fractions of a millisecond, and what was written is what is read.

export const JOURNAL_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1), era TEXT NOT NULL, node_epoch INTEGER NOT NULL, last_batch INTEGER NOT NULL,
    last_hash TEXT NOT NULL, counters TEXT NOT NULL, clean_stop INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE actors (
    address TEXT PRIMARY KEY, incarnation INTEGER NOT NULL, epoch INTEGER NOT NULL, version TEXT NOT NULL, status TEXT NOT NULL,
    snapshot TEXT NOT NULL, step INTEGER NOT NULL, effect_count INTEGER NOT NULL, deferred TEXT NOT NULL, poisoned INTEGER NOT NULL,
    updated_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mail (
    seq INTEGER PRIMARY KEY, address TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, envelope TEXT NOT NULL
  ) STRICT;
  CREATE INDEX mail_by_address ON mail (address, seq);
  CREATE TABLE timers (
    address TEXT NOT NULL, key TEXT NOT NULL, incarnation INTEGER NOT NULL, generation INTEGER NOT NULL, due_at REAL NOT NULL,
    delay_ms REAL NOT NULL, recipient TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (address, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE effects (
    key TEXT PRIMARY KEY, address TEXT NOT NULL, incarnation INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    child_id TEXT NOT NULL, src TEXT NOT NULL, input TEXT NOT NULL, idempotent INTEGER NOT NULL, state TEXT NOT NULL,
    outcome TEXT, result TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX effects_by_address ON effects (address, seq);
  CREATE TABLE children (
    parent TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, template TEXT NOT NULL, input TEXT NOT NULL,
    incarnation INTEGER NOT NULL, PRIMARY KEY (parent, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX children_by_seq ON children (parent, seq);
  CREATE TABLE receipts (
    address TEXT NOT NULL, id TEXT NOT NULL, reply TEXT, expires_at REAL NOT NULL, PRIMARY KEY (address, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX receipts_by_expiry ON receipts (expires_at);
  CREATE TABLE dead_letters (
    seq INTEGER PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL, at REAL NOT NULL, envelope TEXT NOT NULL
  ) STRICT;
  CREATE TABLE facts (seq INTEGER PRIMARY KEY, batch INTEGER NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE chain (batch INTEGER PRIMARY KEY, first_fact INTEGER NOT NULL, last_fact INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  `,
  'CREATE TABLE ties (kind TEXT NOT NULL, holder TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (kind, holder, other)) STRICT, WITHOUT ROWID;',
  `
  ALTER TABLE children ADD COLUMN awake INTEGER NOT NULL DEFAULT 1;
  CREATE INDEX children_awake ON children (parent || '/' || id) WHERE awake = 1;
  CREATE INDEX timers_by_due ON timers (due_at, address, key);
  `,
  `
  ALTER TABLE head ADD COLUMN unclean_stops INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE head ADD COLUMN suspects TEXT NOT NULL DEFAULT '{}';
  CREATE TABLE alerts (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, severity TEXT NOT NULL, address TEXT, text TEXT NOT NULL, raised_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  'ALTER TABLE chain ADD COLUMN fact_hashes TEXT',
  // A lane for each priority in its order, and one for what is postponed: each is read by itself, in slices.
  `
  ALTER TABLE mail ADD COLUMN lane INTEGER NOT NULL DEFAULT 2;
  UPDATE mail SET lane = CASE WHEN state = 'postponed' THEN 4
    ELSE CASE json_extract(envelope, '$.priority') WHEN 'control' THEN 0 WHEN 'high' THEN 1 WHEN 'low' THEN 3 ELSE 2 END END;
  DROP INDEX mail_by_address;
  CREATE INDEX mail_by_lane ON mail (address, lane, seq);
  `,
  'CREATE TABLE chain_start (id INTEGER PRIMARY KEY CHECK (id = 1), fact INTEGER NOT NULL, batch INTEGER NOT NULL, hash TEXT NOT NULL) STRICT',
  // From here on a row of facts may hold many (fact-lots.ts): a version that does not know them must not read the file.
  'SELECT 1',
];
