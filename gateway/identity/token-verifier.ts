// Is this token good here? Signature, type, issuer, audience and times by jose, revocation by us. A token that was found good is
// remembered until it expires; a revocation counts from its next use on, remembered or not.
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { type Clock, codedError } from '../../runtime/index.ts';
import type { Caller, CallerToken } from '../operations/caller.ts';
import type { Resources } from './resources.ts';
import { clientKey, familyKey, type Revocations, tokenKey } from './revocations.ts';
import { powersOf, wordsOf } from './roles.ts';
import { SIGNING_ALG, type SigningKeys } from './signing-keys.ts';
import { actorsOf, TokenClaims } from './token-claims.ts';

export interface TokenVerifier {
  /** At once for one that is remembered. Throws `TokenRefused`. */
  verify(token: string, door: string): Caller | Promise<Caller>;
  /** Good at whichever door of ours it is for. Rejects with `TokenRefused`. */
  verifyAnywhere(token: string): Promise<Caller>;
  /** Whether one that was good when it came is so still. */
  isGood(token: CallerToken): boolean;
}

export interface VerifierOptions {
  readonly keys: SigningKeys;
  readonly resources: Resources;
  readonly revocations: Revocations;
  readonly clock: Clock;
}

interface Known {
  readonly caller: Caller;
  readonly audience: string;
  readonly expiresAt: number;
  readonly revokedBy: readonly string[];
  /** How many revocations there were when it was last looked up. */
  checkedAt: number;
}

const MOST_KNOWN = 10_000;
const LONGEST_TOKEN = 8_192;

export function tokenVerifier({ keys, resources, revocations, clock }: VerifierOptions): TokenVerifier {
  const known = new Map<string, Known>();

  const isFor = (audience: string, door: string | undefined): boolean =>
    door === undefined ? resources.doorOf(audience) !== undefined : resources.audiencesOf(door).includes(audience);

  /** Throws `TokenRefused` for what was good once. `door`: undefined for any of ours. */
  const admit = (token: string, entry: Known, door: string | undefined): Caller => {
    if (entry.expiresAt <= clock.now()) {
      known.delete(token);
      throw refused('it has expired');
    }
    if (entry.checkedAt !== revocations.count()) {
      if (entry.revokedBy.some((key) => revocations.isRevoked(key))) {
        known.delete(token);
        throw refused('it was revoked');
      }
      entry.checkedAt = revocations.count();
    }
    if (!isFor(entry.audience, door)) throw refused('it is for another resource');
    return entry.caller;
  };

  const learn = async (token: string): Promise<Known> => {
    const claims = await verified(token, keys, resources.issuer, clock);
    const caller = callerOf(claims);
    return { caller, audience: claims.aud, expiresAt: claims.exp * 1_000, revokedBy: revokedBy(caller.token as CallerToken), checkedAt: -1 };
  };

  const verifyNew = async (token: string, door: string | undefined): Promise<Caller> => {
    const entry = await learn(token);
    const caller = admit(token, entry, door);
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value as string);
    known.set(token, entry);
    return caller;
  };

  return {
    verify(token, door) {
      const entry = known.get(token);
      return entry === undefined ? verifyNew(token, door) : admit(token, entry, door);
    },
    async verifyAnywhere(token) {
      const entry = known.get(token);
      return entry === undefined ? verifyNew(token, undefined) : admit(token, entry, undefined);
    },
    isGood: (token) => token.expiresAt > clock.now() && !revokedBy(token).some((key) => revocations.isRevoked(key)),
  };
}

/** Each of these, once revoked, takes the token along. */
function revokedBy({ id, family, from, client }: CallerToken): readonly string[] {
  return [tokenKey(id), ...from.map(tokenKey), clientKey(client), ...(family === undefined ? [] : [familyKey(family)])];
}

function refused(reason: string): Error {
  return codedError('TokenRefused', { reason });
}

/** Throws `TokenRefused`; the audience is compared by whoever is asked, door by door. */
async function verified(token: string, keys: SigningKeys, issuer: string, clock: Clock): Promise<TokenClaims> {
  if (token.length > LONGEST_TOKEN) throw refused('it is too long');
  const { kid } = headerOf(token);
  const key = kid === undefined ? undefined : keys.find(kid);
  if (key === undefined) throw refused('no key of ours has signed it');
  try {
    const { payload } = await jwtVerify(token, key.open, { issuer, typ: 'at+jwt', algorithms: [SIGNING_ALG], currentDate: new Date(clock.now()) });
    const claims = TokenClaims.safeParse(payload);
    if (claims.success) return claims.data;
  } catch (error) {
    throw refused(reasonOf(error));
  }
  throw refused('claims are missing');
}

function headerOf(token: string): { readonly kid?: string | undefined } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw refused('it is no token');
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its '${error.claim}' is not what it must be`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  return 'its signature is wrong';
}

function callerOf(claims: TokenClaims): Caller {
  const { sub, name = sub, client_id, scope, act, exp, aud, jti, family, from = [] } = claims;
  const scopes = wordsOf(scope);
  const actors = actorsOf(act);
  return {
    // Records show who acted first; for whom it acted is in the chain.
    name: actors[0] ?? name,
    ...powersOf(scopes),
    token: { id: jti, subject: sub, subjectName: name, client: client_id, scopes, audience: aud, expiresAt: exp * 1_000, actors, family, from },
  };
}
