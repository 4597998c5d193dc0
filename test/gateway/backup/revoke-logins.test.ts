import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreBackup } from '../../../gateway/backup/restore-backup.ts';
import { openFamilies } from '../../../gateway/identity/families.ts';
import { familyKey, openRevocations } from '../../../gateway/identity/revocations.ts';
import { IDENTITY_MIGRATIONS } from '../../../gateway/identity/schema.ts';
import { openTables } from '../../../runtime/persistence/index.ts';
import { countingNode } from '../../support/backed-up-node.ts';

function logins(dir: string, clock: Parameters<typeof openRevocations>[1]) {
  const tables = openTables({ file: join(dir, 'auth.db'), migrations: IDENTITY_MIGRATIONS, remedy: '' });
  const revocations = openRevocations(tables, clock);
  return { tables, revocations, families: openFamilies(tables, revocations, clock) };
}

describe('a restore of logins', () => {
  it('revokes every one that lived when the backup was taken, and forgets what they could be renewed with (K35)', async () => {
    const node = await countingNode();
    const { dir, clock } = node;
    const before = logins(dir, clock);
    const expiresAt = clock.now() + 86_400_000;
    for (const id of ['one', 'two']) before.families.open({ id, kind: 'consent', subject: 'ann', client: 'cli', expiresAt });
    before.tables.run(
      "INSERT INTO records (kind, id, family, content, expires_at) VALUES ('RefreshToken', x'01', 'one', x'02', ?), ('Session', x'03', NULL, x'04', ?)",
      expiresAt,
      expiresAt,
    );
    await node.backUp('one');
    before.families.revoke('one');
    before.tables.close();
    await node.stop();
    await restoreBackup({ dataDir: dir, backup: 'one', cwd: dir, force: true, by: 'ann', clock });
    const after = logins(dir, clock);
    expect(after.families.list(false)).toEqual([]);
    expect(['one', 'two'].map((id) => after.revocations.isRevoked(familyKey(id)))).toEqual([true, true]);
    expect(after.tables.all('SELECT * FROM records')).toEqual([]);
    after.tables.close();
  });
});
