// Who was logged in when a backup was taken is not when it is restored (K35): what was revoked since then would be valid again, and a
// refresh token that was used since then would be taken for a stolen one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../runtime/index.ts';
import { openTables } from '../../runtime/persistence/index.ts';
import { openFamilies } from '../identity/families.ts';
import { openRevocations } from '../identity/revocations.ts';
import { IDENTITY_MIGRATIONS } from '../identity/schema.ts';

/** Every family of tokens, codes and browser sessions in the folder's `auth.db`. Returns how many families lived. */
export function revokeLogins(dir: string, clock: Clock): number {
  const file = join(dir, 'auth.db');
  if (!existsSync(file)) return 0;
  const tables = openTables({ file, migrations: IDENTITY_MIGRATIONS, remedy: 'take another backup' });
  try {
    const families = openFamilies(tables, openRevocations(tables, clock), clock);
    const living = tables.all<{ id: string }>('SELECT id FROM families WHERE revoked_at IS NULL');
    const revoked = living.filter(({ id }) => families.revoke(id)).length;
    tables.run('DELETE FROM records');
    tables.run('DELETE FROM links');
    return revoked;
  } finally {
    tables.close();
  }
}
