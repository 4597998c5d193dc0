// The hash of a batch as versions before the hashes of single facts wrote it: their journals verify as they are. Nothing writes it any more.
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { FactRow } from './journal.ts';

export function formerBatchHash(previousHash: string, batch: number, facts: readonly FactRow[]): string {
  const hash = createHash('sha256').update(canonicalJson([previousHash, batch, facts.length]));
  for (const { seq, at, kind, body } of facts) hash.update(`${canonicalJson([seq, at, kind, body.length])}${body}`);
  return hash.digest('hex');
}
