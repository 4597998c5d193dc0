// Signs access tokens (RFC 9068) that do not come out of an OAuth flow: those an administrator orders, and those that are delegated.
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../runtime/index.ts';
import { SIGNING_ALG, type SigningKeys } from './signing-keys.ts';
import type { TokenClaims } from './token-claims.ts';

export type NewClaims = Omit<TokenClaims, 'iss' | 'jti' | 'iat' | 'nbf' | 'exp'> & { readonly lifeMs: number };

export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  readonly expiresAt: number;
}

export interface TokenIssuer {
  issue(claims: NewClaims): Promise<IssuedToken>;
}

export function tokenIssuer({ keys, issuer, clock }: { readonly keys: SigningKeys; readonly issuer: string; readonly clock: Clock }): TokenIssuer {
  return {
    async issue({ lifeMs, ...claims }) {
      const { kid, secret } = keys.current();
      const now = Math.floor(clock.now() / 1_000);
      const jti = randomUUID();
      // Down to whole seconds: never longer than was allowed.
      const exp = Math.floor((clock.now() + lifeMs) / 1_000);
      const token = await new SignJWT({ ...claims, iss: issuer, jti, iat: now, nbf: now, exp }).setProtectedHeader({ alg: SIGNING_ALG, typ: 'at+jwt', kid }).sign(secret);
      return { token, jti, expiresAt: exp * 1_000 };
    },
  };
}
