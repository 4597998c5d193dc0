// The journal's statements, prepared once per connection, and the mapping between rows and columns.
import type { Database } from 'better-sqlite3';
import type { Envelope } from '../envelope.ts';
import type { ActorRow, Counters, DeadLetterRow, EffectRow, JournalHead, MailRow, Suspects } from '../journal.ts';
import { ROW_WIDTHS, type RowChanges } from './batch-rows.ts';

export type Raw = Record<string, unknown>;

/** What is used of a statement; the driver's own type cannot be named in declarations. */
interface Prepared {
  run(...values: readonly unknown[]): { readonly changes: number };
  get(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): unknown[];
  pluck(toggle?: boolean): Prepared;
}

export const FACTS_READ = 'SELECT seq, batch, at, kind, body FROM facts WHERE seq > ? ORDER BY seq LIMIT ?';
export const CHAIN_READ = 'SELECT batch, first_fact AS firstFact, last_fact AS lastFact, hash FROM chain WHERE batch > ? ORDER BY batch LIMIT ?';
export const ALERTS_READ = 'SELECT id, kind, severity, address, text, raised_at AS raisedAt FROM alerts ORDER BY id';

/** What writes batches. */
function prepareAllWrites(db: Database) {
  const run = (sql: string): Prepared => db.prepare(sql);
  return {
    actorRemove: run('DELETE FROM actors WHERE address = ?'),
    actorPut: run(`INSERT INTO actors VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (address) DO UPDATE SET incarnation=excluded.incarnation,
      epoch=excluded.epoch, version=excluded.version, status=excluded.status, snapshot=excluded.snapshot, step=excluded.step,
      effect_count=excluded.effect_count, deferred=excluded.deferred, poisoned=excluded.poisoned, updated_at=excluded.updated_at`),
    mailRemove: run('DELETE FROM mail WHERE seq = ?'),
    mailPut: run('INSERT OR REPLACE INTO mail VALUES (?,?,?,?,?)'),
    timerRemove: run('DELETE FROM timers WHERE address = ? AND key = ?'),
    timerPut: run('INSERT OR REPLACE INTO timers VALUES (?,?,?,?,?,?,?,?)'),
    effectRemove: run('DELETE FROM effects WHERE key = ?'),
    effectPut: run('INSERT OR REPLACE INTO effects VALUES (?,?,?,?,?,?,?,?,?,?,?,?)'),
    childRemove: run('DELETE FROM children WHERE parent = ? AND id = ?'),
    childPut: run('INSERT OR IGNORE INTO children (parent, id, seq, template, input, incarnation) VALUES (?,?,?,?,?,?)'),
    childAwake: run('UPDATE children SET awake = ? WHERE parent = ? AND id = ? AND awake <> ?'),
    tieRemove: run('DELETE FROM ties WHERE kind = ? AND holder = ? AND other = ?'),
    tiePut: run('INSERT OR IGNORE INTO ties VALUES (?,?,?)'),
    receiptPut: run('INSERT OR REPLACE INTO receipts VALUES (?,?,?,?)'),
    receiptExpire: run('DELETE FROM receipts WHERE expires_at < ?'),
    alertRemove: run('DELETE FROM alerts WHERE id = ?'),
    alertPut: run('INSERT OR REPLACE INTO alerts VALUES (?,?,?,?,?,?)'),
    deadLetterPut: run('INSERT INTO dead_letters VALUES (?,?,?,?,?)'),
    factPut: run('INSERT INTO facts VALUES (?,?,?,?,?)'),
    chainPut: run('INSERT INTO chain VALUES (?,?,?,?)'),
    headSuspects: run('UPDATE head SET suspects = ? WHERE id = 1'),
    headUnclean: run('UPDATE head SET unclean_stops = ? WHERE id = 1'),
    begin: run('BEGIN IMMEDIATE'),
    commit: run('COMMIT'),
    headPut: run('UPDATE head SET last_batch = ?, last_hash = coalesce(?, last_hash), counters = ? WHERE id = 1'),
    headRead: run('SELECT * FROM head WHERE id = 1'),
  };
}

