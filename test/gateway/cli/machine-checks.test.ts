import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { applyFact, READ_MODEL_MIGRATIONS } from '../../../actors/read-model/index.ts';
import { MACHINE_CHECKS } from '../../../gateway/cli/machine-checks.ts';
import { readConfig } from '../../../gateway/config.ts';
import { systemClock } from '../../../runtime/index.ts';
import { openProjection, sqliteJournal } from '../../../runtime/persistence/index.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { testIdentity } from '../../support/test-identity.ts';

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
    const dir = await withJournal();
    expect(looked(dir)).toEqual({ status: 'ok', detail: 'shared_inbox.db can be read' });
    testIdentity(systemClock, { folder: dir });
    openProjection({ file: join(dir, 'mcp_system.db'), migrations: READ_MODEL_MIGRATIONS, apply: applyFact }).close();
    expect(looked(dir)).toEqual({ status: 'ok', detail: 'shared_inbox.db, auth.db, mcp_system.db can be read' });
  });

  it.each(['shared_inbox.db', 'auth.db', 'mcp_system.db'])('names %s when a newer version has written it, as `up` would', async (name) => {
    const dir = await withJournal();
    const db = new Database(join(dir, name));
    db.pragma('user_version = 999');
    db.close();
    expect(looked(dir)).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(`${name} was written by a newer version of Troupe: schema 999`),
      fix: expect.stringContaining('update troupe'),
    });
  });

  it('says of a read model with a broken page that it is made anew', async () => {
    const dir = await withJournal();
    writeFileSync(join(dir, 'mcp_system.db'), 'no database at all');
    expect(looked(dir)).toMatchObject({ status: 'failed', detail: expect.stringContaining('mcp_system.db is damaged: '), fix: expect.stringContaining('makes it anew') });
  });

  it('names the one with a broken page, and the fix', async () => {
    const dir = await withJournal();
    const file = openSync(join(dir, 'shared_inbox.db'), 'r+');
    for (const page of [1, 2, 3]) writeSync(file, Buffer.alloc(256, 0xde), 0, 256, page * 4_096);
    closeSync(file);
    expect(looked(dir)).toMatchObject({ status: 'failed', detail: expect.stringContaining('shared_inbox.db is damaged: '), fix: expect.stringContaining('troupe restore') });
  });
});
