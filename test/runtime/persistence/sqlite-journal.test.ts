import { describe } from 'vitest';
import { sqliteJournal } from '../../../runtime/persistence/index.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { journalContract } from '../journal-contract.ts';

describe.each([
  ['written on the calling thread', false],
  ['written by a thread of its own', true],
])('%s', (how, thread) => {
  journalContract(`the journal in SQLite, ${how}`, () => {
    const dir = privateFolder();
    return { journal: () => sqliteJournal({ dir, synchronous: 'OFF', thread }) };
  });
});
