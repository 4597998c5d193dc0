// What people ask about rounds. Lists are pages, as all lists of the read model.
import { type ListPage, type PageWish, page, parsed, type ReadDb, type Row } from './queries.ts';

const readRound = (row: Row) => ({
  id: row.id,
  purpose: row.purpose,
  subject: row.subject,
  summary: row.summary,
  actionHash: row.action_hash,
  openedBy: row.opened_by,
  electorate: parsed(row.electorate),
  quorum: row.quorum,
  threshold: row.threshold,
  veto: parsed(row.veto),
  openedAt: row.opened_at,
  deadlineAt: row.deadline_at,
  outcome: row.outcome,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
  tally: parsed(row.tally),
});

const readVote = (row: Row) => ({
  voter: row.voter,
  vote: row.vote,
  at: row.at,
  receivedAt: row.received_at,
  signature: row.signature,
  why: row.why,
  evidence: parsed(row.evidence),
  /** Why it does not count; null: it does, unless it is void. */
  refused: row.refused,
  void: row.void === 1,
});

/** Those that are open, or with `all` every one. */
export function listRounds(db: ReadDb, wish: PageWish & { readonly all?: boolean | undefined } = {}): ListPage<ReturnType<typeof readRound>> {
  return page(db, 'rounds', 'seq', {}, wish, readRound, wish.all === true ? [] : ['outcome IS NULL']);
}

/** With every vote that came, in the order it came; as many as a round records. */
export function findRound(db: ReadDb, id: string) {
  const round = db.query<Row>('SELECT * FROM rounds WHERE id = ?', id).map(readRound)[0];
  if (round === undefined) return undefined;
  return { ...round, votes: db.query<Row>('SELECT * FROM round_votes WHERE round = ? ORDER BY seq LIMIT 500', id).map(readVote) };
}
