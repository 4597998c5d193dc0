// One-time links: whoever opens one chooses a password. The first link of a node makes its first administrator, the others are for one user.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../runtime/index.ts';
import type { Tables } from '../../runtime/persistence/index.ts';
import { hashOf } from './sealing.ts';

export interface Links {
  /** `user`: whose password it sets; undefined: for the first administrator. Earlier ones of the same kind are void. */
  make(user?: string): { readonly url: string; readonly expiresAt: number };
  /** Undefined for what is none, was used or has expired. */
  find(secret: string): { readonly user: string | null } | undefined;
  /** False when another was faster. */
  use(secret: string): boolean;
}

const LIFE_MS = 24 * 3_600_000;
export const LINK_PATH = '/links';

export function openLinks(tables: Tables, issuer: string, clock: Clock): Links {
  return {
    make(user) {
      const secret = randomBytes(24).toString('base64url');
      const expiresAt = Math.ceil(clock.now() + LIFE_MS);
      tables.transaction(() => {
        tables.run('DELETE FROM links WHERE expires_at < ? OR user_id IS ?', clock.now(), user ?? null);
        tables.run('INSERT INTO links VALUES (?, ?, ?)', hashOf(secret), user ?? null, expiresAt);
      });
      return { url: `${issuer}${LINK_PATH}/${secret}`, expiresAt };
    },
    find(secret) {
      const row = tables.get<{ user_id: string | null }>('SELECT user_id FROM links WHERE id = ? AND expires_at > ?', hashOf(secret), clock.now());
      return row === undefined ? undefined : { user: row.user_id };
    },
    use: (secret) => tables.run('DELETE FROM links WHERE id = ? AND expires_at > ?', hashOf(secret), clock.now()).changes === 1,
  };
}
