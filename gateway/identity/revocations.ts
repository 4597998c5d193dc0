// What was revoked, in memory and on the disk: a revocation counts from the call on, for every door of this node, and over restarts.
import type { Clock } from '../../runtime/index.ts';
import type { Tables } from '../../runtime/persistence/index.ts';

export interface Revocations {
  /** `what` is a token by its id or a family by its; kept until the last such token has expired. */
  revoke(what: string, until: number): void;
  isRevoked(what: string): boolean;
  /** Grows with each revocation: what was looked up at another count must be looked up again. */
  count(): number;
}

export const tokenKey = (jti: string): string => `token ${jti}`;
export const familyKey = (family: string): string => `family ${family}`;
export const clientKey = (client: string): string => `client ${client}`;

export function openRevocations(tables: Tables, clock: Clock): Revocations {
  tables.run('DELETE FROM revocations WHERE until < ?', clock.now());
  const known = new Set(tables.all<{ what: string }>('SELECT what FROM revocations').map(({ what }) => what));
  let count = 0;
  return {
    revoke(what, until) {
      tables.run('INSERT INTO revocations VALUES (?, ?, ?) ON CONFLICT (what) DO UPDATE SET until = max(until, excluded.until)', what, clock.now(), Math.ceil(until));
      known.add(what);
      count += 1;
    },
    isRevoked: (what) => known.has(what),
    count: () => count,
  };
}
