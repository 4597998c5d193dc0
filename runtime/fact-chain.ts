// Facts are chained batch by batch: each hash covers the batch's facts and the hash before, so that a change is found (K34).
// What nothing here can find is a journal that was cut off after some batch: its head must be compared with a copy kept elsewhere.
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { ChainRow, FactRow, Journal } from './journal.ts';

/** The hash before the first batch. */
export const CHAIN_START = '0'.repeat(64);

/** Characters. */
const HASHED_AT_ONCE = 65_536;

/** The chain row over one batch's facts, of which there is at least one. */
export function chainFacts(previousHash: string, batch: number, facts: readonly FactRow[]): ChainRow {
  const first = facts[0];
  const last = facts[facts.length - 1];
  if (first === undefined || last === undefined) throw new RangeError('a chain row needs facts');
  const hash = createHash('sha256').update(canonicalJson([previousHash, batch, facts.length]));
  // The body goes in as its text behind its length: no escaping of what may be large, and no two facts with one encoding.
  let text = '';
  for (const { seq, at, kind, body } of facts) {
    // canonicalJson's text of these four, by hand; many facts go in at once, since each call costs as much as what it hashes.
    text += `[${seq},${at},${JSON.stringify(kind)},${body.length}]${body}`;
    if (text.length < HASHED_AT_ONCE) continue;
    hash.update(text);
    text = '';
  }
  hash.update(text);
  return { batch, firstFact: first.seq, lastFact: last.seq, hash: hash.digest('hex') };
}

/** Up to where a chain is verified. */
export interface ChainPosition {
  readonly fact: number;
  readonly hash: string;
}

/** Where a chain is wrong first: in one of these facts. */
interface ChainFlaw {
  readonly firstFact: number;
  readonly lastFact: number;
  readonly why: string;
}

export type ChainVerdict = { readonly ok: true; readonly facts: number; readonly lastHash: string } | ({ readonly ok: false; readonly batch: number } & ChainFlaw);

/** Checks the chain behind `from`, and its facts: numbers without gaps, each fact in its batch, every hash right. */
export function verifyChain(chain: readonly ChainRow[], facts: readonly FactRow[], from: ChainPosition = { fact: 0, hash: CHAIN_START }): ChainVerdict {
  let { fact, hash } = from;
  let batch = 0;
  for (const row of chain) {
    const own = facts.slice(fact - from.fact, row.lastFact - from.fact);
    const flaw = row.batch <= batch ? { firstFact: row.firstFact, lastFact: row.lastFact, why: 'it comes after a later batch' } : flawOf(row, own, { fact, hash });
    if (flaw !== undefined) return { ok: false, batch: row.batch, ...flaw };
    ({ batch, hash, lastFact: fact } = row);
  }
  const more = facts[fact - from.fact];
  if (more !== undefined) return { ok: false, batch, firstFact: more.seq, lastFact: more.seq, why: `fact ${more.seq} is in no batch` };
  return { ok: true, facts: fact, lastHash: hash };
}

function flawOf(row: ChainRow, own: readonly FactRow[], before: ChainPosition): ChainFlaw | undefined {
  const { firstFact, lastFact } = row;
  const next = before.fact + 1;
  if (firstFact !== next) return { firstFact: next, lastFact: Math.max(next, firstFact - 1), why: `its facts begin at ${firstFact}, expected ${next}` };
  for (let seq = firstFact; seq <= lastFact; seq += 1) {
    const fact = own[seq - firstFact];
    if (fact?.seq !== seq) return { firstFact: seq, lastFact: seq, why: `fact ${seq} is missing` };
    if (fact.batch !== row.batch)
      return { firstFact: seq, lastFact: seq, why: `fact ${seq} is missing: the one in its place says that it is of batch ${fact.batch}, so it was put in or moved` };
  }
  return chainFacts(before.hash, row.batch, own).hash === row.hash ? undefined : { firstFact, lastFact, why: 'its facts do not match its hash' };
}

export interface VerifyOptions {
  /** Batches read at a time. */
  readonly pageSize?: number;
  /** Told of each batch that is right, in order. */
  seen?(row: ChainRow): void;
}

/** Checks a whole journal, page by page. */
export async function verifyJournal(journal: Pick<Journal, 'chain' | 'facts'>, { pageSize = 16, seen }: VerifyOptions = {}): Promise<ChainVerdict> {
  let from: ChainPosition = { fact: 0, hash: CHAIN_START };
  for (let batch = 0; ; ) {
    const chain = await journal.chain({ after: batch, limit: pageSize });
    const last = chain.length < pageSize;
    const covered = (chain.at(-1)?.lastFact ?? from.fact) - from.fact;
    // One more at the end: a fact behind the last batch is a flaw.
    const facts = await journal.facts({ after: from.fact, limit: Math.max(0, covered) + (last ? 1 : 0) });
    const verdict = verifyChain(chain, facts, from);
    const right = verdict.ok ? chain : chain.filter((row) => row.batch < verdict.batch);
    if (seen !== undefined) for (const row of right) seen(row);
    if (!verdict.ok || last) return verdict;
    from = { fact: verdict.facts, hash: verdict.lastHash };
    batch = chain.at(-1)?.batch ?? batch;
  }
}
