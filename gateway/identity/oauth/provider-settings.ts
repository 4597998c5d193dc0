// The settings of oidc-provider. Everything that is not listed as on is off: one flow for people, one for programs, one for devices.
import type { OidcClient, OidcContext } from 'oidc-provider';
import { isCoded } from '../../../runtime/index.ts';
import { type ClientMetadata, DEVICE_GRANT } from '../clients.ts';
import { SCOPES, scopesOfRoles } from '../roles.ts';
import { SIGNING_ALG } from '../signing-keys.ts';
import type { OidcLibrary } from './load-provider.ts';
import { deviceCodePage, deviceConfirmPage, htmlOf, logoutPage, messagePage, type Page } from './pages.ts';
import { type RecordStore, recordStore } from './record-store.ts';
import { DEFAULT_SCOPE } from './scope-texts.ts';
import type { ServerOptions } from './server-options.ts';

export const ACCESS_TOKEN_LIFE_S = 600;
export const GRANT_LIFE_S = 30 * 86_400;
const REFRESH_TOKEN_LIFE_S = 14 * 86_400;
const SESSION_LIFE_S = 8 * 3_600;
const CODE_LIFE_S = 60;
const DEVICE_CODE_LIFE_S = 600;

const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  registration: '/register',
  revocation: '/revoke',
  introspection: '/introspect',
  jwks: '/keys',
  device_authorization: '/device_authorization',
  code_verification: '/device',
  end_session: '/logout',
};

/** What a client may not ask to have when it registers itself. */
const FOR_PEOPLE: readonly string[] = ['authorization_code', 'refresh_token', DEVICE_GRANT];
const NEVER: readonly string[] = ['javascript:', 'data:', 'file:', 'blob:', 'vbscript:', 'about:'];
const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

function show(ctx: OidcContext, page: Page): void {
  ctx.type = 'html';
  ctx.body = htmlOf(page);
}

/** Of a browser that has no session, or whose session is over: its form cannot be ours. */
function isNobodys({ oidc }: OidcContext): boolean {
  return oidc?.session?.new === true;
}

/** To a form with a session of its own. The library would keep the session of the old one, which was never saved, and fail. */
function startAgain(ctx: OidcContext): void {
  if (ctx.oidc?.session !== undefined) ctx.oidc.session.touched = false;
  ctx.set('location', ROUTES.code_verification);
  ctx.status = 303;
  ctx.body = '';
}

export function providerSettings(oidc: OidcLibrary, { identity, clientDocuments }: ServerOptions): object {
  const { resources, clients, users, sealing, tables, clock } = identity;
  const secure = resources.issuer.startsWith('https:');
  return {
    adapter: (kind: string): RecordStore =>
      kind === 'Client' ? clientStore(oidc, clients) : recordStore(kind, { tables, sealing, clock, onConsumed: () => new oidc.errors.InvalidGrant('already used') }),
    routes: ROUTES,
    scopes: ['openid', 'offline_access', ...SCOPES],
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    clientDefaults: { id_token_signed_response_alg: SIGNING_ALG, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'EdDSA', 'PS256', 'RS256'], idTokenSigningAlgValues: [SIGNING_ALG] },
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx: OidcContext, client: OidcClient) => client.grantTypeAllowed('refresh_token'),
    // Tokens of a login live on when the browser is closed: they are ended as logins.
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    findAccount: (_ctx: OidcContext, id: string) => {
      const user = users.find(id);
      return user === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, name: user.name }) };
    },
    interactions: { url: (_ctx: OidcContext, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    cookies: {
      names: { session: 'troupe_session', interaction: 'troupe_interaction', resume: 'troupe_resume' },
      keys: [sealing.derive('cookies')],
      long: { httpOnly: true, sameSite: 'lax', secure },
      short: { httpOnly: true, sameSite: 'lax', secure },
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_LIFE_S,
      ClientCredentials: ACCESS_TOKEN_LIFE_S,
      AuthorizationCode: CODE_LIFE_S,
      DeviceCode: DEVICE_CODE_LIFE_S,
      IdToken: ACCESS_TOKEN_LIFE_S,
      Interaction: 900,
      Session: SESSION_LIFE_S,
      RefreshToken: REFRESH_TOKEN_LIFE_S,
      Grant: GRANT_LIFE_S,
    },
    renderError: (ctx: OidcContext, { error, error_description }: { readonly error: string; readonly error_description?: string }) =>
      show(ctx, messagePage('This did not work', `${error}${error_description === undefined ? '' : `: ${error_description}`}`)),
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      userinfo: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      registration: { enabled: true, issueRegistrationAccessToken: false },
      revocation: { enabled: true, allowedPolicy: isOwner },
      introspection: { enabled: true, allowedPolicy: isOwner },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx: OidcContext, form: string) => show(ctx, logoutPage(form)),
        postLogoutSuccessSource: (ctx: OidcContext) => show(ctx, messagePage('Logged out', 'You are logged out in this browser.')),
      },
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        deviceInfo: () => ({}),
        userCodeInputSource: (ctx: OidcContext, form: string, _out: unknown, error?: { readonly name: string }) =>
          error !== undefined && isNobodys(ctx) ? startAgain(ctx) : show(ctx, deviceCodePage(readableForm(form), problemOf(error))),
        userCodeConfirmSource: (ctx: OidcContext, form: string, client: OidcClient, _device: unknown, code: string) =>
          show(ctx, deviceConfirmPage(form, client.clientName ?? client.clientId, code)),
        successSource: (ctx: OidcContext) => show(ctx, messagePage('Logged in', 'You can close this page and go back to your command line.')),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx: OidcContext, _client: OidcClient, oneOf?: readonly string[]) => oneOf?.[0] ?? resources.default,
        useGrantedResource: () => true,
        getResourceServerInfo(ctx: OidcContext, indicator: string, client: OidcClient) {
          const audience = resources.canonical(indicator);
          if (audience === undefined) throw new oidc.errors.InvalidTarget('this resource is no door of this node');
          const ofProgram = ctx.oidc?.params?.grant_type === 'client_credentials';
          const scope = ofProgram ? scopesOfRoles(clients.find(client.clientId)?.roles ?? []).join(' ') : SCOPES.join(' ');
          // Here and not in a middleware: this is the one place that every flow passes before scopes are looked at.
          if (ctx.oidc?.params !== undefined) ctx.oidc.params.scope ??= ofProgram ? scope : DEFAULT_SCOPE;
          return { scope, audience, accessTokenTTL: ACCESS_TOKEN_LIFE_S, accessTokenFormat: 'jwt', jwt: { sign: { alg: SIGNING_ALG } } };
        },
      },
      ...(clientDocuments ? { clientIdMetadataDocument: { enabled: true, ack: 'draft-02' } } : {}),
    },
    extraParams: [],
  };
}

