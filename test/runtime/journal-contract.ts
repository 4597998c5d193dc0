// What every journal promises, whatever holds its rows. A test file runs it over one implementation.
import { commitContract } from './journal-contract/commits.ts';
import type { JournalPlace } from './journal-contract/opened-journal.ts';
import { openingContract } from './journal-contract/opening.ts';
import { readingContract } from './journal-contract/reading.ts';

export function journalContract(name: string, place: () => JournalPlace): void {
  openingContract(name, place);
  commitContract(name, place);
  readingContract(name, place);
}
