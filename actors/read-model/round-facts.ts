// Facts of rounds as rows: what is voted on, by whom, with which keys; every vote with its reason, also those that were refused.
import { type Apply, json, number, text, word } from './fact-body.ts';

export const ROUND_FACTS: Readonly<Record<string, Apply>> = {
  'round.opened': (db, { seq }, body) =>
    db.run(
      `INSERT INTO rounds (seq, id, purpose, subject, summary, action_hash, opened_by, electorate, quorum, threshold, veto, opened_at, deadline_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      seq,
      word(body.id),
      word(body.purpose),
      word(body.subject),
      word(body.summary),
      word(body.actionHash),
      word(body.openedBy),
      json(body.electorate),
      number(body.quorum) ?? 0,
      number(body.threshold) ?? 0,
      json(body.veto),
      number(body.openedAt) ?? 0,
      number(body.deadlineAt) ?? 0,
    ),
  'round.vote': (db, fact, body) => addVote(db, fact, body, null),
  'round.refused': (db, fact, body) => {
    addVote(db, fact, body, word(body.reason));
    if (body.voids === true) db.run('UPDATE round_votes SET void = 1 WHERE round = ? AND voter = ? AND refused IS NULL', word(body.id), word(body.voter));
  },
  'round.decided': (db, _fact, body) =>
    db.run(
      'UPDATE rounds SET outcome = ?, decided_by = ?, decided_at = ?, tally = ? WHERE id = ?',
      word(body.outcome),
      text(body.by),
      number(body.at),
      json(body.tally),
      word(body.id),
    ),
};

const addVote = (...[db, { seq }, body, refused]: [...Parameters<Apply>, string | null]): unknown =>
  db.run(
    'INSERT INTO round_votes (seq, round, voter, vote, at, received_at, signature, why, evidence, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    seq,
    word(body.id),
    word(body.voter),
    word(body.vote),
    number(body.at) ?? 0,
    number(body.receivedAt) ?? 0,
    word(body.signature),
    word(body.why),
    json(body.evidence),
    refused,
  );
