// The journal in shared_inbox.db. One transaction a batch, on the main thread (docs/decisions/0002): a commit blocks the event
// loop for about one disk sync.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Address } from '../address.ts';
import { isCoded } from '../errors.ts';
import { CHAIN_START } from '../fact-chain.ts';
import {
  type ActorImage,
  type ChainRow,
  type ChildRow,
  type CommitBatch,
  type Counters,
  type DeadLetterRow,
  type FactRow,
  type Journal,
  JournalFailure,
  type JournalHead,
  type Page,
  type ReceiptRow,
  type TimerRow,
} from '../journal.ts';
import { NO_COUNTERS } from './memory-journal.ts';
import { openFile, type Synchronous } from './sqlite-file.ts';
import { JOURNAL_MIGRATIONS } from './sqlite-schema.ts';
import { actorOf, deadLetterOf, effectOf, mailOf, prepareStatements, type Raw, type Statements, writeBatch } from './sqlite-statements.ts';

const ENVIRONMENT = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL|NOMEM|PERM)/;

export interface SqliteJournalOptions {
  /** The data directory, which exists. */
  readonly dir: string;
  /** Default FULL: an accepted message survives a power loss. */
  readonly synchronous?: Synchronous;
}

class SqliteJournal implements Journal {
  readonly description: string;
  readonly #file: string;
  readonly #synchronous: Synchronous;
  #db: Database.Database | undefined;
  #statements: Statements | undefined;
  #epoch = 0;

  constructor(options: SqliteJournalOptions) {
    this.#file = join(options.dir, 'shared_inbox.db');
    this.#synchronous = options.synchronous ?? 'FULL';
    this.description = `sqlite ${this.#file}`;
  }

  async open(): Promise<JournalHead> {
    this.#connect();
    const db = this.#db as Database.Database;
    return db
      .transaction(() => {
        db.prepare('INSERT OR IGNORE INTO head VALUES (1, ?, 0, 0, ?, ?, 1)').run(randomUUID().slice(0, 8), CHAIN_START, JSON.stringify(NO_COUNTERS));
        const head = this.#readHead();
        this.#epoch = head.nodeEpoch + 1;
        db.prepare('UPDATE head SET node_epoch = ?, clean_stop = 0 WHERE id = 1').run(this.#epoch);
        return { ...head, nodeEpoch: this.#epoch };
      })
      .immediate();
  }

  async commit(batch: CommitBatch): Promise<void> {
    const { db, statements } = this.#live();
    let committing = false;
    try {
      db.exec('BEGIN IMMEDIATE');
      this.#fence(statements, batch.number);
      writeBatch(statements, batch);
      committing = true;
      db.exec('COMMIT');
    } catch (error) {
      throw this.#failure(error, committing);
    }
  }

  /** A newer node, or a batch that is not the next one, may not write (K10, K33). */
  #fence(statements: Statements, number: number): void {
    const { node_epoch: epoch, last_batch: last } = statements.headFence.get() as { node_epoch: number; last_batch: number };
    if (epoch !== this.#epoch) throw new JournalFailure('fenced', 'failed', `node epoch ${epoch} took over from ${this.#epoch}`);
    if (number !== last + 1) throw new JournalFailure('statement', 'failed', `batch ${number} after ${last}`);
  }

  #failure(error: unknown, committing: boolean): JournalFailure {
    const rolledBack = this.#rollBack();
    if (error instanceof JournalFailure) return error;
    const code = (error as { code?: unknown }).code;
    const environment = this.#db === undefined || (typeof code === 'string' && ENVIRONMENT.test(code)) || /not open/.test(String(error));
    return new JournalFailure(environment ? 'environment' : 'statement', committing || !rolledBack ? 'unknown' : 'failed', error);
  }

  #rollBack(): boolean {
    try {
      if (this.#db?.inTransaction === true) this.#db.exec('ROLLBACK');
      return true;
    } catch {
      return false;
    }
  }

  async recover(): Promise<JournalHead> {
    try {
      this.#db?.close();
      this.#connect();
      const head = this.#readHead();
      if (head.nodeEpoch !== this.#epoch) throw new JournalFailure('fenced', 'failed', `node epoch ${head.nodeEpoch} took over from ${this.#epoch}`);
      return head;
    } catch (error) {
      if (error instanceof JournalFailure) throw error;
      throw new JournalFailure('environment', 'failed', error);
    }
  }

  async load(address: Address): Promise<ActorImage> {
    const { statements: s } = this.#live();
    return {
      actor: actorOf(s.actorRead.get(address) as Raw | undefined),
      mail: (s.mailRead.all(address) as Raw[]).map(mailOf),
      timers: s.timersRead.all(address) as TimerRow[],
      effects: (s.effectsRead.all(address) as Raw[]).map(effectOf),
    };
  }

  async addresses(): Promise<readonly Address[]> {
    return (this.#live().statements.addressesRead.all() as Array<{ address: Address }>).map((row) => row.address);
  }

  async children(parent: Address, page: Page): Promise<readonly ChildRow[]> {
    return this.#live().statements.childrenRead.all(parent, page.after, page.limit) as ChildRow[];
  }

  async child(parent: Address, id: string): Promise<ChildRow | undefined> {
    return this.#live().statements.childRead.get(parent, id) as ChildRow | undefined;
  }

  async receipt(address: Address, id: string): Promise<ReceiptRow | undefined> {
    return this.#live().statements.receiptRead.get(address, id) as ReceiptRow | undefined;
  }

  async facts(page: Page): Promise<readonly FactRow[]> {
    return this.#live().statements.factsRead.all(page.after, page.limit) as FactRow[];
  }

  async chain(page: Page): Promise<readonly ChainRow[]> {
    return this.#live().statements.chainRead.all(page.after, page.limit) as ChainRow[];
  }

  async deadLetters(page: Page): Promise<readonly DeadLetterRow[]> {
    return (this.#live().statements.deadLettersRead.all(page.after, page.limit) as Raw[]).map(deadLetterOf);
  }

  async close(): Promise<void> {
    const db = this.#db;
    if (db === undefined) return;
    this.#db = undefined;
    this.#statements = undefined;
    try {
      if (db.open) db.prepare('UPDATE head SET clean_stop = 1 WHERE id = 1 AND node_epoch = ?').run(this.#epoch);
    } finally {
      db.close();
    }
  }

  #connect(): void {
    try {
      this.#db = openFile(this.#file, { migrations: JOURNAL_MIGRATIONS, synchronous: this.#synchronous, remedy: 'move it away, or restore a backup' });
      this.#statements = prepareStatements(this.#db);
    } catch (error) {
      if (isCoded(error)) throw error;
      throw new JournalFailure('environment', 'failed', error);
    }
  }

  #live(): { readonly db: Database.Database; readonly statements: Statements } {
    if (this.#db === undefined || this.#statements === undefined) throw new JournalFailure('environment', 'failed', 'the journal is closed');
    return { db: this.#db, statements: this.#statements };
  }

  #readHead(): JournalHead {
    const raw = this.#live().statements.headRead.get() as Record<string, unknown>;
    return {
      era: raw.era as string,
      nodeEpoch: raw.node_epoch as number,
      lastBatch: raw.last_batch as number,
      lastHash: raw.last_hash as string,
      counters: JSON.parse(raw.counters as string) as Counters,
      cleanStop: raw.clean_stop === 1,
    };
  }
}

export function sqliteJournal(options: SqliteJournalOptions): Journal {
  return new SqliteJournal(options);
}
