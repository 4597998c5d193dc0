// Reads the audit log for people: from a moment or a place on, filtered, a page at a time, from the journal itself and not from a
// projection of it.
import { type ChainRow, type FactRow, type Journal, startOf } from '../../runtime/index.ts';
import { type AuditRecord, recordsOf } from './audit-record.ts';

export interface AuditWish {
  /** Wall time, ms. */
  readonly since?: number | undefined;
  /** Records behind this place; stronger than `since`. */
  readonly after?: number | undefined;
  /** A kind, or the first part of it: `approval` is every `approval.…`. */
  readonly kind?: string | undefined;
  /** Part of who or what. */
  readonly about?: string | undefined;
  readonly limit: number;
  /** How many of the newest, where neither `since` nor `after` says where to begin; default as many as the limit. */
  readonly last?: number | undefined;
}

export interface AuditPage {
  /** The oldest first. */
  readonly items: readonly AuditRecord[];
  /** The `after` of the next page; null at the end. */
  readonly next: number | null;
}

type Read = Pick<Journal, 'chain' | 'facts' | 'chainStart'>;

const BATCHES = 200;
/** One call reads no more, whatever it is to find. */
const MOST_FACTS = 20_000;
/** Facts that are read at once on the way back from the end. */
const STRIDE = 1_000;

/** A place in the log: a fact, and how many of its messages are before it. */
const PER_FACT = 100_000;
const behind = (fact: number): number => (fact + 1) * PER_FACT - 1;

type Placed = AuditRecord & { readonly place: number };

/** With neither `since` nor `after` it begins so that the last `last` records that are wanted come, if the newest 20,000 facts hold as many. */
export async function queryAudit(journal: Read, lastFact: number, wish: AuditWish): Promise<AuditPage> {
  const { since, after, limit, last = limit } = wish;
  const from = after ?? (since === undefined ? await placeOfLast(journal, lastFact, wish, last) : behind(await factsBefore(journal, lastFact, since)));
  const start = Math.floor(from / PER_FACT);
  const items: Placed[] = [];
  for await (const { row, records } of recordsBehind(journal, from, lastFact)) {
    items.push(...records.filter((record) => isWanted(record, wish)));
    if (items.length > limit) return pageOf(items, limit, items[limit - 1]?.place ?? null);
    if (row.lastFact - start >= MOST_FACTS && row.lastFact < lastFact) return pageOf(items, limit, behind(row.lastFact));
  }
  return pageOf(items, limit, null);
}

/** The records behind that place, batch by batch. */
async function* recordsBehind(journal: Read, from: number, lastFact: number): AsyncGenerator<{ readonly row: ChainRow; readonly records: readonly Placed[] }> {
  // That fact itself may have been shown in part.
  let previous = await chainBefore(journal, Math.max(0, Math.floor(from / PER_FACT) - 1));
  for (;;) {
    const chain = (await journal.chain({ after: previous.batch, limit: BATCHES })).filter((row) => row.lastFact <= lastFact);
    for (const row of chain) {
      const facts = await journal.facts({ after: row.firstFact - 1, limit: row.lastFact - row.firstFact + 1 });
      yield { row, records: placed(recordsOf({ facts, previousHash: previous.hash })).filter(({ place }) => place > from) };
      previous = row;
    }
    if (chain.length < BATCHES) return;
  }
}

/** Behind which the last so many records that are wanted lie, looked for from the end back. */
async function placeOfLast(journal: Read, lastFact: number, wish: AuditWish, last: number): Promise<number> {
  let missing = last;
  for (let end = lastFact; ; ) {
    const start = Math.max(0, end - STRIDE);
    const places: number[] = [];
    for await (const { row, records } of recordsBehind(journal, behind(start), lastFact)) {
      places.push(...records.filter((record) => record.fact <= end && isWanted(record, wish)).map(({ place }) => place));
      if (row.lastFact >= end) break;
    }
    const first = places.at(-missing);
    if (first !== undefined) return first - 1;
    missing -= places.length;
    if (start === 0 || lastFact - start >= MOST_FACTS) return behind(start);
    end = start;
  }
}

function placed(records: readonly AuditRecord[]): readonly Placed[] {
  let [fact, ordinal] = [0, 0];
  return records.map((record) => {
    ordinal = record.fact === fact ? ordinal + 1 : 0;
    ({ fact } = record);
    return { ...record, place: fact * PER_FACT + ordinal };
  });
}

function pageOf(items: readonly Placed[], limit: number, next: number | null): AuditPage {
  return { items: items.slice(0, limit).map(({ place: _place, ...record }) => record), next };
}

function isWanted(record: AuditRecord, { kind, about }: AuditWish): boolean {
  if (kind !== undefined && record.kind !== kind && !record.kind.startsWith(`${kind}.`)) return false;
  return about === undefined || [record.who, record.what].some((word) => word?.includes(about) === true);
}

/** Of a journal whose head nobody has read. */
export async function lastFactOf(journal: Pick<Journal, 'facts'>): Promise<number> {
  let high = 1;
  while ((await journal.facts({ after: high - 1, limit: 1 })).length > 0) high *= 2;
  let low = high >> 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((await journal.facts({ after: middle - 1, limit: 1 })).length > 0) low = middle;
    else high = middle;
  }
  return low;
}

/** How many facts are older, by halves. */
export async function factsBefore(journal: Read, lastFact: number, since: number): Promise<number> {
  let [low, high] = [0, lastFact];
  while (low < high) {
    const middle = (low + high) >> 1;
    const [fact]: readonly FactRow[] = await journal.facts({ after: middle, limit: 1 });
    if (fact !== undefined && fact.at < since) low = fact.seq;
    else high = middle;
  }
  return low;
}

/** What stands for the batch before the first that is held. */
async function beginning(journal: Read): Promise<ChainRow> {
  const { fact, batch, hash } = await startOf(journal);
  return { batch, firstFact: fact, lastFact: fact, hash, factHashes: null };
}

/** The batch before the one of the first fact behind that place: batches without facts have no row, so it is looked for in ever wider steps. */
export async function chainBefore(journal: Read, fact: number): Promise<ChainRow> {
  const [next] = await journal.facts({ after: fact, limit: 1 });
  if (next === undefined) return beginning(journal);
  for (let back = 8; ; back *= 4) {
    const after = Math.max(0, next.batch - back);
    const before = (await journal.chain({ after, limit: back })).filter(({ batch }) => batch < next.batch).at(-1);
    if (before !== undefined) return before;
    if (after === 0) return beginning(journal);
  }
}
