// Facts of backups as rows: asked for, verified or failed, taken away.
import { type Apply, number, word } from './fact-body.ts';

export const BACKUP_FACTS: Readonly<Record<string, Apply>> = {
  // One that failed may be tried again under its id.
  'backup.begun': (db, { seq, at }, body) =>
    db.run(
      `INSERT INTO backups (seq, id, status, caller, why, begun_at) VALUES (?, ?, 'running', ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET status = 'running', ended_at = NULL, problem = NULL`,
      seq,
      word(body.id),
      word(body.by),
      word(body.why),
      at,
    ),
  'backup.verified': (db, { at }, body) =>
    db.run(
      `UPDATE backups SET status = 'verified', ended_at = ?, taken_at = ?, fact = ?, bytes = ? WHERE id = ?`,
      at,
      number(body.takenAt),
      number(body.fact),
      number(body.bytes),
      word(body.id),
    ),
  'backup.failed': (db, { at }, body) => db.run(`UPDATE backups SET status = 'failed', ended_at = ?, problem = ? WHERE id = ?`, at, word(body.problem), word(body.id)),
  'backup.removed': (db, _fact, body) => db.run(`UPDATE backups SET status = 'removed' WHERE id = ?`, word(body.id)),
};
