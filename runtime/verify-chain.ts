// Checks the whole chain of facts of a journal: numbers without gaps, each fact in its batch, every hash right (K34). What nothing here
// can find is a journal that was cut off after some batch: its head must be compared with a copy kept elsewhere.
import { batchFlaw, type ChainFlaw, type ChainPosition, startFlaw } from './chain-flaw.ts';
import { batchHash, CHAIN_START } from './fact-chain.ts';
import type { ChainRow, ChainStart, FactRow, FactsText, Journal } from './journal.ts';

export interface ChainWhole {
  readonly ok: true;
  readonly facts: number;
  readonly lastHash: string;
  /** The last fact of a batch that an older version wrote, without a hash of each fact; 0: none. */
  readonly formerUpTo: number;
}

export type ChainVerdict = ChainWhole | ({ readonly ok: false; readonly batch: number; readonly formerUpTo: number } & ChainFlaw);

export type ChainedJournal = Pick<Journal, 'chain' | 'facts' | 'factsText' | 'chainStart'>;

export interface VerifyOptions {
  /** Batches read at a time. */
  readonly pageSize?: number;
  /** Told of each batch that is right, in order. */
  seen?(row: ChainRow): void;
}

interface Walk extends ChainPosition {
  readonly batch: number;
  readonly formerUpTo: number;
  /** The text of the batch before is not that of its facts, which are right: more stands behind them, and the next facts may not be what they seem. */
  readonly closely: boolean;
}

/** Before the first fact that a journal holds. */
export async function startOf(journal: Pick<Journal, 'chainStart'>): Promise<ChainStart> {
  return (await journal.chainStart?.()) ?? { fact: 0, batch: 0, hash: CHAIN_START };
}

/** From where the journal begins, page by page. */
export async function verifyJournal(journal: ChainedJournal, { pageSize = 16, seen }: VerifyOptions = {}): Promise<ChainVerdict> {
  let at: Walk = { ...(await startOf(journal)), formerUpTo: 0, closely: false };
  for (;;) {
    const chain = await journal.chain({ after: at.batch, limit: pageSize });
    for (const row of chain) {
      const text = at.closely ? undefined : await textOf(journal, row);
      const isRight = text !== undefined && batchHash(at.hash, row, text) === row.hash;
      const flaw = row.batch <= at.batch ? { firstFact: row.firstFact, lastFact: row.lastFact, why: 'it comes after a later batch' } : await rowFlaw(journal, row, at, isRight);
      if (flaw !== undefined) return { ok: false, batch: row.batch, formerUpTo: at.formerUpTo, ...flaw };
      at = { fact: row.lastFact, hash: row.hash, batch: row.batch, formerUpTo: row.factHashes === null ? row.lastFact : at.formerUpTo, closely: text !== undefined && !isRight };
      seen?.(row);
    }
    if (chain.length < pageSize) break;
  }
  const [more] = await journal.facts({ after: at.fact, limit: 1 });
  if (more === undefined) return { ok: true, facts: at.fact, lastHash: at.hash, formerUpTo: at.formerUpTo };
  return { ok: false, batch: at.batch, formerUpTo: at.formerUpTo, firstFact: more.seq, lastFact: more.seq, why: `fact ${more.seq} is in no batch` };
}

async function rowFlaw(journal: ChainedJournal, row: ChainRow, before: ChainPosition, isRight: boolean): Promise<ChainFlaw | undefined> {
  if (row.firstFact !== before.fact + 1) return startFlaw(row, before, (await journal.facts({ after: before.fact, limit: 1 }))[0]);
  if (isRight) return undefined;
  const facts = await factsOf(journal, row);
  return batchFlaw({ row, facts, before, followed: (hash) => isFollowed(journal, row, hash) });
}

/** Where the journal reads that faster than the facts. A hash over it that is not the row's says only that a closer look is needed. */
async function textOf(journal: ChainedJournal, row: ChainRow): Promise<FactsText | undefined> {
  return row.factHashes === null ? undefined : await journal.factsText?.(row);
}

async function isFollowed(journal: ChainedJournal, row: ChainRow, hash: string): Promise<boolean> {
  const [next] = await journal.chain({ after: row.batch, limit: 1 });
  if (next?.firstFact !== row.lastFact + 1) return false;
  const facts = await factsOf(journal, next);
  const before = { fact: row.lastFact, hash };
  return (await batchFlaw({ row: next, facts, before, followed: async () => false })) === undefined;
}

const FACTS_AT_ONCE = 1_000;

/** No further than they have the numbers that they should have, whatever the row says. */
async function factsOf(journal: ChainedJournal, { firstFact, lastFact }: ChainRow): Promise<readonly FactRow[]> {
  const facts: FactRow[] = [];
  for (let after = firstFact - 1; after < lastFact; ) {
    const page = await journal.facts({ after, limit: Math.min(FACTS_AT_ONCE, lastFact - after) });
    for (const fact of page) if (fact.seq === firstFact + facts.length) facts.push(fact);
    after += FACTS_AT_ONCE;
    if (facts.length < Math.min(after, lastFact) - firstFact + 1) break;
  }
  return facts;
}
