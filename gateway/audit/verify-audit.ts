// Verifies the whole audit log: every fact against its batch, every batch against the one before, and the chain against each signed
// checkpoint and the read model. Finds the first record that was altered, removed or put in, and a journal that was cut off or written anew.
import { join } from 'node:path';
import { type ChainedJournal, type ChainRow, type ChainStart, type ChainVerdict, startOf, verifyJournal } from '../../runtime/index.ts';
import { projectedPosition } from '../../runtime/persistence/index.ts';
import { readText } from '../private-file.ts';
import { type AuditCut, isCutSignedBy, readCuts, standsFor } from './audit-cut.ts';
import { type Checkpoint, isSignedBy, readCheckpoints } from './checkpoint.ts';
import { checkpointFile } from './checkpoints.ts';
import { formerKeys, type NodeKey, readNodeKey } from './node-key.ts';

export interface AuditFlaw {
  /** For people; names the record. */
  readonly why: string;
  /** The first facts concerned. */
  readonly firstFact: number;
  readonly lastFact: number;
  /** Null for what a checkpoint shows. */
  readonly batch: number | null;
}

export interface AuditReport {
  readonly ok: boolean;
  /** The last fact that was verified. */
  readonly facts: number;
  /** The first that is proved here: what was before it lies in archives, and a signed cut stands for it. */
  readonly firstFact: number;
  /** Of that cut. */
  readonly cut: { readonly at: number; readonly archive: string; readonly sha256: string } | null;
  readonly checkpoints: number;
  readonly lastCheckpoint: { readonly fact: number; readonly at: number } | null;
  /** Facts behind the last checkpoint: were they cut off, and the read model with them, nothing here would show it. */
  readonly unsigned: number;
  /** Up to that fact an older version wrote batches: an altered fact of theirs is named with its neighbours. Null where there are none. */
  readonly byBatchUpTo: number | null;
  readonly flaw: AuditFlaw | null;
}

export async function verifyAudit(journal: ChainedJournal, dataDir: string): Promise<AuditReport> {
  const signed = readText(checkpointFile(dataDir)) ?? '';
  const [checkpoints, cuts] = [readCheckpoints(signed), readCuts(signed)];
  const key = readNodeKey(join(dataDir, 'keys'));
  const keys = key === undefined ? [] : [key, ...formerKeys(join(dataDir, 'keys'))];
  const isOurs = (checkpoint: Checkpoint): boolean => keys.some((one) => isSignedBy(checkpoint, one));
  // Before the journal is read, which may go on meanwhile: the read model is never ahead of it.
  const projected = projectedPosition(join(dataDir, 'mcp_system.db'));
  const start = await startOf(journal);
  const cut = cuts.find((one) => standsFor(one, start) && keys.some((by) => isCutSignedBy(one, by)));
  // What was before the cut was held against its checkpoints when it was made.
  const match = new CheckpointMatch(
    checkpoints.filter((one) => isOurs(one) && one.fact > start.fact),
    start,
  );
  const verdict = await verifyJournal(journal, { seen: (row) => match.see(row) });
  // Facts were archived meanwhile: what was to be verified is not there any more.
  if (!verdict.ok && (await startOf(journal)).fact > start.fact) return verifyAudit(journal, dataDir);
  const missing = start.fact > 0 && cut === undefined ? noCutFlaw(start) : undefined;
  const flaw = missing ?? verdictFlaw(verdict, match, projected);
  const facts = flaw === undefined && verdict.ok ? verdict.facts : (flaw?.firstFact ?? 1) - 1;
  const forgedCut = cuts.find((one) => !keys.some((by) => isCutSignedBy(one, by)));
  const forged = checkpoints.find((checkpoint) => !isOurs(checkpoint));
  const last = checkpoints.at(-1);
  return {
    ok: flaw === undefined && forged === undefined && forgedCut === undefined,
    facts,
    firstFact: start.fact + 1,
    cut: cut === undefined ? null : { at: cut.cut.at, archive: cut.cut.archive, sha256: cut.cut.sha256 },
    checkpoints: checkpoints.length,
    lastCheckpoint: last === undefined ? null : { fact: last.fact, at: last.at },
    unsigned: Math.max(0, facts - (last?.fact ?? 0)),
    byBatchUpTo: verdict.formerUpTo === 0 ? null : verdict.formerUpTo,
    flaw: flaw ?? forgedFlaw(forged, forgedCut, key),
  };
}

/** Holds the batches against the checkpoints, in order. */
class CheckpointMatch {
  readonly #left: Map<number, Checkpoint>;
  /** The last fact of which a checkpoint says that all up to it is as it was. */
  #proven: number;
  rewritten: AuditFlaw | undefined;

