// The database agent's look: is there a backup, verified and fresh?
import type { VerifiedBackup } from '../../work/ports.ts';
import type { Finding } from '../ballot-context.ts';

/** An older one would lose too much. */
export const FRESH_BACKUP_MS = 24 * 3_600_000;

const hours = (ms: number): string => `${Math.floor(ms / 3_600_000)} h`;

export function judgeBackup(backup: VerifiedBackup | undefined, now: number): Finding {
  if (backup === undefined) return { vote: 'no', why: 'there is no verified backup to go back to', evidence: null };
  const ageMs = now - backup.at;
  const evidence = { backup: backup.id, at: backup.at, verifiedAt: backup.verifiedAt, ageMs };
  if (ageMs > FRESH_BACKUP_MS) return { vote: 'no', why: `the newest verified backup, ${backup.id}, is ${hours(ageMs)} old: older than ${hours(FRESH_BACKUP_MS)}`, evidence };
  return { vote: 'yes', why: `the backup ${backup.id} is ${hours(ageMs)} old and was verified`, evidence };
}
