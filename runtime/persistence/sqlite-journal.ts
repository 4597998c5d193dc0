// The journal in shared_inbox.db. Batches are written by a thread of its own (docs/decisions/0005), so that no commit blocks the event
// loop; reads are made here, and see what is committed.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Address } from '../address.ts';
import { isCoded } from '../errors.ts';
import { CHAIN_START } from '../fact-chain.ts';
import {
  type ActorImage,
  type AddressPage,
  type AlertRow,
  type ChainRow,
  type ChildRow,
  type CommitBatch,
  type Committed,
  type DeadLetterRow,
  type FactRow,
  type Journal,
  JournalFailure,
  type JournalHead,
  type Page,
  type ReceiptRow,
  type TieRow,
  type TimerPage,
  type TimerPlace,
  type TimerRow,
} from '../journal.ts';
import { factFlaw } from './batch-flaw.ts';
import { batchRows } from './batch-rows.ts';
import { NO_COUNTERS } from './memory-store.ts';
import { journalFailure } from './sqlite-failure.ts';
import type { Synchronous } from './sqlite-file.ts';
import { actorOf, deadLetterOf, effectOf, type HeadColumns, headOf, mailOf, prepareReads, type Raw, type Reads } from './sqlite-statements.ts';
import { fenced, openJournalFile, SqliteWriter, type WriterOptions } from './sqlite-writer.ts';
import { WriterThread } from './writer-thread.ts';

export interface SqliteJournalOptions {
  /** The data directory, which exists. */
  readonly dir: string;
  /** Default FULL: an accepted message survives a power loss. */
  readonly synchronous?: Synchronous;
  /** Default true. Without a thread of its own a commit is done when the call returns, for tests that count turns of the event loop. */
  readonly thread?: boolean;
}

const EVERY_ADDRESS: AddressPage = { after: '', limit: -1 };

interface Connection {
  readonly db: Database.Database;
  readonly statements: Reads;
}

/** Here, or on a thread of its own. */
interface Writer {
  write(batch: ReturnType<typeof batchRows>): string | Promise<string>;
  reopen(): void | Promise<void>;
  close(): void | Promise<void>;
}

class SqliteJournal implements Journal {
  readonly description: string;
  readonly #file: string;
  readonly #synchronous: Synchronous;
  readonly #thread: boolean;
  #connection: Connection | undefined;
  #writer: Writer | undefined;
  /** Found while writing. */
  #damage: JournalFailure | undefined;
  #era = '';
  #epoch = 0;

  constructor(options: SqliteJournalOptions) {
    this.#file = join(options.dir, 'shared_inbox.db');
    this.#synchronous = options.synchronous ?? 'FULL';
    this.#thread = options.thread ?? true;
    this.description = `sqlite ${this.#file}`;
  }

