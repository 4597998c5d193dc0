// Rows of a query as plain JSON, up to a number of rows and bytes.

/** Integers beyond JavaScript's exact range and infinities as text; blobs as base64. */
export type QueryCell = string | number | null | { readonly base64: string };

function cellOf(value: unknown): QueryCell {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  return value as string | null;
}

function bytesOf(cell: QueryCell): number {
  if (cell === null || typeof cell === 'number') return 8;
  return typeof cell === 'string' ? Buffer.byteLength(cell) : cell.base64.length;
}

export interface RowReader {
  readonly rows: QueryCell[][];
  readonly truncated: boolean;
  /** False once a row had no place; rows are kept or left out whole. */
  take(row: readonly unknown[]): boolean;
}

export function rowReader(maxRows: number, maxBytes: number): RowReader {
  const rows: QueryCell[][] = [];
  let bytes = 0;
  let truncated = false;
  return {
    rows,
    get truncated() {
      return truncated;
    },
    take(row) {
      const cells = row.map(cellOf);
      bytes += cells.reduce<number>((sum, cell) => sum + bytesOf(cell), 0);
      truncated = rows.length >= maxRows || bytes > maxBytes;
      if (!truncated) rows.push(cells);
      return !truncated;
    },
  };
}
