// As much of oidc-provider as we use; it brings no types of its own.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface OidcContext {
    readonly method: string;
    readonly path: string;
    body: unknown;
    status: number;
    type: string;
    readonly ip: string;
    get(header: string): string;
    set(header: string, value: string): void;
    readonly oidc?: {
      readonly route: string;
      params?: Record<string, unknown>;
      readonly client?: OidcClient;
      /** `new`: no cookie named one that is there. */
      readonly session?: { readonly new?: boolean; touched?: boolean };
      readonly entities: Readonly<
        Record<string, { readonly accountId?: string; readonly clientId?: string; readonly kind?: string; readonly aud?: string; readonly scope?: string } | undefined>
      >;
    };
  }

  export interface OidcClient {
    readonly clientId: string;
    readonly clientName?: string;
    readonly clientAuthMethod: string;
    grantTypeAllowed(type: string): boolean;
  }

  export interface OidcToken {
    readonly kind: string;
    readonly accountId?: string;
    readonly clientId: string;
    readonly grantId?: string;
  }

  export interface OidcGrant {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    rejectOIDCScope(scope: string): void;
    rejectResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  export interface InteractionDetails {
    readonly uid: string;
    readonly prompt: { readonly name: string };
    readonly params: Readonly<Record<string, unknown>>;
    readonly session?: { readonly accountId?: string };
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly Grant: new (owner: {
      readonly accountId: string;
      readonly clientId: string;
    }) => OidcGrant;
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    on(event: string, listener: (...parts: readonly never[]) => void): this;
    use(middleware: (ctx: OidcContext, next: () => Promise<void>) => Promise<void>): this;
    registerGrantType(name: string, handler: (ctx: OidcContext, next: () => Promise<void>) => Promise<void>, parameters: readonly string[], duplicates: readonly string[]): void;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<InteractionDetails>;
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object, options: { readonly mergeWithLastSubmission: boolean }): Promise<void>;
  }

  type OidcError = new (message?: string) => Error;
  export const errors: Readonly<Record<'InvalidGrant' | 'InvalidTarget' | 'InvalidScope' | 'InvalidRequest' | 'InvalidClientMetadata' | 'AccessDenied', OidcError>>;
}