  constructor(checkpoints: readonly Checkpoint[], { fact }: ChainStart) {
    this.#proven = fact;
    this.#left = new Map(checkpoints.map((checkpoint) => [checkpoint.fact, checkpoint]));
  }

  see({ lastFact, batch, hash }: ChainRow): void {
    const checkpoint = this.#left.get(lastFact);
    if (checkpoint === undefined) return;
    this.#left.delete(lastFact);
    if (checkpoint.hash !== hash) this.#rewritten(checkpoint, batch, `the checkpoint of ${when(checkpoint)} has another hash`);
    else if (this.rewritten === undefined) this.#proven = lastFact;
  }

  #rewritten({ fact }: Checkpoint, batch: number | null, how: string): void {
    const firstFact = this.#proven + 1;
    this.rewritten ??= { batch, firstFact, lastFact: fact, why: `${factsText(firstFact, fact)}: some or all were written anew: ${how}` };
  }

  /** What checkpoints know and the journal, which ends at that fact, does not. */
  unseen(lastFact: number): AuditFlaw | undefined {
    const left = [...this.#left.values()].sort((a, b) => a.fact - b.fact);
    const [first] = left;
    if (first === undefined) return undefined;
    if (first.fact <= lastFact) {
      this.#rewritten(first, null, `no batch ends where the checkpoint of ${when(first)} says`);
      return this.rewritten;
    }
    const most = left.at(-1)?.fact ?? first.fact;
    const why = `fact ${lastFact + 1} is missing, and all behind it: the journal was cut off, the checkpoint of ${when(first)} knows fact ${first.fact}`;
    return { batch: null, firstFact: lastFact + 1, lastFact: most, why };
  }
}

/** Behind the last checkpoint the read model is the only other witness. */
function unknownToJournal(lastFact: number, projected: number): AuditFlaw | undefined {
  if (projected <= lastFact) return undefined;
  const why = `fact ${lastFact + 1} is missing, and all behind it: the journal was cut off, the read model knows fact ${projected}`;
  return { batch: null, firstFact: lastFact + 1, lastFact: projected, why };
}

const when = ({ at }: Checkpoint): string => new Date(at).toISOString();
const factsText = (first: number, last: number): string => (first === last ? `fact ${first}` : `facts ${first} to ${last}`);

function chainFlaw({ batch, firstFact, lastFact, why }: Exclude<ChainVerdict, { readonly ok: true }>): AuditFlaw {
  return { batch, firstFact, lastFact, why: `${factsText(firstFact, lastFact)}, batch ${batch}: ${why}` };
}

function verdictFlaw(verdict: ChainVerdict, match: CheckpointMatch, projected: number): AuditFlaw | undefined {
  return verdict.ok ? (match.rewritten ?? match.unseen(verdict.facts) ?? unknownToJournal(verdict.facts, projected)) : chainFlaw(verdict);
}

function noCutFlaw({ fact, batch }: ChainStart): AuditFlaw {
  return { batch, firstFact: 1, lastFact: fact, why: `${factsText(1, fact)}: they are not in the journal, and no cut that this node has signed stands for them` };
}

function forgedFlaw(checkpoint: Checkpoint | undefined, cut: AuditCut | undefined, key: NodeKey | undefined): AuditFlaw | null {
  const forged = checkpoint === undefined ? cut?.cut : checkpoint;
  if (forged === undefined) return null;
  const how = key === undefined ? 'the key that checkpoints are signed with is gone from keys/' : "it is not signed by this node's key";
  return { batch: null, firstFact: forged.fact, lastFact: forged.fact, why: `the ${checkpoint === undefined ? 'cut' : 'checkpoint'} at fact ${forged.fact}: ${how}` };
}

/** As much of a journal as there is now: what is committed while it is being verified is left for the next time. Lets others run between pages. */
export function journalUpTo(journal: ChainedJournal, lastFact: number): ChainedJournal {
  const [text, start] = [journal.factsText?.bind(journal), journal.chainStart?.bind(journal)];
  return {
    async chain(page): Promise<readonly ChainRow[]> {
      await new Promise((resolve) => setImmediate(resolve));
      return (await journal.chain(page)).filter((row) => row.lastFact <= lastFact);
    },
    facts: async (page) => (await journal.facts(page)).filter(({ seq }) => seq <= lastFact),
    ...(text === undefined ? {} : { factsText: text }),
    ...(start === undefined ? {} : { chainStart: start }),
  };
}
