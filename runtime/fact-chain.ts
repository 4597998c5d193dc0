// Facts are chained batch by batch: each hash covers the batch's facts and the hash before, so that a change is found (K34). Under it
// lies a hash of each fact but the last, which tells the altered fact from its neighbours: when all of them are right it is the last.
import { createHash, hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { ChainRow, FactRow, FactsText } from './journal.ts';

/** The hash before the first batch. */
export const CHAIN_START = '0'.repeat(64);

/** Characters: many facts go in at once, since each call costs as much as what it hashes. */
const HASHED_AT_ONCE = 65_536;
/** Of a fact's hash, in base64url: 132 bits. It finds the fact; the hash of the batch is the proof. */
const FACT_HASH_LENGTH = 22;

/** What stands between facts in the text that is hashed. Kinds and JSON texts hold none, so that no other facts have the same text. */
const BREAK = '\n';

/** The chain row over one batch's facts, of which there is at least one. */
export function chainFacts(previousHash: string, batch: number, facts: readonly FactRow[]): ChainRow {
  const first = facts[0];
  const last = facts[facts.length - 1];
  if (first === undefined || last === undefined) throw new RangeError('a chain row needs facts');
  const pieces: string[] = [];
  let text = '';
  let factHashes = '';
  for (const fact of facts) {
    // Put together once, for both hashes.
    const own = factText(fact.kind, fact.body);
    text += own;
    if (fact !== last) factHashes += hashOf(fact, own);
    if (text.length < HASHED_AT_ONCE) continue;
    pieces.push(text);
    text = '';
  }
  if (text !== '') pieces.push(text);
  const row = { batch, firstFact: first.seq, lastFact: last.seq, factHashes };
  return { ...row, hash: batchHash(previousHash, row, { at: timesOf(facts), pieces }) };
}

export const factHash = (fact: FactRow): string => hashOf(fact, factText(fact.kind, fact.body));

function hashOf({ seq, at }: FactRow, text: string): string {
  return hash('sha256', `${seq}${BREAK}${at}${text}`, 'base64url').slice(0, FACT_HASH_LENGTH);
}

/** One by one, as a chain row keeps them. */
export function factHashesOf({ factHashes }: ChainRow): readonly string[] {
  const all = factHashes ?? '';
  return Array.from({ length: Math.ceil(all.length / FACT_HASH_LENGTH) }, (_, index) => all.slice(index * FACT_HASH_LENGTH, (index + 1) * FACT_HASH_LENGTH));
}

export const factText = (kind: string, body = ''): string => `${BREAK}${kind}${BREAK}${body}`;

export function batchHash(previousHash: string, { batch, firstFact, lastFact, factHashes }: Omit<ChainRow, 'hash'>, { at, pieces }: FactsText): string {
  // Strings and whole numbers in a list: their JSON is canonical.
  const before = JSON.stringify(['troupe chain', 2, previousHash, batch, firstFact, lastFact, factHashes]);
  const behind = BREAK + canonicalJson(at);
  const [only] = pieces;
  // What is small costs less in one call than what an object for it does.
  if (pieces.length === 1 && typeof only === 'string' && only.length < HASHED_AT_ONCE) return hash('sha256', before + only + behind, 'hex');
  const hashing = createHash('sha256').update(before);
  for (const piece of pieces) hashing.update(piece);
  return hashing.update(behind).digest('hex');
}

/** The facts of one batch are of one time, unless somebody has changed it. */
function timesOf(facts: readonly FactRow[]): number | readonly number[] {
  const at = facts[0]?.at ?? 0;
  for (const fact of facts) if (fact.at !== at) return facts.map((each) => each.at);
  return at;
}
