// Passwords as scrypt hashes that carry their own parameters. Two are computed at once and twenty wait: nobody can fill the machine with them.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { takingTurns } from './taking-turns.ts';

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for `null`, where there is no hash, and is false then. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

interface Cost {
  /** As a power of two. */
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** As OWASP advises for scrypt in 32 MB. */
const COST: Cost = { n: 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const TURNS = { atOnce: 2, mostWaiting: 20 };

export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 256;

const derive = (password: string, salt: Buffer, { n, r, p }: Cost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const cost = { N: 2 ** n, r, p, maxmem: 256 * 2 ** n * r };
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
  });

/** `cost`: less of it for tests. */
export function passwords(cost: Cost = COST): Passwords {
  const take = takingTurns(TURNS);
  const nobody = { cost, salt: randomBytes(16), key: randomBytes(KEY_BYTES) };
  return {
    hash: (password) =>
      take(async () => {
        const salt = randomBytes(16);
        const key = await derive(password, salt, cost);
        return ['scrypt', cost.n, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
      }),
    verify: (password, hash) =>
      take(async () => {
        const stored = hash === null ? nobody : readHash(hash);
        const key = await derive(password, stored.salt, stored.cost);
        return timingSafeEqual(key, stored.key) && hash !== null;
      }),
  };
}

function readHash(hash: string): { readonly cost: Cost; readonly salt: Buffer; readonly key: Buffer } {
  const [, n, r, p, salt = '', key = ''] = hash.split('$');
  return { cost: { n: Number(n), r: Number(r), p: Number(p) }, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
}
