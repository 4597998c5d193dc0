// People who may log in. Five wrong passwords in a row close an account for a minute, each more for twice as long, up to an hour.
import { randomUUID } from 'node:crypto';
import { type Clock, codedError } from '../../runtime/index.ts';
import type { Tables } from '../../runtime/persistence/index.ts';
import type { Families } from './families.ts';
import type { Passwords } from './passwords.ts';
import type { Role } from './roles.ts';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** False: nobody has chosen a password yet, so nobody can log in. */
  readonly hasPassword: boolean;
  readonly lockedUntil: number | null;
  readonly createdAt: number;
}

export type LoginAnswer = { readonly ok: true; readonly user: User } | { readonly ok: false; readonly reason: 'wrong' | 'locked'; readonly user: User | undefined };

export interface Users {
  list(): readonly User[];
  find(id: string): User | undefined;
  named(name: string): User | undefined;
  /** Throws `NameTaken`. */
  add(name: string, roles: readonly Role[]): User;
  /** What they may do from now on; their logins end. Throws `NoSuchUser`. */
  setRoles(name: string, roles: readonly Role[]): User;
  /** Their logins end. Throws `NoSuchUser`. */
  remove(name: string): User;
  /** Every login of theirs ends. */
  setPassword(id: string, password: string): Promise<void>;
  /** One answer for a wrong name, a wrong password and an account without one, and it takes as long. */
  logIn(name: string, password: string): Promise<LoginAnswer>;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly password: string | null;
  readonly failures: number;
  readonly locked_until: number;
  readonly created_at: number;
}

const FREE_FAILURES = 5;
const SHORTEST_LOCK_MS = 60_000;
const LONGEST_LOCK_MS = 3_600_000;

export interface UsersOptions {
  readonly tables: Tables;
  readonly families: Families;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

export function openUsers({ tables, families, passwords, clock }: UsersOptions): Users {
  const rolesOf = (id: string): readonly Role[] => tables.all<{ role: Role }>('SELECT role FROM user_roles WHERE user_id = ? ORDER BY role', id).map(({ role }) => role);
  const read = ({ id, name, password, locked_until, created_at }: Row): User => ({
    id,
    name,
    roles: rolesOf(id),
    hasPassword: password !== null,
    lockedUntil: locked_until > clock.now() ? locked_until : null,
    createdAt: created_at,
  });
  const rowOf = (name: string): Row | undefined => tables.get<Row>('SELECT * FROM users WHERE name = ?', name);
  const known = (name: string): Row => {
    const row = rowOf(name);
    if (row === undefined) throw codedError('NoSuchUser', { user: name });
    return row;
  };
  const giveRoles = (id: string, roles: readonly Role[]): void => {
    tables.run('DELETE FROM user_roles WHERE user_id = ?', id);
    for (const role of new Set(roles)) tables.run('INSERT INTO user_roles VALUES (?, ?)', id, role);
  };
  const endLogins = (id: string): void => {
    families.revokeOf({ subject: id });
    // Browsers that are logged in, and logins that go on.
    tables.run('DELETE FROM records WHERE subject = ?', id);
  };
  const countFailure = ({ id, failures }: Row): void => {
    const more = failures + 1 - FREE_FAILURES;
    const lockMs = more < 0 ? 0 : Math.min(LONGEST_LOCK_MS, SHORTEST_LOCK_MS * 2 ** more);
    tables.run('UPDATE users SET failures = failures + 1, locked_until = ? WHERE id = ?', lockMs === 0 ? 0 : Math.ceil(clock.now() + lockMs), id);
  };

  return {
    list: () => tables.all<Row>('SELECT * FROM users ORDER BY name').map(read),
    find: (id) => tables.all<Row>('SELECT * FROM users WHERE id = ?', id).map(read)[0],
    named(name) {
      const row = rowOf(name);
      return row === undefined ? undefined : read(row);
    },
    add: (name, roles) =>
      tables.transaction(() => {
        if (rowOf(name) !== undefined) throw codedError('NameTaken', { name, holder: 'another user' });
        const id = `u-${randomUUID()}`;
        tables.run('INSERT INTO users (id, name, created_at) VALUES (?, ?, ?)', id, name, clock.now());
        giveRoles(id, roles);
        return read(known(name));
      }),
    setRoles: (name, roles) =>
      tables.transaction(() => {
        const { id } = known(name);
        giveRoles(id, roles);
        endLogins(id);
        return read(known(name));
      }),
    remove: (name) =>
      tables.transaction(() => {
        const user = read(known(name));
        endLogins(user.id);
        tables.run('DELETE FROM users WHERE id = ?', user.id);
        return user;
      }),
    async setPassword(id, password) {
      const hash = await passwords.hash(password);
      tables.transaction(() => {
        tables.run('UPDATE users SET password = ?, failures = 0, locked_until = 0 WHERE id = ?', hash, id);
        endLogins(id);
      });
    },
    async logIn(name, password) {
      const row = rowOf(name);
      const locked = row !== undefined && row.locked_until > clock.now();
      const isRight = await passwords.verify(password, row?.password ?? null);
      if (row === undefined) return { ok: false, reason: 'wrong', user: undefined };
      // Locked, the right password counts as little as a wrong one, or it could be found behind the lock.
      if (locked) return { ok: false, reason: 'locked', user: read(row) };
      if (!isRight) {
        countFailure(row);
        return { ok: false, reason: 'wrong', user: read(row) };
      }
      tables.run('UPDATE users SET failures = 0, locked_until = 0 WHERE id = ?', row.id);
      return { ok: true, user: read(row) };
    },
  };
}
