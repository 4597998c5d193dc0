// Facts as rows of shared_inbox.db: each its own, or of a batch with many all in one row, whose body is the text that the chain's hash
// covers. A row costs ten times what its fact does; and that text need not be put together to be proved.
import { piecesOf } from '../fact-chain.ts';
import type { CommitBatch, FactRow } from '../journal.ts';

/** The kind of a row with many: no fact has it, since none has a break in its kind. */
export const LOT_KIND = '\n';

/** Fewer cost little either way, and are easier to look at by hand. */
const LEAST = 32;
/** Characters. Whoever reads one fact of a lot reads the lot. */
const MOST_LENGTH = 1_048_576;

/** The row for all facts of the batch, where it has one: numbered as the first of them. */
export function factLot({ facts, factPieces }: Pick<CommitBatch, 'facts' | 'factPieces'>): FactRow | undefined {
  const [first] = facts;
  if (first === undefined || facts.length < LEAST || facts.some(({ at }) => at !== first.at)) return undefined;
  const body = (factPieces ?? piecesOf(facts)).join('');
  return body.length > MOST_LENGTH ? undefined : { ...first, kind: LOT_KIND, body };
}

/** The facts of rows that were read in their order, behind that number. Stops reading once there are as many as wanted. */
export function factsIn(rows: Iterable<FactRow>, after: number, limit: number): FactRow[] {
  const facts: FactRow[] = [];
  for (const row of rows) {
    if (row.kind === LOT_KIND) addLot(row, after, limit, facts);
    else if (row.seq > after) facts.push(row);
    if (facts.length >= limit) break;
  }
  return facts;
}

/** Kind and body in turn, each behind a break. */
function addLot({ seq: first, batch, at, body: text }: FactRow, after: number, limit: number, into: FactRow[]): void {
  const lines = text.split('\n');
  for (let line = 1, seq = first; line < lines.length && into.length < limit; line += 2, seq += 1) {
    if (seq > after) into.push({ seq, batch, at, kind: lines[line] ?? '', body: lines[line + 1] ?? '' });
  }
}
