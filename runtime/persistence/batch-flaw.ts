// What every journal checks of a batch before it writes it: a numbering that once went backwards could never be trusted again.
import type { CommitBatch, Counters } from '../journal.ts';

export interface Written {
  readonly lastBatch: number;
  readonly counters: Counters;
}

/** Why the batch may not follow what is written; undefined when it may. */
export function batchFlaw({ lastBatch, counters }: Written, batch: CommitBatch): string | undefined {
  if (batch.number !== lastBatch + 1) return `batch ${batch.number} after ${lastBatch}`;
  for (const name of Object.keys(counters) as Array<keyof Counters>) {
    const next = batch.counters[name];
    // Negated, so that a counter which is no number is a flaw too.
    if (!(next >= counters[name])) return `counter ${name} goes from ${counters[name]} to ${next}`;
  }
  return factFlaw(counters.fact, batch);
}

function factFlaw(before: number, { number, facts, chain, counters }: CommitBatch): string | undefined {
  let expected = before + 1;
  for (const { seq, batch, kind, body } of facts) {
    if (seq !== expected || batch !== number) return `fact ${seq} of batch ${batch} where ${expected} of ${number} belongs`;
    // Breaks stand between facts where they are hashed.
    if (kind.includes('\n') || body.includes('\n')) return `fact ${seq} is not one line`;
    expected += 1;
  }
  if (counters.fact !== before + facts.length) return `counter fact is ${counters.fact} after ${facts.length} facts from ${before}`;
  if ((chain === null) !== (facts.length === 0)) return 'facts and their chain row come together';
  const fits = chain === null || (chain.batch === number && chain.firstFact === before + 1 && chain.lastFact === counters.fact);
  return fits ? undefined : `the chain row of batch ${chain.batch} covers facts ${chain.firstFact} to ${chain.lastFact}`;
}
