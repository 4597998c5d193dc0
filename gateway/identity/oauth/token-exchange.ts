// RFC 8693 at the token endpoint: a client that holds an access token gets a narrower one for an agent or a task that it starts. The chain
// of actors goes into the audit. `actor` and `expires_in` are ours: the RFC wants a token of the actor, and an agent has none before this.
import type { OidcContext } from 'oidc-provider';
import { isCoded } from '../../../runtime/index.ts';
import type { CallerToken } from '../../operations/caller.ts';
import { type Delegation, delegate } from '../delegation.ts';
import type { OidcLibrary } from './load-provider.ts';
import type { ServerOptions } from './server-options.ts';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const TYPES: readonly unknown[] = [ACCESS_TOKEN, 'urn:ietf:params:oauth:token-type:jwt'];

export const EXCHANGE_PARAMETERS: readonly string[] = ['subject_token', 'subject_token_type', 'requested_token_type', 'actor', 'scope', 'resource', 'expires_in'];

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export function tokenExchange({ errors }: OidcLibrary, options: ServerOptions): (ctx: OidcContext) => Promise<void> {
  const { identity, record, permissionFor } = options;
  const refuse = ({ reason, why }: Extract<Delegation, { ok: false }>): Error => {
    const Refusal = { invalid_request: errors.InvalidRequest, invalid_scope: errors.InvalidScope, invalid_target: errors.InvalidTarget }[reason];
    return new Refusal(why);
  };
  return async (ctx) => {
    const params = ctx.oidc?.params ?? {};
    const client = ctx.oidc?.client?.clientId ?? '';
    if (!TYPES.includes(params.subject_token_type) || (params.requested_token_type !== undefined && !TYPES.includes(params.requested_token_type)))
      throw new errors.InvalidRequest(`subject_token_type must be ${ACCESS_TOKEN}`);
    const { token: shown } = await identity.tokens.verifyAnywhere(String(params.subject_token)).catch((error: unknown) => {
      throw isCoded(error) ? new errors.InvalidGrant(error.message) : error;
    });
    const parent = shown as CallerToken;
    if (parent.client !== client) throw new errors.InvalidGrant('the token is that of another client');
    const seconds = params.expires_in === undefined ? undefined : Number(params.expires_in);
    const wish = { actor: text(params.actor), scope: text(params.scope), resource: text(params.resource), seconds };
    const answer = delegate(parent, wish, { resources: identity.resources, now: identity.clock.now(), client, permissionFor });
    if (!answer.ok) throw refuse(answer);
    const { token, expiresAt } = await identity.issuer.issue(answer.claims);
    const { scope, aud } = answer.claims;
    record('token.delegated', {
      subject: parent.subjectName,
      to: wish.actor,
      chain: [wish.actor, ...parent.actors],
      client,
      login: parent.family ?? null,
      scope,
      audience: aud,
      expiresAt,
    });
    ctx.body = {
      access_token: token,
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: Math.max(0, Math.floor((expiresAt - identity.clock.now()) / 1_000)),
      scope,
    };
  };
}
