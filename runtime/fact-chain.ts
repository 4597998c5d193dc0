// Facts are chained batch by batch: each hash covers the batch's facts and the hash before, so that a change is found (K34). Under it
// lies a mark of each fact but the last, which tells the altered fact from its neighbours: when all of them are right it is the last.
import { createHash, hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { formerMarksOf, marksOf } from './fact-mark.ts';
import type { ChainRow, FactRow, FactsText } from './journal.ts';

/** The hash before the first batch. */
export const CHAIN_START = '0'.repeat(64);

/** Characters: many facts go in at once, since each call costs as much as what it hashes. */
const HASHED_AT_ONCE = 65_536;

/** What stands between facts in the text that is hashed. Kinds and JSON texts hold none, so that no other facts have the same text. */
const BREAK = '\n';

/** The chain row over one batch's facts, of which there is at least one. `former`: with a hash of each fact, as earlier versions wrote it. */
export function chainFacts(previousHash: string, batch: number, facts: readonly FactRow[], former = false, pieces = piecesOf(facts)): ChainRow {
  const first = facts[0];
  const last = facts[facts.length - 1];
  if (first === undefined || last === undefined) throw new RangeError('a chain row needs facts');
  const factHashes = former ? formerMarksOf(facts, ({ kind, body }) => factText(kind, body)) : marksOf(facts, pieces);
  const row = { batch, firstFact: first.seq, lastFact: last.seq, factHashes };
  return { ...row, hash: batchHash(previousHash, row, { at: timesOf(facts), pieces }) };
}

/** The text of a batch's facts that its hash covers. */
export function piecesOf(facts: readonly FactRow[]): readonly string[] {
  const pieces: string[] = [];
  let text = '';
  // Neighbours are often of one kind.
  let [last, before] = ['', factText('')];
  for (const { kind, body } of facts) {
    if (kind !== last) [last, before] = [kind, factText(kind)];
    text += before + body;
    if (text.length < HASHED_AT_ONCE) continue;
    pieces.push(text);
    text = '';
  }
  if (text !== '') pieces.push(text);
  return pieces;
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
