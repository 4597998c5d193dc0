// The journal's statements, prepared once per connection, and the mapping between rows and columns.
import type { Database } from 'better-sqlite3';
import { type Envelope, PRIORITIES } from '../envelope.ts';
import type { ActorRow, CommitBatch, Counters, DeadLetterRow, EffectRow, JournalHead, MailRow, Suspects } from '../journal.ts';
import { prepareChainReads } from './chain-reads.ts';
import { factLot } from './fact-lots.ts';
import type { Prepared } from './prepared-statement.ts';
import { prepareLots, writeLots } from './row-lots.ts';

export type Raw = Record<string, unknown>;

/** A lane for each priority in their order, and one behind them. */
export const CONTROL_LANE = 0;
export const POSTPONED_LANE = PRIORITIES.length;

const BURIED = `address = @address AND seq <= @upTo AND (@asksOnly = 0 OR json_extract(envelope, '$.replyTo') IS NOT NULL)`;
const SIGNAL = `json_extract(envelope, '$.message.type') IN ('DOWN', 'EXIT')`;

export const ALERTS_READ = 'SELECT id, kind, severity, address, text, raised_at AS raisedAt FROM alerts ORDER BY id';

function prepareAll(db: Database) {
  const run = (sql: string): Prepared => db.prepare(sql);
  return {
    actorRemove: prepareLots(run, (rows) => `DELETE FROM actors WHERE address IN (${rows})`, '?'),
    // Without an index and a trigger that is one write in place; an upsert reads the row, deletes it and inserts it.
    actorPut: prepareLots(run, (rows) => `INSERT OR REPLACE INTO actors VALUES ${rows}`, '(?,?,?,?,?,?,?,?,?,?,?)'),
    mailRemove: prepareLots(run, (rows) => `DELETE FROM mail WHERE seq IN (${rows})`, '?'),
    mailPut: prepareLots(run, (rows) => `INSERT OR REPLACE INTO mail (seq, address, state, attempts, envelope, lane) VALUES ${rows}`, '(?,?,?,?,?,?)'),
    // As many as there are letters for; what tells of the end of another ends without one.
    mailBury: run(`INSERT INTO dead_letters SELECT @firstLetter - 1 + row_number() OVER (ORDER BY seq), @reason, @detail, @at, envelope
      FROM mail WHERE ${BURIED} AND NOT ${SIGNAL} ORDER BY seq LIMIT @letters`),
    mailBuried: run(`DELETE FROM mail WHERE ${BURIED} AND (${SIGNAL} OR seq IN (SELECT seq FROM mail WHERE ${BURIED} AND NOT ${SIGNAL} ORDER BY seq LIMIT @letters))`),
    timerRemove: run('DELETE FROM timers WHERE address = ? AND key = ?'),
    timerPut: prepareLots(run, (rows) => `INSERT OR REPLACE INTO timers VALUES ${rows}`, '(?,?,?,?,?,?,?,?)'),
    effectRemove: run('DELETE FROM effects WHERE key = ?'),
    effectPut: run('INSERT OR REPLACE INTO effects VALUES (?,?,?,?,?,?,?,?,?,?,?,?)'),
    // A lot of pairs to remove would be a query of its own, which costs more than it spares.
    childRemove: run('DELETE FROM children WHERE parent = ? AND id = ?'),
    childPut: prepareLots(run, (rows) => `INSERT OR IGNORE INTO children (parent, id, seq, template, input, incarnation) VALUES ${rows}`, '(?,?,?,?,?,?)'),
    childAwake: run('UPDATE children SET awake = ? WHERE parent = ? AND id = ? AND awake <> ?'),
    tieRemove: run('DELETE FROM ties WHERE kind = ? AND holder = ? AND other = ?'),
    tiePut: run('INSERT OR IGNORE INTO ties VALUES (?,?,?)'),
    receiptPut: run('INSERT OR REPLACE INTO receipts VALUES (?,?,?,?)'),
    receiptExpire: run('DELETE FROM receipts WHERE expires_at < ?'),
    deadLetterPut: run('INSERT INTO dead_letters VALUES (?,?,?,?,?)'),
    factPut: prepareLots(run, (rows) => `INSERT INTO facts VALUES ${rows}`, '(?,?,?,?,?)'),
    chainPut: run('INSERT INTO chain (batch, first_fact, last_fact, hash, fact_hashes) VALUES (?,?,?,?,?)'),
    begin: run('BEGIN IMMEDIATE'),
    commit: run('COMMIT'),
    headCreate: run('INSERT OR IGNORE INTO head (id, era, node_epoch, last_batch, last_hash, counters, clean_stop) VALUES (1, ?, 0, 0, ?, ?, 1)'),
    headRead: run('SELECT * FROM head WHERE id = 1'),
    // With every commit: a list costs less than an object with all that is there.
    headCheck: run('SELECT node_epoch, last_batch, counters FROM head WHERE id = 1').raw(),
    headTakeOver: run('UPDATE head SET node_epoch = ?, unclean_stops = ?, clean_stop = 0 WHERE id = 1'),
    headCleanStop: run('UPDATE head SET clean_stop = 1 WHERE id = 1 AND node_epoch = ?'),
    headSuspects: run('UPDATE head SET suspects = ? WHERE id = 1'),
    headSteady: run('UPDATE head SET unclean_stops = 0 WHERE id = 1'),
    alertRemove: run('DELETE FROM alerts WHERE id = ?'),
    alertPut: run('INSERT OR REPLACE INTO alerts VALUES (?,?,?,?,?,?)'),
    alertsRead: run(ALERTS_READ),
    headPut: run('UPDATE head SET last_batch = ?, last_hash = coalesce(?, last_hash), counters = ? WHERE id = 1'),
    actorRead: run('SELECT * FROM actors WHERE address = ?'),
    // Most who begin have nothing yet: one statement instead of four.
    leftRead: run(`SELECT EXISTS (SELECT 1 FROM actors WHERE address = @address) OR EXISTS (SELECT 1 FROM mail WHERE address = @address)
      OR EXISTS (SELECT 1 FROM timers WHERE address = @address) OR EXISTS (SELECT 1 FROM effects WHERE address = @address)`),
    mailLanes: run('SELECT lane, count(*) AS rows FROM mail WHERE address = ? GROUP BY lane'),
    mailRead: run('SELECT seq, state, attempts, envelope FROM mail WHERE address = ? AND lane = ? AND seq > ? ORDER BY seq'),
    mailUnder: run(`SELECT seq, state, attempts, envelope FROM mail
      WHERE address = @address AND lane > ${CONTROL_LANE} AND lane < ${POSTPONED_LANE} AND instr(envelope, @text) > 0 ORDER BY seq`),
    lastBatch: run('SELECT last_batch FROM head WHERE id = 1'),
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
    ...prepareChainReads(db),
    startPut: run('INSERT INTO chain_start VALUES (1, @fact, @batch, @hash) ON CONFLICT (id) DO UPDATE SET fact = @fact, batch = @batch, hash = @hash WHERE fact <= @fact'),
    // Numbers have no gaps, so that they count facts, also those of lots.
    factsDrop: run('DELETE FROM facts WHERE seq <= min(@fact, (SELECT min(seq) FROM facts) + @limit - 1)'),
    factsLeft: run('SELECT EXISTS (SELECT 1 FROM facts WHERE seq <= ?)').pluck(),
    chainDrop: run('DELETE FROM chain WHERE batch <= ?'),
    deadLettersRead: run('SELECT * FROM dead_letters WHERE seq > ? ORDER BY seq LIMIT ?'),
  };
}

