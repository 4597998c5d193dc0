// Writes batches into shared_inbox.db, one transaction each, over a connection that nobody else uses. On the thread where it is called:
// each commit blocks it for about one disk sync.
import type Database from 'better-sqlite3';
import { chainFacts } from '../fact-chain.ts';
import { type ChainRow, type Counters, type FactRow, JournalFailure } from '../journal.ts';
import { orderFlaw } from './batch-flaw.ts';
import { type BatchRows, ROW_WIDTHS, type RowValue } from './batch-rows.ts';
import { journalFailure } from './sqlite-failure.ts';
import { openFile, type Synchronous } from './sqlite-file.ts';
import { JOURNAL_MIGRATIONS } from './sqlite-schema.ts';
import { type HeadColumns, prepareWrites, type Writes, writeRows } from './sqlite-statements.ts';

export interface WriterOptions {
  readonly file: string;
  readonly synchronous: Synchronous;
  /** Under which the journal was opened (K33). */
  readonly epoch: number;
}

export const openJournalFile = (file: string, synchronous: Synchronous): Database.Database =>
  openFile(file, { migrations: JOURNAL_MIGRATIONS, synchronous, remedy: 'move it away, or restore a backup' });

export function fenced(theirs: number, ours: number): JournalFailure {
  return new JournalFailure('fenced', 'failed', `the journal is of node epoch ${theirs}, this node of ${ours}`);
}

export class SqliteWriter {
  readonly #options: WriterOptions;
  #db: Database.Database;
  #writes: Writes;
  /** Found while writing: from then on nothing more is written into the file, until somebody has seen to it and starts anew. */
  #damage: JournalFailure | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#db = openJournalFile(options.file, options.synchronous);
    this.#writes = prepareWrites(this.#db);
  }

  /** The hash of the chain of facts after it. Throws JournalFailure. What follows a batch that is not written is refused by its number. */
  write(batch: BatchRows): string {
    if (this.#damage !== undefined) throw this.#damage;
    const [db, writes] = [this.#db, this.#writes];
    let outcome: JournalFailure['outcome'] = 'failed';
    try {
      writes.begin.run();
      const hash = this.#writeAll(writes, batch);
      outcome = 'unknown';
      writes.commit.run();
      return hash;
    } catch (error) {
      rollBack(db);
      const failure = journalFailure(error, outcome);
      if (failure.kind === 'damaged') this.#damage = failure;
      throw failure;
    }
  }

  /** Makes the connection anew. */
  reopen(): void {
    this.close();
    const { file, synchronous } = this.#options;
    this.#db = openJournalFile(file, synchronous);
    this.#writes = prepareWrites(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  #writeAll(writes: Writes, batch: BatchRows): string {
    const head = this.#admit(writes, batch);
    for (const rows of batch.changes) writeRows(writes, rows);
    const chain = chainOf(batch, head.last_hash);
    if (chain !== null) writes.chainPut.run(chain.batch, chain.firstFact, chain.lastFact, chain.hash);
    writes.headPut.run(batch.number, chain?.hash ?? null, JSON.stringify(batch.counters));
    return chain?.hash ?? head.last_hash;
  }

  /** A newer node, or a batch that does not follow the last one, may not write (K10, K33). Inside the transaction. */
  #admit(writes: Writes, batch: BatchRows): HeadColumns {
    const { epoch } = this.#options;
    const head = writes.headRead.get() as HeadColumns;
    if (head.node_epoch !== epoch || batch.nodeEpoch !== epoch) throw fenced(head.node_epoch, epoch);
    const flaw = orderFlaw({ lastBatch: head.last_batch, counters: JSON.parse(head.counters) as Counters }, batch);
    if (flaw !== undefined) throw new JournalFailure('statement', 'failed', flaw);
    return head;
  }
}

function chainOf({ number, changes }: BatchRows, lastHash: string): ChainRow | null {
  const facts = changes.find(({ statement }) => statement === 'factPut');
  return facts === undefined ? null : chainFacts(lastHash, number, factRows(facts.values));
}

function factRows(values: readonly RowValue[]): FactRow[] {
  const rows: FactRow[] = [];
  for (let at = 0; at < values.length; at += ROW_WIDTHS.factPut) {
    const [seq, batch, time, kind, body] = values.slice(at, at + ROW_WIDTHS.factPut) as [number, number, number, string, string];
    rows.push({ seq, batch, at: time, kind, body });
  }
  return rows;
}

/** SQLite has often rolled back by itself; where it cannot, the connection is useless until it is made anew. */
function rollBack(db: Database.Database): void {
  try {
    if (db.open && db.inTransaction) db.exec('ROLLBACK');
  } catch {
    db.close();
  }
}
