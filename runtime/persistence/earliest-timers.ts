// A page of timers in memory, earliest first: one pass over all rows, keeping no more than the page.
import type { TimerPage, TimerPlace, TimerRow } from '../journal.ts';

type Place = Pick<TimerRow, 'dueAt' | 'address' | 'key'>;

function compare(a: Place, b: Place): number {
  if (a.dueAt !== b.dueAt) return a.dueAt - b.dueAt;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

export function earliestTimers(rows: Iterable<TimerRow>, { after, limit }: TimerPage): TimerPlace[] {
  const page: TimerRow[] = [];
  for (const row of rows) {
    const last = page[limit - 1];
    if ((after !== null && compare(row, after) <= 0) || (last !== undefined && compare(row, last) >= 0)) continue;
    page.splice(placeOf(page, row), 0, row);
    if (page.length > limit) page.pop();
  }
  return page.map(({ dueAt, address, key, delayMs }) => ({ dueAt, address, key, delayMs }));
}

function placeOf(page: readonly TimerRow[], row: TimerRow): number {
  let low = 0;
  let high = page.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(page[middle] as TimerRow, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
