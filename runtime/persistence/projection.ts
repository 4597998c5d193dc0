// A projection of the journal's facts into a SQLite file of its own. Its position is stored in the transaction that applies
// the facts, so each fact counts exactly once (K34). It can be dropped and built again at any time.
import type Database from 'better-sqlite3';
import { codedError } from '../errors.ts';
import type { FactRow } from '../journal.ts';
import { cachedStatements } from './cached-statements.ts';
import { openFile } from './sqlite-file.ts';
import { keepsAccount, lastWriteTo, WrittenTables } from './written-tables.ts';

export type SqlValue = string | number | null;

/** As much of a database as applying a fact needs; texts are constants of the code, values are always parameters. */
export interface ProjectionDb {
  run(sql: string, ...params: readonly SqlValue[]): { readonly changes: number };
  all<T>(sql: string, ...params: readonly SqlValue[]): T[];
  get<T>(sql: string, ...params: readonly SqlValue[]): T | undefined;
}

export interface ProjectedFact {
  readonly seq: number;
  readonly batch: number;
  readonly at: number;
  readonly kind: string;
  /** Parsed JSON: a list for `readSteps` of `steps`, else what the statechart recorded. */
  readonly body: unknown;
}

export interface ProjectionOptions {
  readonly file: string;
  /** Numbered; never edit one that was released: append. */
  readonly migrations: readonly string[];
  /** Runs inside the transaction; a throw undoes the whole call of `apply`. */
  apply(db: ProjectionDb, fact: ProjectedFact): void;
}

export interface Projection {
  /** The last fact that was applied. */
  position(): number;
  /** One transaction. Throws `ProjectionGap` unless the facts follow the position without a gap. */
  apply(facts: readonly FactRow[]): void;
  /** Reads only. */
  query<T>(sql: string, ...params: readonly SqlValue[]): T[];
  /** The batch whose facts last wrote to a table; 0: none did; undefined: not known. */
  lastWrite(table: string): number | undefined;
  /** Rebuilds from nothing when its facts are not this journal's: another era, or a position ahead of it. True if it did. */
  settle(journal: { readonly era: string; readonly lastFact: number }): boolean;
  /** Drops everything; position 0. */
  rebuild(): void;
  close(): void;
}

const POSITION_TABLE = `
  CREATE TABLE projection_position (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, era TEXT NOT NULL) STRICT;
  INSERT INTO projection_position VALUES (1, 0, '');
`;

/** All that its file takes: its position's table comes first. */
export const projectionMigrations = (migrations: readonly string[]): readonly string[] => [POSITION_TABLE, ...migrations];

class SqliteProjection implements Projection {
  readonly #options: ProjectionOptions;
  readonly #db: Database.Database;
  readonly #migrations: readonly string[];
  #statement: (sql: string) => Database.Statement;
  #port: ProjectionDb;
  /** Undefined in a projection that keeps none. */
  readonly #tables: WrittenTables | undefined;
  #batch = 0;
  /** As the file says; undefined: it is to be asked. Each read of the model asks for it. */
  #position: number | undefined;

  constructor(options: ProjectionOptions) {
    this.#options = options;
    this.#migrations = projectionMigrations(options.migrations);
    // NORMAL: a power cut may take the last transactions, position included; the journal still has their facts.
    this.#db = openFile(options.file, { migrations: this.#migrations, synchronous: 'NORMAL', remedy: 'move it away: it is built again from the journal' });
    this.#statement = cachedStatements(this.#db);
    this.#tables = keepsAccount(this.#db) ? new WrittenTables() : undefined;
    this.#port = portOf((sql) => this.#statement(sql), this.#tables === undefined ? undefined : (sql) => this.#tables?.note(sql, this.#batch));
  }

  position(): number {
    this.#position ??= this.#state().position;
    return this.#position;
  }

  #state(): { readonly position: number; readonly era: string } {
    return this.#statement('SELECT position, era FROM projection_position').get() as { position: number; era: string };
  }

  apply(facts: readonly FactRow[]): void {
    if (facts.length === 0) return;
    this.#tables?.forget();
    // One that is undone leaves it as it was.
    this.#position = this.#db.transaction(() => this.#applyAll(facts)).immediate();
  }

  #applyAll(facts: readonly FactRow[]): number {
    let { position } = this.#state();
    for (const { seq, batch, at, kind, body } of facts) {
      if (seq !== position + 1) throw codedError('ProjectionGap', { file: this.#options.file, position, got: seq });
      this.#batch = batch;
      this.#options.apply(this.#port, { seq, batch, at, kind, body: JSON.parse(body) as unknown });
      position = seq;
    }
    this.#statement('UPDATE projection_position SET position = ?').run(position);
    this.#tables?.store(this.#statement);
    return position;
  }

  query<T>(sql: string, ...params: readonly SqlValue[]): T[] {
    const statement = this.#statement(sql);
    if (!statement.readonly) throw new TypeError(`a projection is only read: ${sql}`);
    return statement.all(...params) as T[];
  }

  lastWrite(table: string): number | undefined {
    return this.#tables === undefined ? undefined : lastWriteTo(table, this.#statement);
  }

  settle({ era, lastFact }: { readonly era: string; readonly lastFact: number }): boolean {
    const state = this.#state();
    const foreign = state.position > lastFact || (state.position > 0 && state.era !== era);
    if (foreign) this.rebuild();
    this.#statement('UPDATE projection_position SET era = ?').run(era);
    return foreign;
  }

  rebuild(): void {
    this.#position = undefined;
    // Outside the transaction, where the pragma takes no effect: tables go in any order.
    this.#db.pragma('foreign_keys = OFF');
    try {
      this.#db
        .transaction(() => {
          dropAll(this.#db);
          for (const sql of this.#migrations) this.#db.exec(sql);
        })
        .immediate();
    } finally {
      this.#db.pragma('foreign_keys = ON');
    }
    this.#statement = cachedStatements(this.#db);
  }

  close(): void {
    this.#db.close();
  }
}

function portOf(statement: (sql: string) => Database.Statement, written: (sql: string) => void = () => undefined): ProjectionDb {
  return {
    run(sql, ...params) {
      const { changes } = statement(sql).run(...params);
      if (changes > 0) written(sql);
      return { changes };
    },
    all: <T>(sql: string, ...params: readonly SqlValue[]) => statement(sql).all(...params) as T[],
    get: <T>(sql: string, ...params: readonly SqlValue[]) => statement(sql).get(...params) as T | undefined,
  };
}

/** Virtual tables first: they take their shadow tables along. */
function dropAll(db: Database.Database): void {
  const next = db.prepare(`SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC LIMIT 1`);
  for (let row = next.get(); row !== undefined; row = next.get()) {
    const { type, name } = row as { type: string; name: string };
    db.exec(`DROP ${type} "${name.replaceAll('"', '""')}"`);
  }
}

/** Opens the file, migrates it. Throws `DataDirUnwritable` or `JournalCorrupt`. */
export function openProjection(options: ProjectionOptions): Projection {
  return new SqliteProjection(options);
}
