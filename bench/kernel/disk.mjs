// What the disk gives without us: commits of better-sqlite3 with synchronous=FULL, of one row or of many, and bare syncs.
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sized } from '../extent.mjs';
import { quantile } from '../row-result.mjs';

const BODY = 'x'.repeat(300);
const SYNCS = sized(100, 5);
const WRITTEN_BYTES = 100_000;

/** Inserts of 300 bytes, so many a transaction. */
export function inserter(dir, atOnce) {
  const db = new Database(join(dir, 'peer.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO rows (body) VALUES (?)');
  const some = db.transaction(() => {
    for (let row = 0; row < atOnce; row += 1) insert.run(BODY);
  });
  return {
    insert: (count) => {
      for (let rows = 0; rows < count; rows += atOnce) some();
    },
    close: () => db.close(),
  };
}

/** How long the slowest per cent of syncs takes, in ms. */
export function syncP99(dir) {
  const file = openSync(join(dir, 'synced'), 'w');
  const body = Buffer.alloc(WRITTEN_BYTES);
  const times = Array.from({ length: SYNCS }, () => {
    writeSync(file, body);
    const from = performance.now();
    fdatasyncSync(file);
    return performance.now() - from;
  });
  closeSync(file);
  return quantile(times, 0.99);
}
