// Facts are chained batch by batch: each hash covers the batch's facts and the hash before, so that a change is found (K34).
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { ChainRow, FactRow } from './journal.ts';

/** The hash before the first batch. */
export const CHAIN_START = '0'.repeat(64);

/** The chain row over one batch's facts, of which there is at least one. */
export function chainFacts(previousHash: string, batch: number, facts: readonly FactRow[]): ChainRow {
  const first = facts[0];
  const last = facts[facts.length - 1];
  if (first === undefined || last === undefined) throw new Error('a chain row needs facts');
  const hash = createHash('sha256')
    .update(previousHash === '' ? CHAIN_START : previousHash)
    .update(String(batch));
  for (const { seq, at, kind, body } of facts) hash.update(canonicalJson([seq, at, kind, body]));
  return { batch, firstFact: first.seq, lastFact: last.seq, hash: hash.digest('hex') };
}

export type ChainVerdict = { readonly ok: true; readonly facts: number; readonly lastHash: string } | { readonly ok: false; readonly batch: number; readonly why: string };

/** Checks a whole chain: numbers without gaps, each fact in one batch, every hash right. */
export function verifyChain(chain: readonly ChainRow[], facts: readonly FactRow[]): ChainVerdict {
  let hash = CHAIN_START;
  let next = 1;
  for (const row of chain) {
    if (row.firstFact !== next) return { ok: false, batch: row.batch, why: `its facts begin at ${row.firstFact}, expected ${next}` };
    const own = facts.slice(row.firstFact - 1, row.lastFact);
    if (own.length !== row.lastFact - row.firstFact + 1 || own.some((fact, index) => fact.seq !== row.firstFact + index)) {
      return { ok: false, batch: row.batch, why: 'facts are missing' };
    }
    const expected = chainFacts(hash, row.batch, own).hash;
    if (expected !== row.hash) return { ok: false, batch: row.batch, why: 'its facts do not match its hash' };
    hash = row.hash;
    next = row.lastFact + 1;
  }
  if (facts.length >= next) return { ok: false, batch: chain.at(-1)?.batch ?? 0, why: `fact ${next} is in no batch` };
  return { ok: true, facts: next - 1, lastHash: hash };
}
