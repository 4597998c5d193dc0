// What our access tokens say (RFC 9068, with RFC 8693's `act`): the one schema that issuing and verifying share.
import { z } from 'zod';

export interface Act {
  readonly sub: string;
  readonly act?: Act | undefined;
}

export const MOST_ACTORS = 8;

const Actor: z.ZodType<Act> = z.object({ sub: z.string().min(1).max(200), act: z.lazy(() => Actor).optional() });

export const TokenClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().min(1).max(200),
  client_id: z.string().min(1).max(2_000),
  jti: z.string().min(1).max(200),
  iat: z.number(),
  nbf: z.number().optional(),
  exp: z.number(),
  scope: z.string().default(''),
  /** Name that records show; the subject of a person is an id. */
  name: z.string().optional(),
  /** Revoked with it. */
  family: z.string().optional(),
  /** Ids of the tokens that it was exchanged from: revoked with each of them. */
  from: z.array(z.string()).max(MOST_ACTORS).optional(),
  act: Actor.optional(),
});
export type TokenClaims = Readonly<z.infer<typeof TokenClaims>>;

/** Who acts, the latest first: an agent, before it the one that started it. */
export function actorsOf(act: Act | undefined): readonly string[] {
  return act === undefined ? [] : [act.sub, ...actorsOf(act.act)];
}

/** The chain of actors as a claim. */
export function actOf([sub, ...earlier]: readonly string[]): Act | undefined {
  if (sub === undefined) return undefined;
  const act = actOf(earlier);
  return act === undefined ? { sub } : { sub, act };
}
