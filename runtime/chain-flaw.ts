// What is wrong first in a batch of the chain, told from its row and its facts: which fact was altered, removed or put in, or that
// the row itself was.
import { chainFacts } from './fact-chain.ts';
import { eachMark, hasHashes } from './fact-mark.ts';
import { formerBatchHash } from './former-chain.ts';
import type { ChainRow, FactRow } from './journal.ts';

/** Where a chain is wrong first: in one of these facts. */
export interface ChainFlaw {
  readonly firstFact: number;
  readonly lastFact: number;
  readonly why: string;
}

/** Up to where a chain is verified. */
export interface ChainPosition {
  readonly fact: number;
  readonly hash: string;
}

export interface ChainedBatch {
  readonly row: ChainRow;
  /** From its first fact on, as many as there are without a gap. */
  readonly facts: readonly FactRow[];
  readonly before: ChainPosition;
  /** Whether the batch behind it follows a batch of this hash. */
  followed(hash: string): Promise<boolean>;
}

const ofFact = (seq: number, why: string): ChainFlaw => ({ firstFact: seq, lastFact: seq, why });

/** Of a row that does not begin where it should. */
export function startFlaw({ firstFact, lastFact, batch }: ChainRow, { fact }: ChainPosition, there: FactRow | undefined): ChainFlaw {
  const next = fact + 1;
  if (there?.seq === next && there.batch === batch)
    return { firstFact: next, lastFact: Math.max(next, lastFact), why: `its row says that its facts begin at ${firstFact}, which is ${next}` };
  return { firstFact: next, lastFact: Math.max(next, firstFact - 1), why: `its facts begin at ${firstFact}, expected ${next}` };
}

/** Undefined when all is right. */
export async function batchFlaw(batch: ChainedBatch): Promise<ChainFlaw | undefined> {
  const { row, facts, before } = batch;
  const absent = countFlaw(row) ?? absentFlaw(batch);
  if (absent !== undefined) return movedFlaw(batch, absent) ?? absent;
  if (row.factHashes === null) return formerFlaw(batch);
  const sealed = sealOf(row, before.hash, row.batch, facts);
  if (sealed.hash !== row.hash) return (await alteredFlaw(batch, sealed)) ?? ofFact(row.lastFact, `fact ${row.lastFact} was altered`);
  const index = differingHash(row, sealed);
  if (index === -1)
    return row.factHashes === sealed.factHashes
      ? undefined
      : { firstFact: row.firstFact, lastFact: row.lastFact, why: 'its row was altered: the marks of its facts are written otherwise' };
  return ofFact(row.firstFact + index, `the mark of fact ${row.firstFact + index} was altered; the fact is as it was written`);
}

/** What the row should be over these facts, in the form that it was written in. */
function sealOf({ factHashes }: ChainRow, previousHash: string, batch: number, facts: readonly FactRow[]): ChainRow {
  return chainFacts(previousHash, batch, facts, hasHashes(factHashes));
}

function countFlaw(row: ChainRow): ChainFlaw | undefined {
  const { firstFact, lastFact, factHashes } = row;
  if (factHashes === null || eachMark(factHashes).length === lastFact - firstFact) return undefined;
  return { firstFact, lastFact: Math.max(firstFact, lastFact), why: 'its row was altered: it has not as many marks as facts' };
}

function absentFlaw({ row, facts, before }: ChainedBatch): ChainFlaw | undefined {
  const renumbered = facts[0]?.batch;
  if (renumbered !== undefined && renumbered !== row.batch && facts.every(({ batch }) => batch === renumbered) && isSealed(row, before.hash, renumbered, facts))
    return { firstFact: row.firstFact, lastFact: row.lastFact, why: `its number was altered: it was ${renumbered}` };
  for (let seq = row.firstFact; seq <= row.lastFact; seq += 1) {
    const fact = facts[seq - row.firstFact];
    if (fact?.seq !== seq) return ofFact(seq, `fact ${seq} is missing`);
    if (fact.batch !== row.batch) return ofFact(seq, `fact ${seq} is missing: the one in its place says that it is of batch ${fact.batch}, so it was put in or moved`);
  }
  return undefined;
}

/** Facts that are not those of their hashes come before one that is missing: what was behind a removed one was moved up. */
function movedFlaw({ row, facts }: ChainedBatch, absent: ChainFlaw): ChainFlaw | undefined {
  if (facts.length === 0) return undefined;
  const hashes = eachMark(row.factHashes);
  // One more behind them, which has no mark: the others have theirs.
  const actual = eachMark(sealOf(row, '', row.batch, [...facts, ...facts.slice(-1)]).factHashes);
  const moved = facts.find((fact, index) => fact.seq < absent.firstFact && index < hashes.length && actual[index] !== hashes[index]);
  return moved === undefined ? undefined : ofFact(moved.seq, `fact ${moved.seq} was altered`);
}

function isSealed(row: ChainRow, previousHash: string, batch: number, facts: readonly FactRow[]): boolean {
  return row.hash === (row.factHashes === null ? formerBatchHash(previousHash, batch, facts) : sealOf(row, previousHash, batch, facts).hash);
}

/** A batch of an older version has no hashes of its facts. */
function formerFlaw({ row, facts, before }: ChainedBatch): ChainFlaw | undefined {
  const { batch, firstFact, lastFact, hash } = row;
  if (formerBatchHash(before.hash, batch, facts) === hash) return undefined;
  const taken = [false, true].some((former) => chainFacts(before.hash, batch, facts, former).hash === hash);
  return { firstFact, lastFact, why: taken ? 'the marks of its facts were removed; its facts are as they were written' : 'its facts do not match its hash' };
}

async function alteredFlaw({ row, facts, followed }: ChainedBatch, sealed: ChainRow): Promise<ChainFlaw | undefined> {
  const { firstFact, lastFact } = row;
  const index = differingHash(row, sealed);
  if (index !== -1) return ofFact(firstFact + index, `fact ${firstFact + index} was altered`);
  // All but the last are right, and so is that if the next batch was chained to what it says.
  return facts.length > 0 && (await followed(sealed.hash)) ? { firstFact, lastFact, why: 'its hash was altered; its facts are as they were written' } : undefined;
}

function differingHash(row: ChainRow, sealed: ChainRow): number {
  const actual = eachMark(sealed.factHashes);
  return eachMark(row.factHashes).findIndex((hash, index) => hash !== actual[index]);
}
