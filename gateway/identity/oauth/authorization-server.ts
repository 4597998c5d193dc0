// The authorization server: oidc-provider under our rules. PKCE with S256 only, refresh tokens that rotate and end their family when one
// comes twice, access tokens as JWTs for one resource. All of its state is in auth.db, so that a restart loses nothing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OidcContext, OidcGrant, OidcToken, Provider } from 'oidc-provider';
import { CLI_CLIENT, EXCHANGE_GRANT } from '../clients.ts';
import { SIGNING_ALG } from '../signing-keys.ts';
import { loadProvider, type OidcLibrary } from './load-provider.ts';
import { GRANT_LIFE_S, providerSettings } from './provider-settings.ts';
import { familyOfGrant } from './record-store.ts';
import type { ServerOptions } from './server-options.ts';
import { answerForJwt, tokenFacts } from './token-endpoints.ts';
import { EXCHANGE_PARAMETERS, tokenExchange } from './token-exchange.ts';

export interface AuthorizationServer {
  /** Answers a request of the protocol. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** A login or a consent that a browser is in the middle of. Rejects when it is none, has expired or is another browser's. */
  interaction(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
}

export interface Interaction {
  readonly uid: string;
  readonly step: 'login' | 'consent';
  readonly client: string;
  readonly redirectUri: string | undefined;
  readonly account: string | undefined;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  /** Sends the browser on. */
  logIn(account: string): Promise<void>;
  /** Returns the login that it opened. */
  allow(scopes: readonly string[]): Promise<string>;
  deny(): Promise<void>;
}

const words = (value: unknown): readonly string[] => (typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : []);
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []);

const OIDC_SCOPES: readonly string[] = ['openid', 'offline_access'];

/** What a device is told while its person has not agreed yet: no refusal. */
const NOT_YET: readonly string[] = ['authorization_pending', 'slow_down'];

/** What the library would say otherwise of routes that are ours, and of answers that our pages do not allow. */
const OWN_METADATA = (issuer: string): object => ({ jwks_uri: `${issuer}/jwks`, userinfo_endpoint: `${issuer}/userinfo`, response_modes_supported: ['query'] });

export function authorizationServer(options: ServerOptions): AuthorizationServer {
  const { identity } = options;
  let made: Promise<{ readonly kid: string; readonly provider: Provider; readonly handle: ReturnType<Provider['callback']> }> | undefined;
  let library: Promise<OidcLibrary> | undefined;
  const make = async () => {
    library ??= loadProvider(options.log);
    const oidc = await library;
    const provider = newProvider(oidc, options);
    return { kid: identity.keys.current().kid, provider, handle: provider.callback() };
  };
  /** A new key makes a new one: its state is in the database. */
  const current = async () => {
    made ??= make();
    if ((await made).kid !== identity.keys.current().kid) made = make();
    return made;
  };

  return {
    async serve(request, response) {
      (await current()).handle(request, response);
    },
    async interaction(request, response) {
      const { provider } = await current();
      const { uid, prompt, params, session } = await provider.interactionDetails(request, response);
      const client = String(params.client_id);
      const account = session?.accountId;
      const scopes = words(params.scope);
      const resources = list(params.resource);
      const finish = (result: object, merge: boolean) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: merge });
      return {
        uid,
        step: prompt.name === 'login' ? 'login' : 'consent',
        client,
        redirectUri: typeof params.redirect_uri === 'string' ? params.redirect_uri : undefined,
        account,
        resources,
        scopes,
        logIn: (accountId) => finish({ login: { accountId } }, false),
        async allow(chosen) {
          const accountId = account ?? '';
          const grantId = await saveGrant(new provider.Grant({ accountId, clientId: client }), { resources, scopes, chosen });
          const family = familyOfGrant(grantId);
          identity.families.open({ id: family, kind: 'consent', subject: accountId, client, expiresAt: identity.clock.now() + GRANT_LIFE_S * 1_000 });
          await finish({ consent: { grantId } }, true);
          return family;
        },
        deny: () => finish({ error: 'access_denied', error_description: 'the person said no' }, false),
      };
    },
  };
}

/** A scope that is neither granted nor rejected would be asked for again. */
async function saveGrant(
  grant: OidcGrant,
  asked: { readonly resources: readonly string[]; readonly scopes: readonly string[]; readonly chosen: readonly string[] },
): Promise<string> {
  const { resources, scopes, chosen } = asked;
  const given = scopes.filter((scope) => OIDC_SCOPES.includes(scope) || chosen.includes(scope)).join(' ');
  const left = scopes.filter((scope) => !OIDC_SCOPES.includes(scope) && !chosen.includes(scope)).join(' ');
  // The library counts scopes that its settings list as its own too; tokens for a resource carry only those of the resource.
  grant.addOIDCScope(given);
  grant.rejectOIDCScope(left);
  for (const resource of resources) {
    grant.addResourceScope(resource, given);
    grant.rejectResourceScope(resource, left);
  }
  return grant.save();
}

function newProvider(oidc: OidcLibrary, options: ServerOptions): Provider {
  const { identity, log, record } = options;
  const { keys, resources, families, clients, users } = identity;
  const jwks = { keys: keys.all().map(({ kid, secret }) => ({ ...secret.export({ format: 'jwk' }), kid, alg: SIGNING_ALG, use: 'sig' })) };
  const provider = new oidc.Provider(resources.issuer, {
    ...providerSettings(oidc, options),
    jwks,
    extraTokenClaims: (_ctx: OidcContext, token: OidcToken) => {
      const name = token.accountId === undefined ? clients.find(token.clientId)?.name : users.find(token.accountId)?.name;
      return { ...(name === undefined ? {} : { name }), ...(token.grantId === undefined ? {} : { family: familyOfGrant(token.grantId) }) };
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    await answerForJwt(ctx, identity);
    if (ctx.oidc?.route === 'discovery') Object.assign(ctx.body as object, OWN_METADATA(resources.issuer));
  });
  provider.registerGrantType(EXCHANGE_GRANT, tokenExchange(oidc, options), EXCHANGE_PARAMETERS, []);
  provider.on('grant.success', (ctx: OidcContext) => {
    const { client } = ctx.oidc ?? {};
    if (client !== undefined && client.clientId !== CLI_CLIENT) clients.noteUse(client.clientId);
    // An exchange has left a fact of its own.
    if (ctx.oidc?.params?.grant_type !== EXCHANGE_GRANT) record('token.granted', tokenFacts(ctx, identity));
  });
  provider.on('grant.revoked', (ctx: OidcContext, grantId: string) => {
    const family = families.find(familyOfGrant(grantId));
    if (family === undefined || !families.revoke(family.id)) return;
    record('login.revoked', { login: family.id, subject: family.subject, client: family.client, by: ctx.oidc?.route === 'token' ? 'reuse' : 'client' });
  });
  for (const event of ['authorization.error', 'grant.error', 'registration_create.error', 'code_verification.error', 'revocation.error', 'introspection.error'])
    provider.on(event, (ctx: OidcContext, error: { readonly message: string; readonly error_description?: string }) => {
      if (NOT_YET.includes(error.message)) return;
      const client = ctx.oidc?.client?.clientId;
      record('access.refused', {
        door: 'auth',
        code: error.message,
        why: error.error_description ?? error.message,
        path: ctx.path,
        ...(client === undefined ? {} : { caller: client }),
      });
    });
  provider.on('server_error', (ctx: OidcContext, error: Error) => log.error({ err: error, path: ctx.path }, 'the authorization server failed'));
  return provider;
}
