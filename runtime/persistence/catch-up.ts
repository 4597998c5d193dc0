// Feeds a projection from the journal until it has every committed fact.
import type { Journal } from '../journal.ts';
import type { Projection } from './projection.ts';

const PAGE = 500;

/**
 * Resolves with the position reached. Two of them at a time do no harm: after each read only what still follows is applied.
 * Facts that are committed meanwhile may be left for the next call.
 */
export async function catchUp(journal: Pick<Journal, 'facts'>, projection: Pick<Projection, 'position' | 'apply'>, pageSize = PAGE): Promise<number> {
  for (;;) {
    const facts = await journal.facts({ after: projection.position(), limit: pageSize });
    const position = projection.position();
    projection.apply(facts.filter((fact) => fact.seq > position));
    if (facts.length < pageSize) return projection.position();
  }
}
