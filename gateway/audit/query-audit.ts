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

/** A place in the log: a fact, and how many of its messages are before it. */
const PER_FACT = 100_000;
const behind = (fact: number): number => (fact + 1) * PER_FACT - 1;

/** With neither `since` nor `after` it begins so far before the end as the limit says. */
export async function queryAudit(journal: Read, lastFact: number, { since, after, kind, about, limit }: AuditWish): Promise<AuditPage> {
  const from = after ?? behind(since === undefined ? Math.max(0, lastFact - limit) : await factsBefore(journal, lastFact, since));
  const start = Math.floor(from / PER_FACT);
  const items: Array<AuditRecord & { readonly place: number }> = [];
  // That fact itself may have been shown in part.
  let previous = await chainBefore(journal, Math.max(0, start - 1));
  for (;;) {
    const chain = (await journal.chain({ after: previous.batch, limit: BATCHES })).filter((row) => row.lastFact <= lastFact);
    for (const row of chain) {
      const facts = await journal.facts({ after: row.firstFact - 1, limit: row.lastFact - row.firstFact + 1 });
      items.push(...placed(recordsOf({ facts, previousHash: previous.hash })).filter((record) => record.place > from && isWanted(record, kind, about)));
      previous = row;
      if (items.length > limit) return pageOf(items, limit, items[limit - 1]?.place ?? null);
      if (row.lastFact - start >= MOST_FACTS && row.lastFact < lastFact) return pageOf(items, limit, behind(row.lastFact));
    }
    if (chain.length < BATCHES) return pageOf(items, limit, null);
  }
}

function placed(records: readonly AuditRecord[]): ReadonlyArray<AuditRecord & { readonly place: number }> {
  let [fact, ordinal] = [0, 0];
  return records.map((record) => {
    ordinal = record.fact === fact ? ordinal + 1 : 0;
    ({ fact } = record);
    return { ...record, place: fact * PER_FACT + ordinal };
  });
}

function pageOf(items: ReadonlyArray<AuditRecord & { readonly place: number }>, limit: number, next: number | null): AuditPage {
  return { items: items.slice(0, limit).map(({ place: _place, ...record }) => record), next };
}

function isWanted(record: AuditRecord, kind: string | undefined, about: string | undefined): boolean {
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
