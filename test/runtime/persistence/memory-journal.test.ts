import { describe, expect, it } from 'vitest';
import { memoryJournal, memoryStore } from '../../../runtime/persistence/index.ts';
import { journalContract } from '../journal-contract.ts';

journalContract('the journal in memory', () => {
  const store = memoryStore();
  return { journal: () => memoryJournal({ store }) };
});

describe('a journal in memory', () => {
  it('has a store of its own when it is given none', async () => {
    const [one, two] = [memoryJournal(), memoryJournal()];
    expect((await one.open()).era).not.toBe((await two.open()).era);
  });
});
