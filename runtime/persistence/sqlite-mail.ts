// Reads what waits for an actor from shared_inbox.db, lane by lane: a deep mailbox costs no more than a slice, and a count in an index.
import type { Address } from '../address.ts';
import { PRIORITIES } from '../envelope.ts';
import type { ActorImage, MailRow, MailSlice, SlicedPriority, SliceLimits } from '../journal.ts';
import { cutSlice, imageMail, WHOLE } from './mail-slice.ts';
import { CONTROL_LANE, mailOf, POSTPONED_LANE, type Raw, type Statements } from './sqlite-statements.ts';

export function readMail(s: Statements, address: Address, limits: SliceLimits): Pick<ActorImage, 'mail' | 'unread'> {
  const lanes = new Map((s.mailLanes.all(address) as Array<{ lane: number; rows: number }>).map(({ lane, rows }) => [lane, rows]));
  if (lanes.size === 0) return { mail: [] };
  const read = (lane: number, slice: SliceLimits): MailSlice => (lanes.has(lane) ? readLane(s, address, lane, 0, slice) : { rows: [], more: false });
  return imageMail({
    whole: [CONTROL_LANE, POSTPONED_LANE].flatMap((lane) => read(lane, WHOLE).rows),
    slice: (priority) => read(PRIORITIES.indexOf(priority), limits),
    count: (priority) => lanes.get(PRIORITIES.indexOf(priority)) ?? 0,
    asOf: () => s.lastBatch.pluck().get() as number,
  });
}

export function readSlice(s: Statements, address: Address, { priority, after }: { readonly priority: SlicedPriority; readonly after: number }, limits: SliceLimits): MailSlice {
  return readLane(s, address, PRIORITIES.indexOf(priority), after, limits);
}

export function readUnder(s: Statements, address: Address, id: string): readonly MailRow[] {
  const rows = s.mailUnder.all({ address, text: `"id":${JSON.stringify(id)}` }) as Raw[];
  return rows.map(mailOf).filter(({ envelope }) => envelope.id === id);
}

function readLane(s: Statements, address: Address, lane: number, after: number, limits: SliceLimits): MailSlice {
  const rows = s.mailRead.iterate(address, lane, after) as IterableIterator<Raw>;
  return cutSlice(rows, limits, (raw) => (raw.envelope as string).length, mailOf);
}