  async open(): Promise<JournalHead> {
    try {
      const { db, statements } = this.#connect();
      const head = db.transaction(() => this.#takeOver(statements)).immediate();
      const options: WriterOptions = { file: this.#file, synchronous: this.#synchronous, epoch: this.#epoch };
      this.#writer = this.#thread ? new WriterThread(options) : new SqliteWriter(options);
      return head;
    } catch (error) {
      this.#connection?.db.close();
      this.#connection = undefined;
      throw isCoded(error) ? error : journalFailure(error, 'failed');
    }
  }

  /** The next node epoch is issued here; the node before is fenced from now on (K33). */
  #takeOver(statements: Reads): JournalHead {
    statements.headCreate.run(randomUUID().slice(0, 8), CHAIN_START, JSON.stringify(NO_COUNTERS));
    const head = headOf(statements.headRead.get() as HeadColumns);
    this.#era = head.era;
    this.#epoch = head.nodeEpoch + 1;
    const uncleanStops = head.cleanStop ? 0 : head.uncleanStops + 1;
    statements.headTakeOver.run(this.#epoch, uncleanStops);
    return { ...head, nodeEpoch: this.#epoch, uncleanStops };
  }

  async commit(batch: CommitBatch): Promise<Committed> {
    const writer = this.#live(this.#writer);
    try {
      const flaw = factFlaw(batch);
      if (flaw !== undefined) throw new JournalFailure('statement', 'failed', flaw);
      return { lastHash: await writer.write(batchRows(batch)) };
    } catch (error) {
      const failure = journalFailure(error, 'failed');
      if (failure.kind === 'damaged') this.#damage = failure;
      throw failure;
    }
  }

  async recover(): Promise<JournalHead> {
    try {
      this.#live(this.#connection).db.close();
      await this.#live(this.#writer).reopen();
      const raw = this.#connect().statements.headRead.get() as HeadColumns | undefined;
      if (raw?.node_epoch !== this.#epoch || raw.era !== this.#era) throw fenced(raw?.node_epoch ?? 0, this.#epoch);
      return headOf(raw);
    } catch (error) {
      throw error instanceof JournalFailure ? error : new JournalFailure('environment', 'failed', error);
    }
  }

  async load(address: Address): Promise<ActorImage> {
    return this.#read((s) => ({
      actor: actorOf(s.actorRead.get(address) as Raw | undefined),
      mail: (s.mailRead.all(address) as Raw[]).map(mailOf),
      timers: s.timersRead.all(address) as TimerRow[],
      effects: (s.effectsRead.all(address) as Raw[]).map(effectOf),
    }));
  }

  async addresses(page: AddressPage = EVERY_ADDRESS): Promise<readonly Address[]> {
    return this.#read((s) => s.addressesRead.pluck().all(page) as Address[]);
  }

  async children(parent: Address, page: Page): Promise<readonly ChildRow[]> {
    return this.#read((s) => s.childrenRead.all(parent, page.after, page.limit) as ChildRow[]);
  }

  async countChildren(parent: Address): Promise<number> {
    return this.#read((s) => s.childrenCount.pluck().get(parent) as number);
  }

  async wakes(parent: Address, { after, limit }: AddressPage): Promise<readonly Address[]> {
    // '0' is the character behind '/'.
    const range = { after: after > `${parent}/` ? after : `${parent}/`, end: `${parent}0`, below: `${parent}/*/*`, limit };
    return this.#read((s) => s.wakesRead.pluck().all(range) as Address[]);
  }

  async timers({ after, limit }: TimerPage): Promise<readonly TimerPlace[]> {
    return this.#read((s) => s.timersByDue.all(after?.dueAt ?? Number.NEGATIVE_INFINITY, after?.address ?? '', after?.key ?? '', limit) as TimerPlace[]);
  }

  async child(parent: Address, id: string): Promise<ChildRow | undefined> {
    return this.#read((s) => s.childRead.get(parent, id) as ChildRow | undefined);
  }

  async ties(): Promise<readonly TieRow[]> {
    return this.#read((s) => s.tiesRead.all() as TieRow[]);
  }

  async alerts(): Promise<readonly AlertRow[]> {
    return this.#read((s) => s.alertsRead.all() as AlertRow[]);
  }

  async receipt(address: Address, id: string): Promise<ReceiptRow | undefined> {
    return this.#read((s) => s.receiptRead.get(address, id) as ReceiptRow | undefined);
  }

  async facts(page: Page): Promise<readonly FactRow[]> {
    return this.#read((s) => s.factsRead.all(page.after, page.limit) as FactRow[]);
  }

  async chain(page: Page): Promise<readonly ChainRow[]> {
    return this.#read((s) => s.chainRead.all(page.after, page.limit) as ChainRow[]);
  }

  async deadLetters(page: Page): Promise<readonly DeadLetterRow[]> {
    return this.#read((s) => (s.deadLettersRead.all(page.after, page.limit) as Raw[]).map(deadLetterOf));
  }

  async close(): Promise<void> {
    const [connection, writer] = [this.#connection, this.#writer];
    if (connection === undefined) return;
    this.#connection = undefined;
    this.#writer = undefined;
    const { db, statements } = connection;
    try {
      await writer?.close();
      // The next start is to see that a damaged one did not end well.
      if (!db.open || this.#damage !== undefined) return;
      statements.headCleanStop.run(this.#epoch);
      db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      throw journalFailure(error, 'failed');
    } finally {
      db.close();
    }
  }

  #connect(): Connection {
    const db = openJournalFile(this.#file, this.#synchronous);
    this.#connection = { db, statements: prepareReads(db) };
    return this.#connection;
  }

  #live<Part>(part: Part | undefined): Part {
    if (part === undefined) throw new JournalFailure('environment', 'failed', 'the journal is closed');
    return part;
  }

  #read<T>(read: (statements: Reads) => T): T {
    try {
      return read(this.#live(this.#connection).statements);
    } catch (error) {
      throw journalFailure(error, 'failed');
    }
  }
}

export function sqliteJournal(options: SqliteJournalOptions): Journal {
  return new SqliteJournal(options);
}