const isOwner = (_ctx: OidcContext, client: OidcClient, token: { readonly clientId: string }): boolean => client.clientId === token.clientId;

/** The library's form has neither a label nor a place for one, and a script that our pages forbid. */
function readableForm(form: string): string {
  return form
    .replace(/ onfocus="[^"]*"/, '')
    .replace('placeholder="Enter code"', 'id="user_code" aria-describedby="hint" autocapitalize="characters" spellcheck="false"')
    .replace('</input>', '')
    .replace('<input\n', '<label for="user_code">Code</label>\n<input\n');
}

function problemOf(error: { readonly name: string } | undefined): string | undefined {
  if (error === undefined) return undefined;
  if (error.name === 'AbortedError') return 'The login was given up. You can close this page.';
  return ['NotFoundError', 'NoCodeError', 'ExpiredError', 'AlreadyUsedError'].includes(error.name)
    ? 'This code is not known, or not any more. Look at it again.'
    : 'This did not work. Try again.';
}

type ClientsStore = ServerOptions['identity']['clients'];

/** Clients in the shape of the library's storage port: read by it, and written by it only when a client registers itself. */
function clientStore({ errors }: OidcLibrary, clients: ClientsStore): RecordStore {
  const refuse = (): never => {
    throw new errors.InvalidRequest('clients are not changed here');
  };
  return {
    async upsert(id, metadata) {
      checkRegistration(metadata, (problem) => new errors.InvalidClientMetadata(problem));
      try {
        clients.register(id, metadata);
      } catch (error) {
        throw isCoded(error, 'TooManyClients') ? new errors.InvalidRequest(error.message) : error;
      }
    },
    find: async (id) => clients.metadata(id),
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

function checkRegistration(metadata: ClientMetadata, problem: (text: string) => Error): void {
  const { grant_types = [], redirect_uris = [] } = metadata as { readonly grant_types?: readonly string[]; readonly redirect_uris?: readonly string[] };
  if (grant_types.some((type) => !FOR_PEOPLE.includes(type))) throw problem(`grant_types may hold ${FOR_PEOPLE.join(', ')}; an administrator adds clients that act for themselves`);
  for (const uri of redirect_uris) if (!isSafeRedirect(uri)) throw problem('redirect_uris must be https, http on loopback, or of a scheme of the application');
}

function isSafeRedirect(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  if (protocol === 'http:') return LOOPBACK.includes(hostname);
  return !NEVER.includes(protocol);
}
