import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreBackup } from '../../../gateway/backup/restore-backup.ts';
import { openFamilies } from '../../../gateway/identity/families.ts';
import { familyKey, openRevocations } from '../../../gateway/identity/revocations.ts';
import { IDENTITY_MIGRATIONS } from '../../../gateway/identity/schema.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { openTables } from '../../../runtime/persistence/index.ts';
import { countingNode } from '../../support/backed-up-node.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { testIdentity } from '../../support/test-identity.ts';

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

  it('leaves the node what its keys have sealed, and a new key to sign with (K35)', async () => {
    const node = await countingNode();
    const { dir, clock } = node;
    const before = testIdentity(clock, { folder: dir });
    const { client, secret } = before.clients.add({ name: 'ci', roles: ['operator'], redirectUris: [] });
    const { token } = await before.issuer.issue({ sub: 'ci', client_id: client.id, aud: before.resources.default, scope: 'troupe:read', lifeMs: 600_000 });
    await before.tokens.verify(token, 'rpc');
    await node.backUp('one');
    before.close();
    await node.stop();
    expect(await restoreBackup({ dataDir: dir, backup: 'one', cwd: dir, force: true, by: 'ann', clock })).toMatchObject({ clientsForgotten: [] });
    const after = testIdentity(clock, { folder: dir });
    expect(after.clients.metadata(client.id)).toMatchObject({ client_secret: secret });
    await expect(Promise.resolve(after.tokens.verify(token, 'rpc'))).rejects.toMatchObject({ code: 'TokenRefused', message: expect.stringContaining('no key of ours') });
  });

  it('on another node keeps people and their passwords, and names the clients whose secrets cannot be read there', async () => {
    const node = await countingNode();
    const { dir, clock } = node;
    const before = testIdentity(clock, { folder: dir });
    before.clients.add({ name: 'ci', roles: ['operator'], redirectUris: [] });
    before.clients.register('r-1', { client_id: 'r-1', client_name: 'a program' });
    await before.users.setPassword(before.users.add('ann', ['admin']).id, 'correct horse battery');
    const { key } = await node.backUp('one');
    before.close();
    await node.stop();
    const other = join(privateFolder(), 'fresh');
    const wish = { dataDir: other, backup: join(dir, 'backups', 'one'), cwd: dir, trust: key, force: false, by: 'ann', clock };
    expect(await restoreBackup(wish)).toMatchObject({ clientsForgotten: ['ci'] });
    const after = testIdentity(clock, { folder: other });
    expect(await after.users.logIn('ann', 'correct horse battery')).toMatchObject({ ok: true, user: { roles: ['admin'] } });
    expect(after.clients.list().map(({ id }) => id)).toEqual(['troupe-cli']);
  });
});

it('a node whose sealing key was lost does not start, and says which file to bring back', () => {
  const folder = privateFolder();
  const clock = new SimulatedClock();
  testIdentity(clock, { folder }).close();
  rmSync(join(folder, 'keys', 'auth-sealing.key'));
  expect(() => testIdentity(clock, { folder })).toThrow(/auth-sealing.key; bring that one back, or move auth.db away/);
});
