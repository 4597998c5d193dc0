// Which of SQLite's errors are the environment's (K11): retried as they are. Anything else is the batch's own fault, and takes its
// messages along as poison, so a broken disk must not look like that.
import { isCoded } from '../errors.ts';
import { JournalFailure } from '../journal.ts';

const ENVIRONMENT = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL|NOMEM|PERM|INTERRUPT)/;
const DAMAGE = /^SQLITE_(CORRUPT|NOTADB)/;

function kindOf(error: unknown): JournalFailure['kind'] {
  const code = String((error as { code?: unknown }).code);
  if (DAMAGE.test(code) || isCoded(error, 'JournalCorrupt')) return 'damaged';
  const isEnvironment = ENVIRONMENT.test(code) || isCoded(error) || (error instanceof TypeError && /connection is not open/.test(error.message));
  return isEnvironment ? 'environment' : 'statement';
}

/** `outcome` counts for errors of SQLite; a failure that was already classified stays as it is. */
export function journalFailure(error: unknown, outcome: JournalFailure['outcome']): JournalFailure {
  if (error instanceof JournalFailure) return error;
  return new JournalFailure(kindOf(error), outcome, error);
}
