// Cuts a slice off the mail that waits for an actor, for every journal in the same way.
import type { ActorImage, MailRow, MailSlice, SlicedPriority, SliceLimits } from '../journal.ts';

export const WHOLE: SliceLimits = { messages: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** Takes no more of the rows than it needs to know whether there are more. */
export function cutSlice<Row>(rows: Iterable<Row>, { messages, bytes }: SliceLimits, bytesOf: (row: Row) => number, read: (row: Row) => MailRow): MailSlice {
  const slice: MailRow[] = [];
  let taken = 0;
  for (const row of rows) {
    taken += bytesOf(row);
    if (slice.length > 0 && (slice.length >= messages || taken > bytes)) return { rows: slice, more: true };
    slice.push(read(row));
  }
  return { rows: slice, more: false };
}

export interface StoredMail {
  /** What is never sliced: control, and what is postponed. */
  readonly whole: readonly MailRow[];
  slice(priority: SlicedPriority): MailSlice;
  count(priority: SlicedPriority): number;
  /** The last batch on disk. */
  asOf(): number;
}

/** The mail of an image, by arrival. */
export function imageMail({ whole, slice, count, asOf }: StoredMail): Pick<ActorImage, 'mail' | 'unread'> {
  const slices = { high: slice('high'), normal: slice('normal'), low: slice('low') };
  const mail = [...whole, ...Object.values(slices).flatMap(({ rows }) => rows)].sort((a, b) => a.seq - b.seq);
  const unread = (priority: SlicedPriority): number => (slices[priority].more ? count(priority) - slices[priority].rows.length : 0);
  const rows = { high: unread('high'), normal: unread('normal'), low: unread('low') };
  return rows.high + rows.normal + rows.low === 0 ? { mail } : { mail, unread: { rows, asOf: asOf() } };
}
