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
  type AddressPage,
  type AlertRow,
  type ChainRow,
  type ChainStart,
  type ChildRow,
  type CommitBatch,
  type Counters,
  type DeadLetterRow,
  type FactRow,
  type FactsText,
  type Journal,
  JournalFailure,
  type JournalHead,
  type MailRow,
  type MailSlice,
  type Page,
  type ReceiptRow,
  type SlicedPriority,
  type SliceLimits,
  type TieRow,
  type TimerPage,
  type TimerPlace,
  type TimerRow,
} from '../journal.ts';
import { batchFlaw } from './batch-flaw.ts';
import { readChain, readFacts, readFactsText, readStart } from './chain-reads.ts';
import { WHOLE } from './mail-slice.ts';
import { NO_COUNTERS } from './memory-store.ts';
import { journalFailure } from './sqlite-failure.ts';
import { openFile, type Synchronous } from './sqlite-file.ts';
import { readMail, readSlice, readUnder } from './sqlite-mail.ts';
import { JOURNAL_MIGRATIONS } from './sqlite-schema.ts';
import { actorOf, deadLetterOf, effectOf, type HeadColumns, headOf, prepareStatements, type Raw, type Statements, writeBatch } from './sqlite-statements.ts';
import { StepMark } from './step-mark.ts';

export interface SqliteJournalOptions {
  /** The data directory, which exists. */
  readonly dir: string;
  /** Default FULL: an accepted message survives a power loss. */
  readonly synchronous?: Synchronous;
}

const EVERY_ADDRESS: AddressPage = { after: '', limit: -1 };

interface Connection {
  readonly db: Database.Database;
  readonly statements: Statements;
}

class SqliteJournal implements Journal {
  readonly description: string;
  readonly #file: string;
  readonly #synchronous: Synchronous;
  readonly #mark: StepMark;
  #connection: Connection | undefined;
  /** Found while writing: from then on nothing more is written into the file, until somebody has seen to it and starts anew. */
  #damage: JournalFailure | undefined;
  /** The counters that were written last, and their text: whoever reads that text again need not parse it. */
  #written: { readonly text: string; readonly counters: Counters } | undefined;
  #era = '';
  #epoch = 0;

  constructor(options: SqliteJournalOptions) {
    this.#file = join(options.dir, 'shared_inbox.db');
    this.#mark = new StepMark(options.dir);
    this.#synchronous = options.synchronous ?? 'FULL';
    this.description = `sqlite ${this.#file}`;
  }

