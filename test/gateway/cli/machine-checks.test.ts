import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINE_CHECKS } from '../../../gateway/cli/machine-checks.ts';
import { readConfig } from '../../../gateway/config.ts';
import { systemClock } from '../../../runtime/index.ts';
import { sqliteJournal } from '../../../runtime/persistence/index.ts';
import { privateFolder } from '../../support/private-folder.ts';

function looked(dataDir: string) {
  const check = MACHINE_CHECKS.find(({ name }) => name === 'databases');
  return check?.look({ config: readConfig({ flags: { data: dataDir }, env: {}, cwd: dataDir }), clock: systemClock, cwd: dataDir, env: {} });
}

async function withJournal(): Promise<string> {
  const dir = join(privateFolder(), 'data');
  mkdirSync(dir);
  const journal = sqliteJournal({ dir });
  await journal.open();
  await journal.close();
  return dir;
}

describe('doctor on the databases of a node that does not run', () => {
  it('finds them well, or finds none', async () => {
    expect(looked(privateFolder())).toEqual({ status: 'ok', detail: 'none yet' });
    expect(looked(await withJournal())).toEqual({ status: 'ok', detail: 'shared_inbox.db can be read' });
  });

  it('names the one with a broken page, and the fix', async () => {
    const dir = await withJournal();
    const file = openSync(join(dir, 'shared_inbox.db'), 'r+');
    for (const page of [1, 2, 3]) writeSync(file, Buffer.alloc(256, 0xde), 0, 256, page * 4_096);
    closeSync(file);
    expect(looked(dir)).toMatchObject({ status: 'failed', detail: expect.stringContaining('shared_inbox.db is damaged: '), fix: expect.stringContaining('troupe restore') });
  });
});
