import { sqliteJournal } from '../../../runtime/persistence/index.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { journalContract } from '../journal-contract.ts';

journalContract('the journal in SQLite', () => {
  const dir = privateFolder();
  return { journal: () => sqliteJournal({ dir, synchronous: 'OFF' }) };
});
