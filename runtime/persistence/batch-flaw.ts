// What every journal checks of a batch before it writes it: a numbering that once went backwards could never be trusted again.
import type { CommitBatch, Counters } from '../journal.ts';

export interface Written {
  readonly lastBatch: number;
  readonly counters: Counters;
}

/** A batch by its numbers; `facts` is how many it has. */
export interface Numbers {
  readonly number: number;
  readonly counters: Counters;
  readonly facts: number;
}

/** Why the batch may not follow what is written; undefined when it may. Asked where it is written, in the same transaction. */
export function orderFlaw({ lastBatch, counters }: Written, batch: Numbers): string | undefined {
  if (batch.number !== lastBatch + 1) return `batch ${batch.number} after ${lastBatch}`;
  for (const name of Object.keys(counters) as Array<keyof Counters>) {
    const next = batch.counters[name];
    // Negated, so that a counter which is no number is a flaw too.
    if (!(next >= counters[name])) return `counter ${name} goes from ${counters[name]} to ${next}`;
  }
  return batch.counters.fact === counters.fact + batch.facts ? undefined : `counter fact is ${batch.counters.fact} after ${batch.facts} facts from ${counters.fact}`;
}

/** Why the facts of a batch are not numbered as its counter says. */
export function factFlaw({ number, facts, counters }: CommitBatch): string | undefined {
  const before = counters.fact - facts.length;
  const astray = facts.findIndex((fact, index) => fact.seq !== before + 1 + index || fact.batch !== number);
  return astray === -1 ? undefined : `fact ${facts[astray]?.seq} of batch ${facts[astray]?.batch} where ${before + 1 + astray} of ${number} belongs`;
}
