// Rows that a batch has many of go to SQLite several at a time: most of what a small row costs is the call of its statement.
import type { Prepared } from './prepared-statement.ts';

const LOT = 16;

export interface LotStatements {
  readonly one: Prepared;
  readonly lot: Prepared;
}

/** `rows` is the SQL of so many rows, as `?` or `(?,?)`, with commas between. */
export function prepareLots(prepare: (sql: string) => Prepared, sql: (rows: string) => string, row: string): LotStatements {
  return { one: prepare(sql(row)), lot: prepare(sql(Array.from({ length: LOT }, () => row).join(','))) };
}

/** In their order. `values` adds the columns of a row to those of the rows before it. Returns how many rows were changed. */
export function writeLots<Row>({ one, lot }: LotStatements, rows: readonly Row[], values: (row: Row, into: unknown[]) => void): number {
  let changes = 0;
  const inLots = rows.length - (rows.length % LOT);
  for (let from = 0; from < inLots; from += LOT) {
    const columns: unknown[] = [];
    for (let index = from; index < from + LOT; index += 1) values(rows[index] as Row, columns);
    changes += lot.run(...columns).changes;
  }
  for (let index = inLots; index < rows.length; index += 1) {
    const columns: unknown[] = [];
    values(rows[index] as Row, columns);
    changes += one.run(...columns).changes;
  }
  return changes;
}