/** What opens, closes and reads. */
function prepareAllReads(db: Database) {
  const run = (sql: string): Prepared => db.prepare(sql);
  return {
    headCreate: run('INSERT OR IGNORE INTO head (id, era, node_epoch, last_batch, last_hash, counters, clean_stop) VALUES (1, ?, 0, 0, ?, ?, 1)'),
    headTakeOver: run('UPDATE head SET node_epoch = ?, unclean_stops = ?, clean_stop = 0 WHERE id = 1'),
    headCleanStop: run('UPDATE head SET clean_stop = 1 WHERE id = 1 AND node_epoch = ?'),
    actorRead: run('SELECT * FROM actors WHERE address = ?'),
    mailRead: run('SELECT * FROM mail WHERE address = ? ORDER BY seq'),
    timersRead: run(
      'SELECT address, key, incarnation, generation, due_at AS dueAt, delay_ms AS delayMs, recipient AS "to", event FROM timers WHERE address = ? ORDER BY due_at, key',
    ),
    effectsRead: run('SELECT * FROM effects WHERE address = ? ORDER BY seq'),
    addressesRead: run(`SELECT address FROM actors WHERE address > @after UNION SELECT address FROM mail WHERE address > @after
      UNION SELECT address FROM timers WHERE address > @after UNION SELECT address FROM effects WHERE address > @after ORDER BY 1 LIMIT @limit`),
    childrenCount: run('SELECT count(*) FROM children WHERE parent = ?'),
    // Each arm comes in the order of an index, so that a page costs a page. What lies below the children is left out.
    wakesRead: run(`SELECT parent || '/' || id FROM children
        WHERE awake = 1 AND parent || '/' || id > @after AND parent || '/' || id < @end AND parent || '/' || id NOT GLOB @below
      UNION SELECT address FROM mail WHERE address > @after AND address < @end AND address NOT GLOB @below
      UNION SELECT address FROM effects WHERE address > @after AND address < @end AND address NOT GLOB @below ORDER BY 1 LIMIT @limit`),
    timersByDue: run(`SELECT due_at AS dueAt, address, key, delay_ms AS delayMs FROM timers
      WHERE (due_at, address, key) > (?, ?, ?) ORDER BY due_at, address, key LIMIT ?`),
    childrenRead: run('SELECT parent, id, seq, template, input, incarnation FROM children WHERE parent = ? AND seq > ? ORDER BY seq LIMIT ?'),
    childRead: run('SELECT parent, id, seq, template, input, incarnation FROM children WHERE parent = ? AND id = ?'),
    tiesRead: run('SELECT kind, holder, other FROM ties ORDER BY kind, holder, other'),
    receiptRead: run('SELECT address, id, reply, expires_at AS expiresAt FROM receipts WHERE address = ? AND id = ?'),
    alertsRead: run(ALERTS_READ),
    factsRead: run(FACTS_READ),
    chainRead: run(CHAIN_READ),
    deadLettersRead: run('SELECT * FROM dead_letters WHERE seq > ? ORDER BY seq LIMIT ?'),
    headRead: run('SELECT * FROM head WHERE id = 1'),
  };
}

export type Writes = ReturnType<typeof prepareAllWrites>;
export type Reads = ReturnType<typeof prepareAllReads>;
export const prepareWrites: (db: Database) => Writes = prepareAllWrites;
export const prepareReads: (db: Database) => Reads = prepareAllReads;

/** Runs a statement for each of its rows; the caller holds the transaction. */
export function writeRows(writes: Writes, { statement, values }: RowChanges): void {
  const width = ROW_WIDTHS[statement];
  const prepared = writes[statement];
  for (let at = 0; at < values.length; at += width) prepared.run(...values.slice(at, at + width));
}

export interface HeadColumns {
  readonly era: string;
  readonly node_epoch: number;
  readonly last_batch: number;
  readonly last_hash: string;
  /** JSON text. */
  readonly counters: string;
  readonly clean_stop: number;
  readonly unclean_stops: number;
  /** JSON text. */
  readonly suspects: string;
}

export function headOf(raw: HeadColumns): JournalHead {
  return {
    era: raw.era,
    nodeEpoch: raw.node_epoch,
    lastBatch: raw.last_batch,
    lastHash: raw.last_hash,
    counters: JSON.parse(raw.counters) as Counters,
    cleanStop: raw.clean_stop === 1,
    uncleanStops: raw.unclean_stops,
    suspects: JSON.parse(raw.suspects) as Suspects,
  };
}

export function actorOf(raw: Raw | undefined): ActorRow | null {
  if (raw === undefined) return null;
  const { effect_count: effectCount, updated_at: updatedAt, ...rest } = raw;
  return { ...rest, effectCount, updatedAt } as unknown as ActorRow;
}

export function mailOf(raw: Raw): MailRow {
  return { seq: raw.seq as number, state: raw.state as MailRow['state'], attempts: raw.attempts as number, envelope: JSON.parse(raw.envelope as string) as Envelope };
}

export function effectOf(raw: Raw): EffectRow {
  const { child_id: childId, idempotent, ...rest } = raw;
  return { ...rest, childId, idempotent: idempotent === 1 } as unknown as EffectRow;
}

export function deadLetterOf(raw: Raw): DeadLetterRow {
  return { ...raw, envelope: JSON.parse(raw.envelope as string) as Envelope } as unknown as DeadLetterRow;
}
