// What the library leaves to us for access tokens that are JWTs: revoking and introspecting them (RFC 7009, RFC 7662), after it has
// authenticated the client, and what records say of tokens that were granted.
import { decodeJwt } from 'jose';
import type { OidcContext } from 'oidc-provider';
import type { Identity } from '../identity.ts';
import { tokenKey } from '../revocations.ts';
import { TokenClaims } from '../token-claims.ts';

const ROUTES: readonly string[] = ['revocation', 'introspection'];

/** The library answers a JWT with `unsupported_token_type`, once it knows who asks. */
export async function answerForJwt(ctx: OidcContext, identity: Identity): Promise<void> {
  const { oidc } = ctx;
  const { error } = (ctx.body ?? {}) as { readonly error?: string };
  if (oidc?.client === undefined || !ROUTES.includes(oidc.route) || error !== 'unsupported_token_type') return;
  const token = String(oidc.params?.token);
  const claims = await goodClaims(token, identity);
  const isOwner = claims?.client_id === oidc.client.clientId;
  ctx.status = 200;
  if (oidc.route === 'introspection') {
    ctx.body = claims !== undefined && isOwner ? { active: true, token_type: 'Bearer', ...claims } : { active: false };
    return;
  }
  ctx.body = '';
  if (claims !== undefined && isOwner) identity.revocations.revoke(tokenKey(claims.jti), claims.exp * 1_000);
}

/** Of a token that is good at any door of ours. */
async function goodClaims(token: string, { tokens }: Identity): Promise<TokenClaims | undefined> {
  try {
    await tokens.verifyAnywhere(token);
    return TokenClaims.parse(decodeJwt(token));
  } catch {
    return undefined;
  }
}

export function tokenFacts({ oidc }: OidcContext, { users }: Identity): Readonly<Record<string, unknown>> {
  const token = oidc?.entities.AccessToken ?? oidc?.entities.ClientCredentials;
  const subject = token?.accountId;
  return {
    grant: oidc?.params?.grant_type,
    client: oidc?.client?.clientId,
    subject: subject === undefined ? oidc?.client?.clientId : (users.find(subject)?.name ?? subject),
    scope: token?.scope,
    audience: token?.aud,
  };
}
