// The keys that tokens are signed with: ES256, private parts in `keys/` with mode 0600. A new one is made every 30 days; the old one
// stays in the key set until everything that it signed has expired.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../runtime/index.ts';
import type { Tables } from '../../runtime/persistence/index.ts';
import { makePrivate, readText, writePrivate } from '../private-file.ts';

export const SIGNING_ALG = 'ES256';

export interface SigningKey {
  readonly kid: string;
  readonly secret: KeyObject;
  readonly open: KeyObject;
}

export interface SigningKeys {
  /** Signs from now on. */
  current(): SigningKey;
  find(kid: string): SigningKey | undefined;
  /** The current one first. */
  all(): readonly SigningKey[];
  /** A JWK set (RFC 7517), the current key first. */
  publicSet(): { readonly keys: readonly object[] };
  /** Makes a new key when the current one is old, and forgets those that nothing valid is signed with. True if anything changed. */
  rotate(): boolean;
}

interface Row {
  readonly kid: string;
  readonly created_at: number;
  readonly retired_at: number | null;
}

const publicJwk = ({ kid, open }: SigningKey): object => ({ ...open.export({ format: 'jwk' }), kid, alg: SIGNING_ALG, use: 'sig' });

const DAY_MS = 86_400_000;
export const KEY_LIFE_MS = 30 * DAY_MS;
/** Longer than any token lives. */
export const KEY_AFTERLIFE_MS = 31 * DAY_MS;

export function openSigningKeys({ tables, keysDir, clock }: { readonly tables: Tables; readonly keysDir: string; readonly clock: Clock }): SigningKeys {
  const fileOf = (kid: string): string => join(keysDir, `oauth-${kid}.pem`);

  const make = (): void => {
    const kid = randomBytes(8).toString('hex');
    writePrivate(fileOf(kid), generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    tables.run('UPDATE signing_keys SET retired_at = ? WHERE retired_at IS NULL', clock.now());
    tables.run('INSERT INTO signing_keys VALUES (?, ?, ?, NULL)', kid, SIGNING_ALG, clock.now());
  };
  /** A key whose file is gone is gone. */
  const read = (): readonly SigningKey[] => {
    const rows = tables.all<Row>('SELECT kid, created_at, retired_at FROM signing_keys ORDER BY retired_at IS NULL DESC, created_at DESC');
    return rows.flatMap(({ kid }) => {
      const pem = readText(fileOf(kid));
      if (pem === undefined) return [];
      makePrivate(fileOf(kid), 0o600);
      const secret = createPrivateKey(pem);
      return [{ kid, secret, open: createPublicKey(secret) }];
    });
  };
  const isOld = (): boolean => {
    const row = tables.get<Row>('SELECT * FROM signing_keys WHERE retired_at IS NULL');
    return row === undefined || readText(fileOf(row.kid)) === undefined || row.created_at + KEY_LIFE_MS <= clock.now();
  };
  const forgetExpired = (): boolean => {
    const gone = tables.all<Row>('SELECT * FROM signing_keys WHERE retired_at <= ?', clock.now() - KEY_AFTERLIFE_MS);
    for (const { kid } of gone) {
      rmSync(fileOf(kid), { force: true });
      tables.run('DELETE FROM signing_keys WHERE kid = ?', kid);
    }
    return gone.length > 0;
  };

  let keys: readonly SigningKey[] = [];
  const rotate = (): boolean => {
    const isNew = isOld();
    if (isNew) make();
    const isLess = forgetExpired();
    if (isNew || isLess || keys.length === 0) keys = read();
    return isNew || isLess;
  };
  rotate();
  return { current: () => keys[0] as SigningKey, find: (kid) => keys.find((key) => key.kid === kid), all: () => keys, publicSet: () => ({ keys: keys.map(publicJwk) }), rotate };
}
