// Families of tokens: all that came from one consent, or from one order to issue one. They are what is listed as logins and revoked at once.
import type { Clock } from '../../runtime/index.ts';
import type { Tables } from '../../runtime/persistence/index.ts';
import { familyKey, type Revocations } from './revocations.ts';

export interface Family {
  readonly id: string;
  readonly kind: 'consent' | 'issued';
  readonly subject: string;
  /** The name of the subject, where it is a user. */
  readonly who: string;
  readonly client: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

export interface Families {
  /** Of a consent that is given again, it lives longer. */
  open(family: Omit<Family, 'who' | 'createdAt' | 'revokedAt'>): void;
  /** The newest first: those that live, or with `all` every one that is kept. */
  list(all: boolean): readonly Family[];
  find(id: string): Family | undefined;
  /** False when it is none, or was revoked already. */
  revoke(id: string): boolean;
  /** Returns how many. */
  revokeOf(whose: { readonly subject: string } | { readonly client: string }): number;
}

interface Row {
  readonly id: string;
  readonly kind: Family['kind'];
  readonly subject: string;
  readonly who: string;
  readonly client: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
}

const SELECT = 'SELECT families.*, COALESCE(users.name, subject) AS who FROM families LEFT JOIN users ON users.id = subject';
const KEPT_MS = 90 * 86_400_000;

const familyOf = ({ created_at, expires_at, revoked_at, ...row }: Row): Family => ({ ...row, createdAt: created_at, expiresAt: expires_at, revokedAt: revoked_at });

export function openFamilies(tables: Tables, revocations: Revocations, clock: Clock): Families {
  tables.run('DELETE FROM families WHERE expires_at < ?', clock.now() - KEPT_MS);
  const revoke = (id: string): boolean => {
    const family = tables.get<Row>('SELECT * FROM families WHERE id = ? AND revoked_at IS NULL', id);
    if (family === undefined) return false;
    tables.transaction(() => {
      tables.run('UPDATE families SET revoked_at = ? WHERE id = ?', clock.now(), id);
      tables.run('DELETE FROM records WHERE family = ?', id);
      revocations.revoke(familyKey(id), family.expires_at);
    });
    return true;
  };

  return {
    open: ({ id, kind, subject, client, expiresAt }) =>
      void tables.run(
        'INSERT INTO families VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (id) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)',
        id,
        kind,
        subject,
        client,
        clock.now(),
        Math.ceil(expiresAt),
      ),
    list: (all) =>
      tables
        .all<Row>(`${SELECT} ${all ? '' : 'WHERE revoked_at IS NULL AND expires_at > ?'} ORDER BY families.created_at DESC, families.id LIMIT 1000`, ...(all ? [] : [clock.now()]))
        .map(familyOf),
    find: (id) => tables.all<Row>(`${SELECT} WHERE families.id = ?`, id).map(familyOf)[0],
    revoke,
    revokeOf(whose) {
      const [column, value] = Object.entries(whose)[0] as ['subject' | 'client', string];
      return tables.all<{ id: string }>(`SELECT id FROM families WHERE ${column} = ? AND revoked_at IS NULL`, value).filter(({ id }) => revoke(id)).length;
    },
  };
}
