// Nodes over one store, and how each writes.
import type { CommitBatch, Journal, JournalHead } from '../../../runtime/index.ts';
import { headAfter, nextBatch } from '../../support/commit-batches.ts';

/** One store; each journal over it is a node that comes after the one before, whether that closed or crashed. */
export interface JournalPlace {
  journal(): Journal;
}

export type Changes = Parameters<typeof nextBatch>[1];
export const ALL = { after: 0, limit: 1_000 };

/** Opens a node: over a fresh store, or over one that is there. */
export function nodesOver(place: () => JournalPlace) {
  return async (over = place()) => {
    const journal = over.journal();
    let head: JournalHead = await journal.open();
    return {
      over,
      journal,
      first: head,
      head: () => head,
      async commit(changes: Changes = {}): Promise<CommitBatch> {
        const batch = nextBatch(head, changes);
        await journal.commit(batch);
        head = headAfter(head, batch);
        return batch;
      },
    };
  };
}
