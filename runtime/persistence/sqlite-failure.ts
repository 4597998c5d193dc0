// Which of SQLite's errors are the environment's (K11): retried as they are. Anything else is the batch's own fault, and takes its
// messages along as poison, so a broken disk must not look like that.
import { isCoded } from '../errors.ts';
import { JournalFailure } from '../journal.ts';

const ENVIRONMENT = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL|NOMEM|PERM|NOTADB|CORRUPT|INTERRUPT)/;

export function isEnvironment(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && ENVIRONMENT.test(code)) return true;
  return isCoded(error) || (error instanceof TypeError && /connection is not open/.test(error.message));
}

/** `outcome` counts for errors of SQLite; a failure that was already classified stays as it is. */
export function journalFailure(error: unknown, outcome: JournalFailure['outcome']): JournalFailure {
  if (error instanceof JournalFailure) return error;
  return new JournalFailure(isEnvironment(error) ? 'environment' : 'statement', outcome, error);
}
