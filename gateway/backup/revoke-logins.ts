// Who was logged in when a backup was taken is not when it is restored (K35): what was revoked since then would be valid again, and a
// refresh token that was used since then would be taken for a stolen one. Keys are no part of a backup: what they sealed elsewhere is forgotten.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../runtime/index.ts';
import { openTables, type Tables } from '../../runtime/persistence/index.ts';
import { openFamilies } from '../identity/families.ts';
import { openRevocations } from '../identity/revocations.ts';
import { IDENTITY_MIGRATIONS } from '../identity/schema.ts';
import { openSealing, type Sealing } from '../identity/sealing.ts';

export interface EndedLogins {
  /** How many families of tokens lived. */
  readonly revoked: number;
  /** Names of clients that must be added again: the key that sealed their secrets is not here. */
  readonly clientsForgotten: readonly string[];
}

/** Every family of tokens, codes and browser sessions in the folder's `auth.db`, and whatever was signed before. */
export function revokeLogins(dir: string, keysDir: string, clock: Clock): EndedLogins {
  const file = join(dir, 'auth.db');
  if (!existsSync(file)) return { revoked: 0, clientsForgotten: [] };
  const tables = openTables({ file, migrations: IDENTITY_MIGRATIONS, remedy: 'take another backup' });
  try {
    const families = openFamilies(tables, openRevocations(tables, clock), clock);
    const living = tables.all<{ id: string }>('SELECT id FROM families WHERE revoked_at IS NULL');
    const revoked = living.filter(({ id }) => families.revoke(id)).length;
    tables.run('DELETE FROM records');
    tables.run('DELETE FROM links');
    // A token that belongs to no family is refused for its key.
    tables.run('DELETE FROM signing_keys');
    return { revoked, clientsForgotten: forgetSealed(tables, openSealing(keysDir)) };
  } finally {
    tables.close();
  }
}

function forgetSealed(tables: Tables, sealing: Sealing): readonly string[] {
  const clients = tables.all<{ id: string; name: string; origin: string; metadata: Uint8Array }>('SELECT id, name, origin, metadata FROM clients ORDER BY name');
  const lost = clients.filter(({ metadata }) => !sealing.canOpen(metadata));
  for (const { id } of lost) tables.run('DELETE FROM clients WHERE id = ?', id);
  // The built-in one comes back by itself, and what registered itself can do so again.
  return lost.filter(({ origin }) => origin === 'added').map(({ name }) => name);
}