  async open(): Promise<JournalHead> {
    try {
      const { db, statements } = this.#connect();
      return db.transaction(() => this.#takeOver(statements)).immediate();
    } catch (error) {
      this.#connection?.db.close();
      this.#connection = undefined;
      throw isCoded(error) ? error : journalFailure(error, 'failed');
    }
  }

  /** The next node epoch is issued here; the node before is fenced from now on (K33). */
  #takeOver(statements: Statements): JournalHead {
    statements.headCreate.run(randomUUID().slice(0, 8), CHAIN_START, JSON.stringify(NO_COUNTERS));
    const head = headOf(statements.headRead.get() as HeadColumns);
    this.#era = head.era;
    this.#epoch = head.nodeEpoch + 1;
    const uncleanStops = head.cleanStop ? 0 : head.uncleanStops + 1;
    statements.headTakeOver.run(this.#epoch, uncleanStops);
    return { ...head, nodeEpoch: this.#epoch, uncleanStops, stepping: head.cleanStop ? null : this.#mark.read(head) };
  }

  async commit(batch: CommitBatch): Promise<number> {
    if (this.#damage !== undefined) throw this.#damage;
    const { db, statements } = this.#live();
    let outcome: JournalFailure['outcome'] = 'failed';
    try {
      statements.begin.run();
      this.#admit(statements, batch);
      const counters = JSON.stringify(batch.counters);
      const newChildren = writeBatch(statements, batch, counters);
      this.#written = { text: counters, counters: batch.counters };
      outcome = 'unknown';
      statements.commit.run();
      return newChildren;
    } catch (error) {
      rollBack(db);
      const failure = journalFailure(error, outcome);
      if (failure.kind === 'damaged') this.#damage = failure;
      throw failure;
    }
  }

  /** A newer node, or a batch that does not follow the last one, may not write (K10, K33). Inside the transaction. */
  #admit(statements: Statements, batch: CommitBatch): void {
    const [epoch, lastBatch, text] = statements.headCheck.get() as [number, number, string];
    if (epoch !== this.#epoch || batch.nodeEpoch !== this.#epoch) throw this.#fenced(epoch);
    const counters = text === this.#written?.text ? this.#written.counters : (JSON.parse(text) as Counters);
    const flaw = batchFlaw({ lastBatch, counters }, batch);
    if (flaw !== undefined) throw new JournalFailure('statement', 'failed', flaw);
  }

  async recover(): Promise<JournalHead> {
    try {
      this.#live().db.close();
      const raw = this.#connect().statements.headRead.get() as HeadColumns | undefined;
      if (raw?.node_epoch !== this.#epoch || raw.era !== this.#era) throw this.#fenced(raw?.node_epoch ?? 0);
      return headOf(raw);
    } catch (error) {
      throw error instanceof JournalFailure ? error : new JournalFailure('environment', 'failed', error);
    }
  }

  #fenced(epoch: number): JournalFailure {
    return new JournalFailure('fenced', 'failed', `the journal is of node epoch ${epoch}, this node of ${this.#epoch}`);
  }

  async load(address: Address, slice: SliceLimits = WHOLE): Promise<ActorImage> {
    return this.#read((s) => {
      if (s.leftRead.pluck().get({ address }) === 0) return { actor: null, mail: [], timers: [], effects: [] };
      return {
        actor: actorOf(s.actorRead.get(address) as Raw | undefined),
        ...readMail(s, address, slice),
        timers: s.timersRead.all(address) as TimerRow[],
        effects: (s.effectsRead.all(address) as Raw[]).map(effectOf),
      };
    });
  }

  async mail(address: Address, place: { readonly priority: SlicedPriority; readonly after: number }, slice: SliceLimits): Promise<MailSlice> {
    return this.#read((s) => readSlice(s, address, place, slice));
  }

  async mailUnder(address: Address, id: string): Promise<readonly MailRow[]> {
    return this.#read((s) => readUnder(s, address, id));
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
    return this.#read((s) => readFacts(s, page));
  }

  async chain(page: Page): Promise<readonly ChainRow[]> {
    return this.#read((s) => readChain(s, page));
  }

  async factsText(row: ChainRow): Promise<FactsText | undefined> {
    return this.#read((s) => readFactsText(s, row));
  }

  async chainStart(): Promise<ChainStart> {
    return this.#read(readStart);
  }

  async dropFacts({ fact, batch, hash }: ChainStart, limit: number): Promise<boolean> {
    try {
      const { db, statements } = this.#live();
      return db
        .transaction(() => {
          const head = statements.headRead.get() as HeadColumns;
          if (head.node_epoch !== this.#epoch) throw this.#fenced(head.node_epoch);
          statements.startPut.run({ fact, batch, hash });
          statements.factsDrop.run({ fact, limit });
          if (statements.factsLeft.get(fact) === 1) return false;
          statements.chainDrop.run(batch);
          return true;
        })
        .immediate();
    } catch (error) {
      throw error instanceof JournalFailure ? error : journalFailure(error, 'failed');
    }
  }

  async deadLetters(page: Page): Promise<readonly DeadLetterRow[]> {
    return this.#read((s) => (s.deadLettersRead.all(page.after, page.limit) as Raw[]).map(deadLetterOf));
  }

  mark(name: string | null): void {
    if (this.#connection !== undefined) this.#mark.write({ era: this.#era, nodeEpoch: this.#epoch }, name);
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    const { db, statements } = connection;
    if (!db.open) return;
    try {
      // The next start is to see that this one did not end well.
      if (this.#damage !== undefined) return;
      statements.headCleanStop.run(this.#epoch);
      db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      throw journalFailure(error, 'failed');
    } finally {
      db.close();
      this.#mark.remove();
    }
  }

  #connect(): Connection {
    const db = openFile(this.#file, { migrations: JOURNAL_MIGRATIONS, synchronous: this.#synchronous, remedy: 'move it away, or restore a backup' });
    this.#connection = { db, statements: prepareStatements(db) };
    return this.#connection;
  }

  #live(): Connection {
    if (this.#connection === undefined) throw new JournalFailure('environment', 'failed', 'the journal is closed');
    return this.#connection;
  }

  #read<T>(read: (statements: Statements) => T): T {
    try {
      return read(this.#live().statements);
    } catch (error) {
      throw journalFailure(error, 'failed');
    }
  }
}

/** SQLite has often rolled back by itself; where it cannot, the connection is useless until `recover`. */
function rollBack(db: Database.Database): void {
  try {
    if (db.open && db.inTransaction) db.exec('ROLLBACK');
  } catch {
    db.close();
  }
}

export function sqliteJournal(options: SqliteJournalOptions): Journal {
  return new SqliteJournal(options);
}
