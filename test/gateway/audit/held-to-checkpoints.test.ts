import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../../gateway/audit/checkpoint.ts';
import { checkpointFile } from '../../../gateway/audit/checkpoints.ts';
import { heldToCheckpoints } from '../../../gateway/audit/held-to-checkpoints.ts';
import { openNodeKey } from '../../../gateway/audit/node-key.ts';
import { memoryJournal } from '../../../runtime/index.ts';
import { privateFolder } from '../../support/private-folder.ts';

/** A data directory with these checkpoints, and a new journal that is held to them. */
async function held(checkpoints: ReadonlyArray<{ readonly fact: number; readonly era?: string; readonly forged?: true }>) {
  const dataDir = privateFolder();
  for (const folder of ['keys', 'others']) mkdirSync(join(dataDir, folder));
  const [key, other] = [openNodeKey(join(dataDir, 'keys')), openNodeKey(join(dataDir, 'others'))];
  const journal = memoryJournal();
  const { era } = await journal.open();
  await journal.close();
  const lines = checkpoints.map(({ fact, era: given = era, forged }) => JSON.stringify(signCheckpoint({ at: 0, era: given, fact, hash: 'a'.repeat(64) }, forged ? other : key)));
  writeFileSync(checkpointFile(dataDir), lines.join('\n'));
  return heldToCheckpoints(journal, { dataDir, key });
}

describe('a journal that is held to the checkpoints beside it', () => {
  it('opens when there are none', async () => {
    await expect((await held([])).open()).resolves.toMatchObject({ counters: { fact: 0 } });
  });

  it.each([
    ['knows less than the last of them', [{ fact: 5 }], 'ends at fact 0, though the signed checkpoint of 1970-01-01T00:00:00.000Z knows fact 5; restore a backup'],
    ['is another one', [{ fact: 5, era: 'cafe0123' }], 'is another journal than the one that was here'],
  ])('does not open when it %s, and says what to do', async (_what, checkpoints, message) => {
    const journal = await held(checkpoints);
    await expect(journal.open()).rejects.toMatchObject({ code: 'JournalCorrupt', message: expect.stringContaining(message) });
    await expect(journal.facts({ after: 0, limit: 1 }), 'and it is closed again').rejects.toThrow('closed');
  });

  it('does not believe a checkpoint that another key has signed', async () => {
    await expect((await held([{ fact: 5, forged: true }])).open()).resolves.toMatchObject({ counters: { fact: 0 } });
  });
});
