// A journal that has lost facts which a signed checkpoint knows does not start as if nothing had been: its file was cut off, emptied or
// exchanged, or SQLite has dropped what stood behind a broken frame of its log. Nothing is written then beyond who opened it.
import { codedError, type Journal, type JournalHead } from '../../runtime/index.ts';
import { readText } from '../private-file.ts';
import { type Checkpoint, isSignedBy, readCheckpoints } from './checkpoint.ts';
import { checkpointFile } from './checkpoints.ts';
import type { NodeKey } from './node-key.ts';

export interface CheckpointPlace {
  readonly dataDir: string;
  readonly key: NodeKey;
}

/** As given; its `open` rejects with `JournalCorrupt` when the last checkpoint of this node's key knows more than the journal. */
export function heldToCheckpoints(journal: Journal, { dataDir, key }: CheckpointPlace): Journal {
  const open = journal.open.bind(journal);
  return Object.assign(journal, {
    open: async (): Promise<JournalHead> => {
      const head = await open();
      const last = readCheckpoints(readText(checkpointFile(dataDir)) ?? '')
        .filter((checkpoint) => isSignedBy(checkpoint, key))
        .at(-1);
      const problem = last === undefined ? undefined : whatIsMissing(head, last);
      if (problem === undefined) return head;
      await journal.close();
      throw codedError('JournalCorrupt', {
        file: journal.description,
        problem: `${problem}; restore a backup, or move ${checkpointFile(dataDir)} away to go on without what is lost`,
      });
    },
  });
}

function whatIsMissing({ era, counters }: JournalHead, { era: itsEra, fact, at }: Checkpoint): string | undefined {
  const known = `the signed checkpoint of ${new Date(at).toISOString()} knows fact ${fact}`;
  if (era !== itsEra) return `is another journal than the one that was here: ${known} of that one`;
  return counters.fact < fact ? `ends at fact ${counters.fact}, though ${known}` : undefined;
}
