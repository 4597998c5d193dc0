// Plain tables and trees for people. Widths are counted in characters; nothing is cut, since lines are also read by programs.

export type Cell = string | number | null | undefined;

/** What a terminal would obey or hide is spelt out: somebody decides by what is shown. */
export function visible(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

const shown = (cell: Cell): string => (cell === null || cell === undefined || cell === '' ? '-' : visible(String(cell)));

/** The last column is not padded. `empty` is said when there are no rows. */
export function table(header: readonly string[], rows: ReadonlyArray<readonly Cell[]>, empty: string): string {
  if (rows.length === 0) return empty;
  const lines = [header, ...rows.map((row) => row.map(shown))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')).join('\n');
}

export interface Branch {
  readonly label: string;
  readonly children: readonly Branch[];
}

export function tree(branches: readonly Branch[], indent = ''): string {
  return branches
    .map(({ label, children }, index) => {
      const last = index === branches.length - 1;
      const below = tree(children, `${indent}${last ? '   ' : '│  '}`);
      return `${indent}${last ? '└─ ' : '├─ '}${label}${below === '' ? '' : `\n${below}`}`;
    })
    .join('\n');
}

/** `12s`, `3m 04s`, `5h 12m`. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
  return `${Math.floor(seconds / 3_600)}h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0')}m`;
}

/** UTC, and says so: the time of day, and the date where that is not today's. */
export function clockTime(at: number, now: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  return new Date(now).toISOString().startsWith(date) ? `${time}Z` : `${date} ${time.slice(0, 5)}Z`;
}