export type Statements = ReturnType<typeof prepareAll>;
export const prepareStatements: (db: Database) => Statements = prepareAll;

/** Writes every row of a batch, whose counters are JSON text already; the caller holds the transaction. Removals come before puts, table by table. Returns how many children are new. */
export function writeBatch(s: Statements, batch: CommitBatch, counters: string): number {
  writeLots(s.actorRemove, batch.actors.remove, (address, into) => void into.push(address));
  writeLots(s.actorPut, batch.actors.put, (r, into) => {
    into.push(r.address, r.incarnation, r.epoch, r.version, r.status, r.snapshot, r.step, r.effectCount, r.deferred, r.poisoned, r.updatedAt);
  });
  writeLots(s.mailRemove, batch.mail.remove, (seq, into) => void into.push(seq));
  for (const { asksOnly, ...r } of batch.mail.bury ?? []) {
    const values = { ...r, asksOnly: asksOnly ? 1 : 0 };
    s.mailBury.run(values);
    s.mailBuried.run(values);
  }
  writeLots(s.mailPut, batch.mail.put, (r, into) => void into.push(r.seq, r.envelope.to, r.state, r.attempts, JSON.stringify(r.envelope), laneOf(r)));
  for (const r of batch.timers.remove) s.timerRemove.run(r.address, r.key);
  writeLots(s.timerPut, batch.timers.put, (r, into) => void into.push(r.address, r.key, r.incarnation, r.generation, r.dueAt, r.delayMs, r.to, r.event));
  for (const key of batch.effects.remove) s.effectRemove.run(key);
  for (const r of batch.effects.put) {
    s.effectPut.run(r.key, r.address, r.incarnation, r.epoch, r.seq, r.childId, r.src, r.input, r.idempotent ? 1 : 0, r.state, r.outcome, r.result);
  }
  for (const r of batch.children.remove) s.childRemove.run(r.parent, r.id);
  const newChildren = writeLots(s.childPut, batch.children.put, (r, into) => void into.push(r.parent, r.id, r.seq, r.template, r.input, r.incarnation));
  for (const r of batch.children.awake ?? []) {
    const awake = r.awake ? 1 : 0;
    s.childAwake.run(awake, r.parent, r.id, awake);
  }
  for (const r of batch.ties.remove) s.tieRemove.run(r.kind, r.holder, r.other);
  for (const r of batch.ties.put) s.tiePut.run(r.kind, r.holder, r.other);
  if (batch.receipts.expiredBefore !== null) s.receiptExpire.run(batch.receipts.expiredBefore);
  for (const r of batch.receipts.put) s.receiptPut.run(r.address, r.id, r.reply, r.expiresAt);
  for (const id of batch.alerts?.remove ?? []) s.alertRemove.run(id);
  for (const r of batch.alerts?.put ?? []) s.alertPut.run(r.id, r.kind, r.severity, r.address, r.text, r.raisedAt);
  for (const r of batch.deadLetters) s.deadLetterPut.run(r.seq, r.reason, r.detail, r.at, JSON.stringify(r.envelope));
  const lot = factLot(batch);
  writeLots(s.factPut, lot === undefined ? batch.facts : [lot], (r, into) => void into.push(r.seq, r.batch, r.at, r.kind, r.body));
  if (batch.chain !== null) s.chainPut.run(batch.chain.batch, batch.chain.firstFact, batch.chain.lastFact, batch.chain.hash, batch.chain.factHashes);
  if (batch.suspects !== undefined) s.headSuspects.run(JSON.stringify(batch.suspects));
  if (batch.steady === true) s.headSteady.run();
  s.headPut.run(batch.number, batch.chain?.hash ?? null, counters);
  return newChildren;
}

function laneOf({ state, envelope }: MailRow): number {
  return state === 'postponed' ? POSTPONED_LANE : PRIORITIES.indexOf(envelope.priority);
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
    stepping: null,
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
