// Reads facts and their chain out of a journal's file, also out of one that an older version wrote. The text of a whole batch is put
// together by SQLite: rows that become objects cost more than the hash over them.
import type { Database } from 'better-sqlite3';
import { CHAIN_START, factText } from '../fact-chain.ts';
import type { ChainRow, ChainStart, FactRow, FactsText, Page } from '../journal.ts';
import { factsIn, LOT_KIND } from './fact-lots.ts';
import type { Prepared } from './prepared-statement.ts';

export interface ChainReads {
  readonly factsRead: Prepared;
  readonly chainRead: Prepared;
  readonly factRead: Prepared;
  readonly textRead: Prepared;
  readonly lotRead: Prepared;
  /** Null in a file of a version that dropped nothing. */
  readonly startRead: Prepared | null;
}

export function prepareChainReads(db: Database): ChainReads {
  const hashes = db.prepare("SELECT 1 FROM pragma_table_info('chain') WHERE name = 'fact_hashes'").get() === undefined ? 'NULL' : 'fact_hashes';
  const hasStart = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'chain_start'").get() !== undefined;
  return {
    startRead: hasStart ? db.prepare('SELECT fact, batch, hash FROM chain_start') : null,
    // From the row on that may hold the first one.
    factsRead: db.prepare(`SELECT seq, batch, at, kind, body FROM facts
      WHERE seq >= coalesce((SELECT max(seq) FROM facts WHERE seq <= @after), @after) ORDER BY seq LIMIT @limit + 1`),
    chainRead: db.prepare(`SELECT batch, first_fact AS firstFact, last_fact AS lastFact, hash, ${hashes} AS factHashes FROM chain WHERE batch > ? ORDER BY batch LIMIT ?`),
    factRead: db.prepare('SELECT at, kind FROM facts WHERE seq = ?'),
    lotRead: db.prepare('SELECT CAST(body AS BLOB) FROM facts WHERE seq = ? AND batch = ?').pluck(),
    // In the order of their numbers, which is how the table is walked. The separator stands before each but the first; neighbours are
    // often of one kind, whose separator is given.
    textRead: db.prepare(`SELECT count(*) AS count,
        CAST(group_concat(body, CASE kind WHEN @kind THEN @head ELSE char(10) || kind || char(10) END) AS BLOB) AS text
      FROM facts WHERE seq BETWEEN @from AND @upTo AND batch = @batch AND at = @at`),
  };
}

export const readFacts = ({ factsRead }: ChainReads, { after, limit }: Page): FactRow[] => factsIn(factsRead.iterate({ after, limit }) as Iterable<FactRow>, after, limit);
export const readChain = ({ chainRead }: ChainReads, { after, limit }: Page): ChainRow[] => chainRead.all(after, limit) as ChainRow[];

export const readStart = ({ startRead }: ChainReads): ChainStart => (startRead?.get() as ChainStart | undefined) ?? { fact: 0, batch: 0, hash: CHAIN_START };

const FACTS_AT_ONCE = 500;
/** What is larger is looked at fact by fact. */
const MOST_BYTES = 64 * 1_048_576;

/** See `Journal.factsText`. */
export function readFactsText({ factRead, lotRead, textRead }: ChainReads, { batch, firstFact, lastFact }: ChainRow): FactsText | undefined {
  const first = factRead.get(firstFact) as Pick<FactRow, 'at' | 'kind'> | undefined;
  if (first === undefined) return undefined;
  if (first.kind === LOT_KIND) {
    // Whether they are as many as they should be is what the hash tells.
    const text = lotRead.get(firstFact, batch) as Uint8Array | undefined;
    return text === undefined ? undefined : { at: first.at, pieces: [text] };
  }
  const pieces: Array<string | Uint8Array> = [];
  let bytes = 0;
  for (let from = firstFact; from <= lastFact && bytes <= MOST_BYTES; from += FACTS_AT_ONCE) {
    const upTo = Math.min(lastFact, from + FACTS_AT_ONCE - 1);
    const head = from === firstFact ? first : (factRead.get(from) as typeof first | undefined);
    if (head === undefined) return undefined;
    const kindText = factText(head.kind);
    const { count, text } = textRead.get({ kind: head.kind, head: kindText, from, upTo, batch, at: first.at }) as { readonly count: number; readonly text: Uint8Array | null };
    if (text === null || count !== upTo - from + 1) return undefined;
    pieces.push(kindText, text);
    bytes += text.length;
  }
  return bytes > MOST_BYTES ? undefined : { at: first.at, pieces };
}
